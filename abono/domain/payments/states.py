"""The states of one attempt to be paid. An unclear answer is a state (PAY-7)."""

from __future__ import annotations

from enum import Enum

from abono.kernel.lifecycle import Lifecycle


class State(Enum):
    CREATED = "created"  # about to be sent; after a crash it is treated as unknown
    UNKNOWN = "unknown"  # sent, no clear answer: asked about until known
    PAID = "paid"
    DECLINED = "declined"
    SURPLUS = "surplus"  # given up as lost and paid after all, when another attempt paid: money to give back


ATTEMPT = Lifecycle(
    "payment attempt",
    {
        State.CREATED: (State.UNKNOWN, State.PAID, State.DECLINED),
        State.UNKNOWN: (State.PAID, State.DECLINED),
        State.DECLINED: (State.PAID, State.SURPLUS),  # a charge that we had given up
    },
)
LIVE = (State.CREATED, State.UNKNOWN, State.PAID)  # at most one of these per invoice
OPEN = (State.CREATED, State.UNKNOWN)
