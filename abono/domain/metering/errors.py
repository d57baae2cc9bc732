from __future__ import annotations

from abono.kernel.errors import Kind, Refusal, _


class NoCycle(Refusal):
    code = "no_cycle"
    kind = Kind.NOT_FOUND
    message = _("No cycle of the contract covers this moment.")


class OwnLimitOutOfBounds(Refusal):
    code = "metering.own_limit_out_of_bounds"
    kind = Kind.INVALID
    message = _("A cap or a budget is 0, or at least one cent of the currency, and not endless.")


class UnknownChannel(Refusal):
    code = "unknown_channel"
    kind = Kind.INVALID
    message = _("There is no channel “{channel}”.")
    channel: str
