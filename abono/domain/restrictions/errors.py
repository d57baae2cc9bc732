from __future__ import annotations

from abono.kernel.errors import Kind, Refusal, _


class NotRestricted(Refusal):
    code = "restrictions.not_restricted"
    kind = Kind.CONFLICT
    message = _("The seller has not restricted the contract {number}.")
    number: str
