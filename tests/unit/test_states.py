"""Every pair of states of every noun: what may follow is what stands here, and nothing else (CON-6, INV-5, PAY-7)."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from enum import Enum
from itertools import product

import pytest

from abono import domain
from abono.kernel.lifecycle import Lifecycle, MoveNotAllowed

MOVES = {
    "contract": {
        "pending": "active ended",
        "active": "restricted ending ended",
        "restricted": "active ending ended",
        "ending": "active restricted ended",
        "ended": "",
    },
    "change": {
        "quoted": "confirm approval waiting",
        "confirm": "approval waiting lapsed withdrawn",
        "approval": "waiting lapsed refused withdrawn",
        "waiting": "scheduled applied given_up withdrawn",
        "scheduled": "applied withdrawn undone",
        "applied": "undone",
        "given_up": "",
        "lapsed": "",
        "refused": "",
        "withdrawn": "undone",
        "undone": "",
    },
    "approval": {
        "asked": "approved refused withdrawn expired",
        "approved": "done failed",
        "done": "",
        "failed": "",
        "refused": "",
        "withdrawn": "",
        "expired": "",
    },
    "invoice": {
        "draft": "pending cancelled",
        "pending": "paid cancelled write_off disputed",
        "paid": "pending disputed",
        "cancelled": "",
        "write_off": "pending paid",
        "disputed": "pending paid write_off",
    },
    "mandate": {
        "created": "asked agreed refused ended",
        "asked": "agreed refused ended",
        "agreed": "ended",
        "refused": "",
        "ended": "",
    },
    "payment request": {
        "created": "asked payable paid refused ended",
        "asked": "payable paid refused ended",
        "payable": "paid ended",
        "paid": "",
        "refused": "",
        "ended": "paid",
    },
    "fiscal document": {
        "exported": "issued refused",
        "issued": "cancelled",
        "refused": "issued again",
        "cancelled": "",
        "again": "",
    },
    "refund": {
        "asked": "done failed",
        "done": "",
        "failed": "again paid credit",
        "owed": "paid credit",
        "again": "",
        "paid": "",
        "credit": "",
    },
    "dispute": {
        "open": "won lost",
        "won": "",
        "lost": "",
    },
    "payment attempt": {
        "created": "unknown paid declined lost differs",
        "unknown": "paid declined lost differs",
        "declined": "paid differs surplus",
        "lost": "paid differs surplus",
        "differs": "paid declined",
        "paid": "reversed",
        "reversed": "",
        "surplus": "",
    },
}


def lifecycles() -> Iterator[tuple[Lifecycle, type[Enum]]]:
    """Every table of moves below `abono.domain`, with the states of its noun."""
    for module in pkgutil.walk_packages(domain.__path__, f"{domain.__name__}."):
        if module.name.endswith("states"):
            for value in vars(importlib.import_module(module.name)).values():
                if isinstance(value, Lifecycle):
                    yield value, type(next(iter(value.moves)))


TABLES = {table.noun: (table, states) for table, states in lifecycles()}
PAIRS = [
    (noun, state, target)
    for noun, (_table, states) in TABLES.items()
    for state, target in product(states, repeat=2)
]


@pytest.mark.rule("CON-6", part="one table of moves")
def test_every_noun_with_states_stands_here() -> None:
    assert {noun: {s.value for s in states} for noun, (_t, states) in TABLES.items()} == {
        noun: set(moves) for noun, moves in MOVES.items()
    }


@pytest.mark.rule("CON-6", part="one table of moves")
@pytest.mark.parametrize(
    ("noun", "state", "target"), PAIRS, ids=[f"{n}: {a.value} to {b.value}" for n, a, b in PAIRS]
)
def test_a_move_is_allowed_when_and_only_when_it_stands_here(noun: str, state: Enum, target: Enum) -> None:
    table, _states = TABLES[noun]
    if target.value in MOVES[noun][state.value].split():
        table.require(state, target)
        assert table.allows(state, target)
    else:
        with pytest.raises(MoveNotAllowed) as refused:
            table.require(state, target)
        assert (refused.value.state, refused.value.target) == (state.value, target.value)
        assert not table.allows(state, target)
