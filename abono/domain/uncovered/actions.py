"""What is decided of sends that nothing covers, and what follows from it (PKG-12). Callers hold the contract."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from abono.domain.uncovered import queries
from abono.domain.uncovered.errors import NoSuchDecision, NotContestable, NothingToDecide
from abono.domain.uncovered.types import Decision, Unnoticed
from abono.kernel.ids import uuid7
from abono.platform.use_case import use_case

TOLD_BEFORE = timedelta(days=5)  # that a send will be billed
REFUSED_KEPT = timedelta(days=35)  # no provider tells of a send so long after it


@dataclass(frozen=True, slots=True)
class Which:
    """Sends that are alike. An empty text or None means any."""

    channel: str = ""
    kind: str = ""
    country: str | None = None
    why: str = ""
    until: datetime | None = None  # told before this moment of the customer's clock


# Open ones, each with the price at which it would be billed: typed, its own, or of a row that came into force since.
_CHOSEN = f"""
SELECT u.send_id,
       CASE WHEN %(bill)s THEN coalesce(%(typed)s::bigint, u.price_micro, p.price_micro) ELSE 0 END AS price_micro
  FROM metering_uncovered u
  LEFT JOIN LATERAL (
       SELECT s.price_micro FROM catalog_route r
         JOIN catalog_sessionprice s ON s.route_id = r.id AND s.valid_from <= %(at)s
        WHERE r.channel = u.channel AND r.kind = u.kind AND r.country IN (u.country, '*')
          AND s.package_id = (SELECT c.package_id FROM metering_cycle c
                               WHERE c.contract_id = %(contract)s AND c.cycle_start <= %(at)s
                               ORDER BY c.cycle_start DESC LIMIT 1)
        ORDER BY r.country = '*', s.valid_from DESC LIMIT 1) p ON true
 WHERE u.contract_id = %(contract)s
   AND (%(channel)s = '' OR u.channel = %(channel)s) AND (%(kind)s = '' OR u.kind = %(kind)s)
   AND (%(country)s::text IS NULL OR u.country = %(country)s) AND (%(why)s = '' OR u.why = %(why)s)
   AND (%(until)s::timestamptz IS NULL OR u.told_at < %(until)s)
   AND {queries.OPEN} AND NOT (%(bill)s AND (u.hold_refused OR u.waits OR {queries.HELD}))
"""  # noqa: S608
# Their ids are taken from then on, by rows of no cycle, which hold and draw nothing: a hold finds an id that came before
# with other content, a settlement finds no send of any cycle, so that it is told of, and answered as uncovered. Before,
# whoever may hold waits.
_LOCKED = (
    "SELECT FROM metering_cycle c WHERE c.contract_id = %(contract)s ORDER BY c.cycle_start FOR NO KEY UPDATE"
)
_TAKEN = (
    """
INSERT INTO metering_send (contract_id, send_id, cycle_start, held_at, price_micro, left_micro, route_id, reference, units)
SELECT u.contract_id, u.send_id, '-infinity', %(at)s, 0, 0,
       coalesce((SELECT r.id FROM catalog_route r
                  WHERE r.channel = u.channel AND r.kind = u.kind AND r.country IN (u.country, '*')
                  ORDER BY r.country = '*' LIMIT 1), 0), u.reference, %(units)s
  FROM metering_uncovered_decided d
  JOIN metering_uncovered u ON u.contract_id = d.contract_id AND u.send_id = d.send_id
 WHERE d.contract_id = %(contract)s AND d.decision_id = %(decision)s
 ORDER BY u.send_id
    ON CONFLICT DO NOTHING
""",
    """
INSERT INTO metering_settlement (contract_id, send_id, settled_at, outcome)
SELECT s.contract_id, s.send_id, %(at)s, 3
  FROM metering_uncovered_decided d
  JOIN metering_send s ON s.contract_id = d.contract_id AND s.send_id = d.send_id AND s.cycle_start = '-infinity'
 WHERE d.contract_id = %(contract)s AND d.decision_id = %(decision)s
