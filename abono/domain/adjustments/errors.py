from __future__ import annotations

from abono.kernel.errors import Kind, Refusal, _


class NoSuchIndex(Refusal):
    code = "adjustments.index_not_found"
    kind = Kind.NOT_FOUND
    message = _("There is no such index.")


class NoSuchAdjustment(Refusal):
    code = "adjustments.not_found"
    kind = Kind.NOT_FOUND
    message = _("There is no such adjustment, or it has no such contract.")


class IndexWrong(Refusal):
    """`field` says what of it cannot be: code, name."""

    code = "adjustments.index_wrong"
    kind = Kind.INVALID
    message = _(
        "An index cannot be called so: look at “{field}”. A code has up to 20 letters, digits, “-” and “_”, a name up to 60 characters."
    )
    labels = {"code": _("Code"), "name": _("Name")}
    field: str


class MonthWrong(Refusal):
    code = "adjustments.month_wrong"
    kind = Kind.INVALID
    message = _(
        "Line {line}, “{text}”: write a month and its percent, such as 2026-01;0.33, with four decimals at most, from -99 to 100."
    )
    line: int
    text: str


class MonthTwice(Refusal):
    code = "adjustments.month_twice"
    kind = Kind.INVALID
    message = _("The month {month} stands there twice with two values. Leave the right one.")
    month: str


class MonthAhead(Refusal):
    code = "adjustments.month_ahead"
    kind = Kind.INVALID
    message = _("The month {month} has not begun: no index is known for it.")
    month: str


class MonthMissing(Refusal):
    code = "adjustments.month_missing"
    kind = Kind.INVALID
    message = _("The month {month} is missing: an index has no gap. Enter it as well.")
    month: str


class MonthUsed(Refusal):
    code = "adjustments.month_used"
    kind = Kind.CONFLICT
    message = _(
        "Prices were adjusted with the value {percent} of the month {month}, so it stays. Leave it as it is."
    )
    month: str
    percent: str


class NothingToAdjust(Refusal):
    code = "adjustments.nothing"
    kind = Kind.CONFLICT
    message = _(
        "No contract has a price that may rise up to that day and for which the index has all months. Choose a later day, or enter the months that are missing."
    )


class TooManyToAdjust(Refusal):
    code = "adjustments.too_many"
    kind = Kind.INVALID
    message = _("An adjustment has at most {most} contracts, and these would be more: name some of them.")
    most: int


class AdjustmentWrong(Refusal):
    """`field` says what of it cannot be: parts, until, why."""

    code = "adjustments.wrong"
    kind = Kind.INVALID
    message = _("This cannot be adjusted: look at “{field}”.")
    labels = {"parts": _("Prices"), "until": _("Prices that may rise up to"), "why": _("Reason")}
    field: str


class AdjustmentStale(Refusal):
    """Something that the preview showed is not so any more: nothing was done."""

    code = "adjustments.stale"
    kind = Kind.CONFLICT
    message = _(
        "Contract {number} or the index has changed since the preview, so nothing was adjusted. Make a new preview and look at it."
    )
    number: str


class NotWithdrawable(Refusal):
    code = "adjustments.not_withdrawable"
    kind = Kind.CONFLICT
    message = _(
        "The adjusted prices of contract {number} have begun, or nothing of them is to come any more. End its own prices instead."
    )
    number: str
