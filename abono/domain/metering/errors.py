from __future__ import annotations

from dataclasses import dataclass

from abono.kernel.errors import Kind, Refusal, _


@dataclass(eq=False)
class NoCycle(Refusal):
    code = "no_cycle"
    kind = Kind.NOT_FOUND
    message = _("No cycle of the contract covers this moment.")


@dataclass(eq=False)
class OwnLimitOutOfBounds(Refusal):
    code = "metering.own_limit_out_of_bounds"
    kind = Kind.INVALID
    message = _("A cap or a budget is 0, or at least one cent of the currency, and not endless.")


@dataclass(eq=False)
class UnknownChannel(Refusal):
    code = "unknown_channel"
    kind = Kind.INVALID
    message = _("There is no channel “{channel}”.")
    channel: str
