"""Sends of a cycle, one by one, as many as anyone wants: bounded work for each step, whatever the contract sent.

They come in the order of their keys. UUIDv7 are in the order in which their owner made them; every other id of a
caller comes after them, in no order that says anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from abono.domain.metering.types import Outcome
from abono.kernel.rating import overage

STEP = 5_000  # rows that one statement looks at
_FIRST = UUID(int=0)
_STATEMENT = """
WITH step AS MATERIALIZED (
    SELECT s.* FROM metering_send s WHERE s.contract_id = %(contract)s AND s.send_id > %(after)s
     ORDER BY s.send_id LIMIT %(step)s),
reached AS MATERIALIZED (SELECT s.send_id FROM step s ORDER BY s.send_id DESC LIMIT 1)
SELECT s.send_id, s.reference, r.channel, r.kind, r.country, s.price_micro, s.held_at, t.outcome, t.settled_at,
       coalesce(s.units, 1) AS units, coalesce(n.drawn_micro, t.drawn_micro) AS drawn_micro, s.total_micro, s.campaign_id,
       (s.cycle_start = %(cycle)s AND (%(channel)s = '' OR r.channel = %(channel)s)
        AND (%(since)s::timestamptz IS NULL OR s.held_at >= %(since)s)
        AND (%(until)s::timestamptz IS NULL OR s.held_at < %(until)s)) AS wanted,
       (SELECT count(*) FROM step) = %(step)s AS more
  FROM step s
  LEFT JOIN catalog_route r ON r.id = s.route_id
  LEFT JOIN metering_settlement t ON t.contract_id = %(contract)s AND t.send_id = s.send_id
  LEFT JOIN LATERAL (SELECT x.drawn_micro FROM metering_recount x WHERE x.contract_id = %(contract)s AND x.send_id = s.send_id
                      ORDER BY x.drawn_micro LIMIT 1) n ON true
 WHERE s.cycle_start = %(cycle)s OR s.send_id = (SELECT x.send_id FROM reached x)
 ORDER BY s.send_id
"""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which sends: those held in one cycle, on one channel and in `[since, until)` when these are given."""

    contract_id: UUID
    cycle_start: datetime
    channel: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """One send as it stands; amounts are millionths of the package's currency.

    price_micro   of its hold, all units
    drawn_micro   what it drew, where the carrier counted it as something cheaper (PKG-13); else None
    outcome       None while it is open
    total_micro   held and used in its cycle after it; None where nobody noted it, as for sends of a campaign
    """

    send_id: UUID
    reference: str | None
    channel: str
    kind: str
    country: str
    price_micro: int
    held_at: datetime
    outcome: Outcome | None
    settled_at: datetime | None
    units: int
    drawn_micro: int | None
    total_micro: int | None
    campaign_id: UUID | None

    @property
    def name(self) -> str:
        """The caller's own id."""
        return self.reference or str(self.send_id)

    def parts_micro(self, value_micro: int) -> tuple[int, int] | None:
        """What the package pays of it and what lies beyond it (LIM-1); None when nobody knows.

        A send that was released takes nothing; what went back of its price went back from beyond the package first.
        """
        if self.outcome is not None and self.outcome.draws_nothing:
            return 0, 0
        if self.total_micro is None:
            return None
        beyond = max(min(self.price_micro, overage(self.total_micro, value_micro)) - self.back_micro, 0)
        return self.amount_micro - beyond, beyond

    @property
    def amount_micro(self) -> int:
        """What it holds or drew."""
        return self.price_micro - self.back_micro

    @property
    def back_micro(self) -> int:
        """What of its price went back when it was settled at less."""
        return 0 if self.drawn_micro is None else self.price_micro - self.drawn_micro


@dataclass(frozen=True, slots=True)
class Step:
    """What one statement found. `reached` is where the next one goes on; None at the end."""

    sends: tuple[Sent, ...]
    reached: UUID | None


def sends_after(chosen: Chosen, *, after: UUID | None = None, step: int = STEP) -> Step:
    """The next `step` sends of the contract, of them those that are wanted: there may be none of them.

    after   key of the last send that was looked at; None begins at the first
    """
    wanted: list[Sent] = []
    reached: UUID | None = None
    with connection.cursor() as cursor:
        cursor.execute(
            _STATEMENT,
            {
                "contract": chosen.contract_id,
                "after": after or _FIRST,
                "step": step,
                "cycle": chosen.cycle_start,
                "channel": chosen.channel,
                "since": chosen.since,
                "until": chosen.until,
            },
        )
        for key, reference, channel, kind, country, price, held, outcome, settled, *rest in cursor:
            units, drawn, total, campaign, is_wanted, more = rest
            reached = key if more else None
            if is_wanted:
                ended = None if outcome is None else Outcome(outcome)
                facts = key, reference, channel, kind, country, price, held, ended, settled
                wanted.append(Sent(*facts, units, drawn, total, campaign))
    return Step(tuple(wanted), reached)


def every_send(chosen: Chosen, *, step: int = STEP) -> Iterator[Sent]:
    """All that are wanted, step by step: no transaction and no more memory than one step needs."""
    after: UUID | None = None
    while True:
        found = sends_after(chosen, after=after, step=step)
        yield from found.sends
        if found.reached is None:
            return
        after = found.reached


def page_of_sends(
    chosen: Chosen, *, after: UUID | None = None, limit: int, steps: int = 20
) -> tuple[list[Sent], UUID | None]:
    """At most `limit` of them, and where the next page begins; None at the end.

    A page looks at a bounded number of sends and may be short, or empty, before the end is reached.
    """
    found: list[Sent] = []
    for _ in range(steps):
        step = sends_after(chosen, after=after)
        found.extend(step.sends)
        if len(found) > limit:
            return found[:limit], found[limit - 1].send_id
        after = step.reached
        if after is None:
            return found, None
    return found, after
