"""Do something to contracts in both ways, one by one and in one go, and look whether both leave the same behind (ADR 12's shape)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from abono.domain.invoicing.models import Invoice
from abono.flows.billing.alike import Alike
from abono.flows.billing.in_one_go import renew_many
from abono.flows.billing.renew import renew
from abono.kernel.ids import public
from tests import sql

# Of what an entry is; a movement of credit has another id each time.
_OF = "CASE WHEN e.fact LIKE 'credit%%' THEN e.invoice_id ELSE e.reference END"
# What a renewal writes, without ids and moments that are new each time; `{}` are the contracts.
LEFT_BEHIND = {
    "contracts": "SELECT to_jsonb(c) FROM contracts_contract c WHERE id = ANY({})",
    "changes": "SELECT to_jsonb(c) FROM contracts_change c WHERE contract_id = ANY({})",
    "cycles": "SELECT to_jsonb(c) FROM metering_cycle c WHERE contract_id = ANY({})",
    "borders": "SELECT to_jsonb(c) FROM metering_use_border c WHERE contract_id = ANY({})",
    "budgets": "SELECT to_jsonb(c) FROM metering_channel_budget c WHERE contract_id = ANY({})",
    "credit": "SELECT to_jsonb(c) - 'id' FROM credit_entry c WHERE contract_id = ANY({})",
    "invoices": "SELECT to_jsonb(i) FROM invoicing_invoice i WHERE contract_id = ANY({})",
    "lines": """SELECT to_jsonb(l) - 'id' FROM invoicing_invoiceline l JOIN invoicing_invoice i ON i.id = l.invoice_id
                 WHERE i.contract_id = ANY({})""",
    "entries": f"""SELECT to_jsonb(e) - '{{{{id,reference}}}}'::text[] || jsonb_build_object('of', {_OF}) FROM journal_entry e
                    WHERE contract_id = ANY({{}})""",
    "postings": f"""SELECT to_jsonb(p) - '{{{{id,entry_id}}}}'::text[] || jsonb_build_object('of', {_OF}, 'fact', e.fact)
                      FROM journal_posting p JOIN journal_entry e ON e.id = p.entry_id WHERE e.contract_id = ANY({{}})""",
    "events": """SELECT to_jsonb(e) - '{{id,recorded_at}}'::text[] FROM platform_event e
                  WHERE subject_id IN (SELECT unnest({}) UNION SELECT id FROM invoicing_invoice WHERE contract_id = ANY({}))""",
    "notices": """SELECT to_jsonb(n) - 'id' FROM notices_notice n
                   WHERE customer_id IN (SELECT customer_id FROM contracts_contract WHERE id = ANY({}))""",
    "mails": """SELECT to_jsonb(m) - '{{id,notice_id}}'::text[] || jsonb_build_object('of', n.kind, 'key', n.key)
                  FROM notices_email m JOIN notices_notice n ON n.id = m.notice_id
                 WHERE n.customer_id IN (SELECT customer_id FROM contracts_contract WHERE id = ANY({}))""",
    # Who is called for what is due now, and when, is another question.
    "due": """SELECT to_jsonb(d) - '{{id,held_until}}'::text[] FROM platform_due d
               WHERE subject IN (SELECT unnest({}) UNION SELECT id FROM invoicing_invoice WHERE contract_id = ANY({}))""",
}


class _Back(Exception):
    pass


def renewed_alike(contract_ids: Collection[UUID], *, now: datetime) -> set[UUID]:
    """Renew each of the contracts once, and in one go, the second half by what was reckoned of the first where they are alike; and
    take all of it back. Returns those that were ordinary."""
    ordinary: set[UUID] = set()
    in_order = sorted(contract_ids)

    def in_one_go() -> None:
        alike = Alike(now)
        for half in (in_order[::2], in_order[1::2]):
            ordinary.update(renew_many(half, alike=alike, now=now))

    def one_by_one() -> None:
        for contract_id in in_order:
            if contract_id in ordinary:
                renew(contract_id=contract_id, now=now)

    alike(in_one_go, one_by_one, in_order)
    return ordinary


def alike(
    in_one_go: Callable[[], None],
    one_by_one: Callable[[], None],
    contract_ids: list[UUID],
    names: Callable[[], dict[str, str]] | None = None,
    more: Mapping[str, str] | None = None,
) -> None:
    """Do it in each way, and take all of it back.

    names   what has another id each time, and how it is called instead
    more    what is left behind beside LEFT_BEHIND
    """
    looked_at = LEFT_BEHIND | dict(more or {})
    many = _left_behind(in_one_go, contract_ids, names or _names, looked_at)
    for name, rows in _left_behind(one_by_one, contract_ids, names or _names, looked_at).items():
        assert many[name] == rows, (name, [one for one in many[name] if one not in rows], rows)


def _left_behind(
    act: Callable[[], None],
    contract_ids: list[UUID],
    called_so: Callable[[], dict[str, str]],
    looked_at: Mapping[str, str],
) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    try:
        with transaction.atomic():
            act()
            names = called_so()
            called = re.compile("|".join(map(re.escape, names)) or "(?!)")
            with sql.planned_once():
                for name, statement in looked_at.items():
                    asked = statement.format(*["%s::uuid[]"] * statement.count("{}"))
                    rows = sql.run(asked, *[contract_ids] * statement.count("{}"))
                    found[name] = sorted(
                        called.sub(lambda one: names[one[0]], _without_numbers(row)) for (row,) in rows
                    )
                found["rows of each table"] = _counted()
            raise _Back
    except _Back:
        return found


def _counted() -> list[Any]:
    """Of every table there is, but for jobs: who is called for what is due is another question."""
    tables = [
        name for name in connection.introspection.table_names() if not name.startswith("procrastinate_")
    ]
    return sorted(sql.run(" UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for name in tables)))


def _names() -> dict[str, str]:
    """Invoices by what they are for, for each has another id and another number then."""
    return {
        called: f"{contract}/{key}"
        for contract, key, invoice_id, series, number in _known()
        for called in (str(invoice_id), public("inv", invoice_id), f"{series}-{number:06d}")
    }


def _without_numbers(row: Any) -> str:
    text = row if isinstance(row, str) else json.dumps(row, sort_keys=True)
    return re.sub(r'("number": )\d+', r"\1N", text)


def _known() -> list[tuple[Any, ...]]:
    numbered = Invoice.objects.filter(number__isnull=False, reason="renewal")
    return list(numbered.values_list("contract_id", "key", "id", "series", "number"))
