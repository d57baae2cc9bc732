"""What others may know of sends that nothing covers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from abono.domain.uncovered.errors import NoSuchDecision
from abono.domain.uncovered.types import Decision, Group, Place, State, Uncovered

# Of a kept send `u`: it was held afterwards under the same id and drew, so that the package has paid for it …
DREW = (
    "EXISTS (SELECT FROM metering_settlement t"
    " WHERE t.contract_id = u.contract_id AND t.send_id = u.send_id AND t.outcome = 1)"
)
# … it is held so, and may draw yet …
HELD = (
    "EXISTS (SELECT FROM metering_send s WHERE s.contract_id = u.contract_id AND s.send_id = u.send_id"
    " AND NOT EXISTS (SELECT FROM metering_settlement t"
    " WHERE t.contract_id = u.contract_id AND t.send_id = u.send_id))"
)
# … nobody has decided of it, and there is something to decide.
OPEN = (
    f"u.withdrawn_at IS NULL AND NOT {DREW} AND NOT EXISTS (SELECT FROM metering_uncovered_decided d"
    " WHERE d.contract_id = u.contract_id AND d.send_id = u.send_id)"
)
UNNOTICED = f"u.noticed_at IS NULL AND u.withdrawn_at IS NULL AND NOT u.waits AND NOT {DREW}"
_STATE = (  # of a send by its decision, at the moment that its customer's clock shows
    "CASE WHEN k.decision_id IS NULL AND u.withdrawn_at IS NOT NULL THEN 'withdrawn'"
    f" WHEN k.decision_id IS NULL AND {DREW} THEN 'drawn'"
    " WHEN k.decision_id IS NULL THEN 'open' WHEN NOT k.bill THEN 'let_go'"
    " WHEN k.contested_at IS NOT NULL THEN 'contested' WHEN k.invoice_id IS NOT NULL THEN 'billed'"
    " WHEN k.bill_from <= %(real)s::timestamptz + make_interval(secs => coalesce(w.clock_offset_s, 0)) THEN 'due'"
    " ELSE 'announced' END"
)
_LISTED = (
    "SELECT u.contract_id, u.send_id, coalesce(u.reference, u.send_id::text), u.channel, u.kind, u.country,"  # noqa: S608
    f" u.why, u.price_micro, u.waits, u.hold_refused, u.happened_at, u.told_at, u.kept_at, {_STATE},"
    " k.decision_id, CASE WHEN k.bill THEN d.price_micro END"
    " FROM metering_uncovered u"
    " LEFT JOIN metering_uncovered_decided d ON d.contract_id = u.contract_id AND d.send_id = u.send_id"
    " LEFT JOIN metering_uncovered_decision k"
    "   ON k.contract_id = d.contract_id AND k.decision_id = d.decision_id"
    " LEFT JOIN contracts_contract c ON c.id = u.contract_id"
    " LEFT JOIN customers_customer w ON w.id = c.customer_id"
    " WHERE (%(contract)s::uuid IS NULL OR u.contract_id = %(contract)s)"
    " AND (%(customer)s::uuid IS NULL OR c.customer_id = %(customer)s)"
    " AND (%(decision)s::uuid IS NULL OR k.decision_id = %(decision)s)"
    " AND (%(channel)s = '' OR u.channel = %(channel)s) AND (%(why)s = '' OR u.why = %(why)s)"
    " AND (%(since)s::timestamptz IS NULL OR u.told_at >= %(since)s)"
    " AND (%(until)s::timestamptz IS NULL OR u.told_at < %(until)s)"
    f" AND (%(state)s = '' OR {_STATE} = %(state)s)"
    " AND (%(at)s::timestamptz IS NULL"
    "      OR (u.kept_at, u.contract_id, u.send_id) < (%(at)s, %(of)s::uuid, %(id)s::uuid))"
    " ORDER BY u.kept_at DESC, u.contract_id DESC, u.send_id DESC LIMIT %(limit)s"
)
_DECISION = (
    "decision_id, contract_id, bill, typed_micro, why, sends, total_micro, decided_by, decided_at, bill_from,"
    " contested_at, contested_by, invoice_id"
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which uncovered sends; None and an empty text mean any. Moments are of `told_at`, in [since, until)."""

    customer_id: UUID | None = None
    contract_id: UUID | None = None
    decision_id: UUID | None = None
    channel: str = ""
    why: str = ""
    state: State | None = None
    since: datetime | None = None
    until: datetime | None = None


