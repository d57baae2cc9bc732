"""Rows are locked in one order, from one place (`flows/locks.py`)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.architecture.test_tidy import FILES, found, name

# What `flows/locks.py` calls, and nobody else; of a query that is worded once, where that is.
LOCK_FUNCTIONS = {
    "abono/domain/adjustments/actions.py:lock",
    "abono/domain/contracts/actions.py:locking",
    "abono/domain/contracts/actions.py:lock_signup",
    "abono/domain/coupons/actions.py:lock",
    "abono/domain/customers/actions.py:_locking",
    "abono/domain/invoicing/actions.py:_locking",
}
# Work is claimed by whoever comes first: nobody waits for such a lock (SKIP LOCKED).
CLAIMS = {
    "abono/domain/licences/actions.py:note_reclaimed",
    "abono/domain/licences/actions.py:note_refusals",
    "abono/domain/payments/files/bank_orders.py:claim",
    "abono/platform/agenda.py:_free",
    "abono/platform/agenda.py:_take",
    "abono/platform/outbox.py:_claim",
}
# Rows of what one package alone knows, last in the order: balances and what is drawn from them, entries of one
# customer's agenda while that customer is held.
LAST = {
    "abono/domain/campaigns/actions.py:extend_campaign",
    "abono/domain/identity/sealed.py:_row_anew",
    "abono/domain/identity/staff.py:_hold_owners",
    "abono/domain/usage/rollups.py:_forget",
    "abono/platform/agenda.py:wake",
}
SQL = re.compile(r"\bFOR (NO KEY )?(UPDATE|SHARE)\b")


def functions_that_may_lock() -> Iterator[tuple[str, ast.AST]]:
    for file in FILES:
        if "select_for_update" in (text := file.read_text()) or SQL.search(text):
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.FunctionDef | ast.Lambda):
                    yield f"{name(file)}:{getattr(node, 'name', 'lambda')}", node


def test_rows_are_locked_in_one_place_only() -> None:
    locking, claiming = set(), set()
    for where, node in functions_that_may_lock():
        for inner in ast.walk(node):
            asked = isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute) and inner.func.attr
            text = str(inner.value) if isinstance(inner, ast.Constant) else ""
            if asked == "select_for_update":
                skips = "skip_locked=True" in ast.unparse(inner)
                (claiming if skips else locking).add(where)
            elif SQL.search(text):
                (claiming if "SKIP LOCKED" in text else locking).add(where)
    assert locking == LOCK_FUNCTIONS | LAST
    assert claiming == CLAIMS


def test_nobody_but_the_home_of_locks_calls_them() -> None:
    callers = set()
    for place, node in found(ast.Attribute):
        assert isinstance(node, ast.Attribute)
        if node.attr in {"lock", "lock_signup", "locking"} and re.search(
            r"contract|customer|invoic", ast.unparse(node.value)
        ):
            callers.add(place.partition(":")[0])
    assert callers == {"abono/flows/locks.py"}
