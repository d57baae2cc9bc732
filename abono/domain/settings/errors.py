from __future__ import annotations

from abono.kernel.errors import Kind, Refusal, _


class NoSuchSetting(Refusal):
    code = "settings.not_found"
    kind = Kind.NOT_FOUND
    message = _("There is no setting {key}.")
    key: str


class ValueNotAllowed(Refusal):
    code = "settings.not_allowed"
    kind = Kind.INVALID
    message = _("{key} cannot be set to {value}: {reason}.")
    key: str
    value: str
    reason: str


class NotForThisScope(Refusal):
    code = "settings.not_for_this_scope"
    kind = Kind.INVALID
    message = _("{key} can only be set for {scopes}.")
    key: str
    scopes: str


class NotForThePast(Refusal):
    code = "settings.not_for_the_past"
    kind = Kind.INVALID
    message = _("A setting holds from now or from a later moment: what held before has been used already.")


class ReasonMissing(Refusal):
    code = "settings.reason_missing"
    kind = Kind.INVALID
    message = _("Say why it is changed: the reason is kept with the change.")


class ReasonTooLong(Refusal):
    code = "settings.reason_too_long"
    kind = Kind.INVALID
    message = _("A reason has at most {most} characters.")
    most: int


class TooFarAhead(Refusal):
    code = "settings.too_far_ahead"
    kind = Kind.INVALID
    message = _("A setting can be fixed for at most {years} years ahead.")
    years: int