def uncovered(
    chosen: Chosen,
    *,
    real: datetime,
    before: Place | None = None,
    limit: int = 50,
) -> list[Uncovered]:
    """Uncovered sends, newest first, a page at a time.

    real     real time: each customer's clock says from when a send may be billed
    before   `place` of the last one of the page before
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _LISTED,
            {
                "real": real,
                "contract": chosen.contract_id,
                "customer": chosen.customer_id,
                "decision": chosen.decision_id,
                "channel": chosen.channel,
                "why": chosen.why,
                "state": "" if chosen.state is None else chosen.state.value,
                "since": chosen.since,
                "until": chosen.until,
                **dict(zip(("at", "of", "id"), before or (None, None, None), strict=True)),
                "limit": limit,
            },
        )
        return [_uncovered(row) for row in cursor.fetchall()]


def groups(contract_id: UUID) -> list[Group]:
    """Open uncovered sends of a contract, those that are alike together, the newest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT u.channel, u.kind, u.country, u.why, u.waits, {HELD}, u.hold_refused, u.price_micro, count(*),"  # noqa: S608
            f" max(u.told_at) FROM metering_uncovered u WHERE u.contract_id = %s AND {OPEN}"
            " GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ORDER BY 10 DESC, 1, 2, 3, 4 LIMIT 200",
            [contract_id],
        )
        return [Group(*row) for row in cursor.fetchall()]


def some(contract_id: UUID) -> bool:
    """Whether the contract has any uncovered sends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM metering_uncovered u WHERE u.contract_id = %s)", [contract_id]
        )
        return bool(cursor.fetchone()[0])


def contracts_with_open(*, limit: int = 100) -> list[UUID]:
    """Contracts with uncovered sends of which nobody has decided, the newest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT u.contract_id FROM metering_uncovered u WHERE {OPEN}"  # noqa: S608
            " GROUP BY u.contract_id ORDER BY max(u.kept_at) DESC LIMIT %s",
            [limit],
        )
        return [contract_id for (contract_id,) in cursor.fetchall()]


def unnoticed(*, limit: int = 200) -> list[tuple[UUID, datetime | None]]:
    """Contracts with uncovered sends of which nobody was told, and when somebody last was, on the customer's clock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n.contract_id, (SELECT max(u.noticed_at) FROM metering_uncovered u"  # noqa: S608
            "   WHERE u.contract_id = n.contract_id)"
            " FROM (SELECT DISTINCT u.contract_id FROM metering_uncovered u"
            f"        WHERE {UNNOTICED} LIMIT %s) n",
            [limit],
        )
        return list(cursor.fetchall())


def known(decision_id: UUID, *, customer_id: UUID | None = None, contract_id: UUID | None = None) -> UUID:
    """The decision, if it is this customer's or of this contract: any other does not exist (ACC-2). Raises NoSuchDecision."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM metering_uncovered_decision k LEFT JOIN contracts_contract c ON c.id = k.contract_id"
            " WHERE k.decision_id = %(decision)s AND (%(contract)s::uuid IS NULL OR k.contract_id = %(contract)s)"
            " AND (%(customer)s::uuid IS NULL OR c.customer_id = %(customer)s)",
            {"decision": decision_id, "contract": contract_id, "customer": customer_id},
        )
        if not cursor.rowcount:
            raise NoSuchDecision()
    return decision_id


def decision(*, contract_id: UUID, decision_id: UUID) -> Decision:
    """Raises NoSuchDecision."""
    found = [one for one in decisions(contract_id=contract_id) if one.id == decision_id]
    if not found:
        raise NoSuchDecision()
    return found[0]


def decisions(*, contract_id: UUID | None = None, limit: int = 200) -> list[Decision]:
    """What was decided, of a contract or of all, the newest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_DECISION} FROM metering_uncovered_decision"  # noqa: S608
            " WHERE (%(contract)s::uuid IS NULL OR contract_id = %(contract)s) ORDER BY decision_id DESC LIMIT %(limit)s",
            {"contract": contract_id, "limit": limit},
        )
        return [Decision(*row) for row in cursor.fetchall()]


def billable(*, contract_id: UUID, now: datetime) -> list[Decision]:
    """What may stand on an invoice of the contract at `now` of the customer's clock: told five days before, not
    contested, and on none yet. What each is made of says `uncovered` with its decision."""
    return [one for one in decisions(contract_id=contract_id) if one.state(now) is State.DUE]


def count() -> tuple[int, int]:
    """How many sends are uncovered, and how many of them nobody has decided of."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), count(*) FILTER (WHERE {OPEN}) FROM metering_uncovered u"  # noqa: S608
        )
        found: tuple[int, int] = cursor.fetchone()
        return found


def _uncovered(row: tuple[Any, ...]) -> Uncovered:
    facts: list[Any] = [*row[:13], State(row[13]), *row[14:]]
    return Uncovered(*facts)
