from __future__ import annotations

from dataclasses import dataclass

from abono.kernel.errors import Kind, Refusal, _


@dataclass(eq=False)
class NotAMember(Refusal):
    code = "identity.not_a_member"
    kind = Kind.NOT_FOUND
    message = _("There is no such organization.")


@dataclass(eq=False)
class NoSuchInvitation(Refusal):
    code = "identity.invitation_not_found"
    kind = Kind.NOT_FOUND
    message = _("This invitation does not exist, or was answered before.")


@dataclass(eq=False)
class WorksForTheSeller(Refusal):
    code = "identity.works_for_the_seller"
    kind = Kind.INVALID
    message = _(
        "This address belongs to somebody who works for the seller. Name another administrator. Nothing was charged."
    )


@dataclass(eq=False)
class NoSuchKey(Refusal):
    code = "identity.key_not_found"
    kind = Kind.NOT_FOUND
    message = _("There is no such API key.")
