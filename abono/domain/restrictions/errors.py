from __future__ import annotations

from abono.kernel.errors import Kind, Refusal, _


class RestrictedAlready(Refusal):
    code = "restrictions.restricted_already"
    kind = Kind.CONFLICT
    message = _("The seller has restricted the contract {number} already, for another reason: {why}")
    number: str
    why: str


class NotRestricted(Refusal):
    code = "restrictions.not_restricted"
    kind = Kind.CONFLICT
    message = _("The seller has not restricted the contract {number}.")
    number: str