""",
)
_NOBODY_ASKS = 32_767  # units: a hold of the same id never has the same content


@use_case
def decide(
    *,
    contract_id: UUID,
    which: Which,
    bill: bool,
    typed_micro: int | None,
    why: str,
    actor: str,
    now: datetime,
) -> Decision:
    """Bill open uncovered sends, or let them go, once for each; those whose hold we refused are never
    billed, and those that wait for being delivered not before.

    typed_micro   the price of each, where somebody typed one; else its own, or that of the row now in force
    now           on the customer's clock; billed ones may stand on an invoice five days later
    Raises NothingToDecide.
    """
    decision_id = uuid7()
    values: dict[str, Any] = {
        "contract": contract_id,
        "decision": decision_id,
        "bill": bill,
        "typed": typed_micro,
        "why_said": why,
        "actor": actor,
        "at": now,
        "from": now + TOLD_BEFORE if bill else None,
        "channel": which.channel,
        "kind": which.kind,
        "country": which.country,
        "why": which.why,
        "until": which.until,
        "units": _NOBODY_ASKS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_LOCKED, values)
        cursor.execute(
            "INSERT INTO metering_uncovered_decided (contract_id, send_id, decision_id, price_micro)"  # noqa: S608
            " SELECT %(contract)s, x.send_id, %(decision)s, x.price_micro"
            f" FROM ({_CHOSEN}) x WHERE x.price_micro IS NOT NULL",
            values,
        )
        if not cursor.rowcount:
            raise NothingToDecide()
        for statement in _TAKEN if bill else ():
            cursor.execute(statement, values)
        cursor.execute(
            "INSERT INTO metering_uncovered_decision (contract_id, decision_id, bill, typed_micro, why, sends,"
            " total_micro, decided_by, decided_at, bill_from)"
            " SELECT %(contract)s, %(decision)s, %(bill)s, %(typed)s, %(why_said)s, count(*), sum(d.price_micro),"
            " %(actor)s, %(at)s, %(from)s FROM metering_uncovered_decided d"
            " WHERE d.contract_id = %(contract)s AND d.decision_id = %(decision)s",
            values,
        )
    return queries.decision(contract_id=contract_id, decision_id=decision_id)


@use_case
def contest(*, contract_id: UUID, decision_id: UUID, actor: str, now: datetime) -> Decision:
    """The customer says no: it is not billed. Again it changes nothing. Raises NoSuchDecision, NotContestable."""
    found = queries.decision(contract_id=contract_id, decision_id=decision_id)
    if found.contested_at is not None:
        return found
    if not found.bill or found.invoice_id is not None:
        raise NotContestable()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE metering_uncovered_decision SET contested_at = %s, contested_by = %s"
            " WHERE contract_id = %s AND decision_id = %s AND contested_at IS NULL AND invoice_id IS NULL",
            [now, actor, contract_id, decision_id],
        )
        if not cursor.rowcount:
            raise NoSuchDecision()
    return queries.decision(contract_id=contract_id, decision_id=decision_id)


@use_case
def notice(*, contract_id: UUID, now: datetime) -> tuple[Unnoticed, Unnoticed]:
    """Take the uncovered sends of a contract of which nobody was told: all of them, and those that may be billed.
    `now` is on the customer's clock."""
    figures = "count(*), count(price_micro), coalesce(sum(price_micro), 0)::bigint"
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH taken AS (UPDATE metering_uncovered u SET noticed_at = %s"  # noqa: S608
            f" WHERE u.contract_id = %s AND {queries.UNNOTICED} RETURNING u.price_micro, u.hold_refused)"
            f" SELECT {figures} FROM taken UNION ALL SELECT {figures} FROM taken WHERE NOT hold_refused",
            [now, contract_id],
        )
        every, billable = (Unnoticed(*row) for row in cursor.fetchall())
        return every, billable


@use_case
def forget_refused_holds(*, now: datetime) -> int:
    """Drop what is kept of holds that we refused long ago. `now` is real time."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM metering_refused_hold WHERE refused_at < %s", [now - REFUSED_KEPT])
        return int(cursor.rowcount)
