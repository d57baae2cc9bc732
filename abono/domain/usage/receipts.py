"""What became of one send, and what of the package it took (PKG-8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from abono.domain.metering.types import Outcome, anew

RECEIPT = (
    "SELECT s.send_id, s.reference, r.channel, r.kind, r.country, s.price_micro, s.cycle_start, s.held_at,"
    " s.total_micro, c.value_micro, k.code, p.valid_from, t.outcome, t.settled_at,"
    " s.campaign_id, g.reference, g.expires_at, c.overage_percent, coalesce(s.units, 1), coalesce(n.drawn_micro, t.drawn_micro), o.kind"
    " FROM metering_send s JOIN catalog_route r ON r.id = s.route_id"
    " JOIN metering_cycle c ON c.contract_id = s.contract_id AND c.cycle_start = s.cycle_start"
    " LEFT JOIN metering_settlement t ON t.contract_id = s.contract_id AND t.send_id = s.send_id"
    " LEFT JOIN metering_campaign g ON g.contract_id = s.contract_id AND g.campaign_id = s.campaign_id"
    " LEFT JOIN catalog_sessionprice p ON p.id = s.price_id"
    " LEFT JOIN catalog_package k ON k.id = p.package_id"
    " LEFT JOIN LATERAL (SELECT x.drawn_micro, x.price_id FROM metering_recount x"
    "  WHERE x.contract_id = s.contract_id AND x.send_id = s.send_id ORDER BY x.drawn_micro LIMIT 1) n ON true"
    " LEFT JOIN catalog_sessionprice d ON d.id = coalesce(n.price_id, t.price_id) LEFT JOIN catalog_route o ON o.id = d.route_id"
    " WHERE s.contract_id = %s AND s.send_id IN (%s, %s)"
    " ORDER BY s.send_id = %s LIMIT 1"  # one whose hold ran out and that was drawn anew stands as that
)


def of_send(contract_id: UUID, send_id: UUID) -> tuple[UUID, ...]:
    """The arguments of RECEIPT."""
    return contract_id, send_id, anew(send_id), send_id


class SendState(StrEnum):
    HELD = "held"
    SETTLED = "settled"  # it left: drawn
    REJECTED = "rejected"  # it never left: released
    NOT_DELIVERED = "not_delivered"  # its price draws what is delivered: released
    EXPIRED = "expired"  # nobody said in time: released


_ENDED = {
    None: SendState.HELD,
    Outcome.SENT: SendState.SETTLED,
    Outcome.REJECTED: SendState.REJECTED,
    Outcome.EXPIRED: SendState.EXPIRED,
    Outcome.NOT_DELIVERED: SendState.NOT_DELIVERED,
}
_RELEASED = (SendState.REJECTED, SendState.EXPIRED, SendState.NOT_DELIVERED)


@dataclass(frozen=True, slots=True)
class Receipt:
    """One send as it stands. Amounts are millionths of the package's currency.

    id              the caller's own, or its UUIDv7
    package         code of the package whose price list it was priced by; None where no row is known, `valid_from` likewise
    price_micro     of its hold, all units
    drawn_micro     what it drew, where the carrier counted it as something cheaper (PKG-13); then `counted_as` is the kind
    total_micro     held and used in its cycle after it; None for a send of a campaign
    value_micro     the package of its cycle, as it is now
    overage_percent what the part beyond the package costs, of its price (LIM-1)
    """

    id: str
    channel: str
    kind: str
    country: str
    price_micro: int
    package: str | None
    valid_from: datetime | None
    total_micro: int | None
    value_micro: int
    cycle_start: datetime
    held_at: datetime
    expires_at: datetime
    state: SendState
    settled_at: datetime | None
    campaign: str | None
    overage_percent: int
    units: int = 1
    drawn_micro: int | None = None
    counted_as: str | None = None

    @property
    def overage_micro(self) -> int | None:
        """What of its price lies beyond the package (LIM-1); a send that was released takes nothing."""
        if self.total_micro is None:
            return None
        if self.state in _RELEASED:
            return 0
        return max(0, min(self.price_micro, self.total_micro - self.value_micro) - self.back_micro)

    @property
    def package_micro(self) -> int | None:
        """What of its price the package pays."""
        if self.overage_micro is None:
            return None
        if self.state in _RELEASED:
            return 0
        return self.price_micro - self.back_micro - self.overage_micro

    @property
    def back_micro(self) -> int:
        """What of its price went back when it was settled at less."""
        return 0 if self.drawn_micro is None else self.price_micro - self.drawn_micro


def to_receipt(row: tuple[Any, ...], *, hold_lasts: timedelta) -> Receipt:
    """A row of RECEIPT."""
    (
        send,
        reference,
        channel,
        kind,
        country,
        price,
        start,
        held,
        total,
        value,
        package,
        since,
        outcome,
        ended,
    ) = row[:14]
    campaign_id, campaign_reference, campaign_expires, percent, units, drawn, counted_as = row[14:]
    return Receipt(
        id=reference or str(send),
        channel=channel,
        kind=kind,
        country=country,
        price_micro=price,
        package=package,
        valid_from=since,
        total_micro=total,
        value_micro=value,
        cycle_start=start,
        held_at=held,
        expires_at=campaign_expires or held + hold_lasts,
        state=_ENDED[None if outcome is None else Outcome(outcome)],
        settled_at=ended,
        campaign=None if campaign_id is None else campaign_reference or str(campaign_id),
        overage_percent=percent,
        units=units,
        drawn_micro=drawn,
        counted_as=counted_as,
    )
