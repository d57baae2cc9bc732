from __future__ import annotations

from abono.kernel.errors import Kind, Refusal, _


class NoSuchNotice(Refusal):
    code = "notices.no_such_kind"
    kind = Kind.INVALID
    message = _("There is no notice {notice} for these people.")
    notice: str


class NobodyWouldHear(Refusal):
    code = "notices.nobody_would_hear"
    kind = Kind.CONFLICT
    message = _("{notice}: somebody has to be told of it.")
    notice: str
