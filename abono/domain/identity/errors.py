from __future__ import annotations

from dataclasses import dataclass

from abono.kernel.errors import Kind, Refusal, _


class NotAMember(Refusal):
    code = "identity.not_a_member"
    kind = Kind.NOT_FOUND
    message = _("There is no such organization.")


class AddressTaken(Refusal):
    code = "identity.address_taken"
    kind = Kind.CONFLICT
    message = _("Another account signs in with this address already. Nothing was changed.")


class NoSuchInvitation(Refusal):
    code = "identity.invitation_not_found"
    kind = Kind.NOT_FOUND
    message = _("This invitation does not exist, or was answered before.")


class InvitationOver(Refusal):
    code = "identity.invitation_over"
    kind = Kind.CONFLICT
    message = _("This invitation was answered or withdrawn before. Invite the address anew.")


class InvitedAlready(Refusal):
    code = "identity.invited_already"
    kind = Kind.CONFLICT
    message = _(
        "{email} is invited already, with another profile or language. Withdraw that invitation first, then invite anew."
    )
    email: str


class AddressBusy(Refusal):
    code = "identity.member_already"
    kind = Kind.CONFLICT
    message = _(
        "{email} belongs to a member of your organization already. Who was deactivated is brought back, not invited."
    )
    email: str


class StaffIsNoMember(Refusal):
    code = "identity.cannot_be_member"
    kind = Kind.INVALID
    message = _("{email} cannot become a member here. Use another address of this person.")
    email: str


class TooManyInvitations(Refusal):
    code = "identity.too_many_invitations"
    kind = Kind.CONFLICT
    message = _(
        "Nothing was sent: at most {most} mails a day go to one address, and at most {open} invitations wait for an answer. Withdraw some, or try again tomorrow."
    )
    most: int
    open: int


class NoSuchMember(Refusal):
    code = "identity.member_not_found"
    kind = Kind.NOT_FOUND
    message = _("Nobody with this id is a member of the organization.")


class LastAdministrator(Refusal):
    code = "identity.last_administrator"
    kind = Kind.CONFLICT
    message = _(
        "{name} is the only Administrator. Make somebody else one first: without an Administrator nobody manages the contract."
    )
    name: str


class WorksForTheSeller(Refusal):
    code = "identity.works_for_the_seller"
    kind = Kind.INVALID
    message = _(
        "This address belongs to somebody who works for the seller. Name another administrator. Nothing was charged."
    )


class SignOnRefused(Refusal):
    """Somebody came from a supplier of sign-ins whom we do not let in by it."""

    code = "identity.sign_on_refused"
    kind = Kind.FORBIDDEN
    message = _("This sign-in lets nobody in here.")


class NoSuchKey(Refusal):
    code = "identity.key_not_found"
    kind = Kind.NOT_FOUND
    message = _("There is no such API key.")


class KeyMadeBefore(Refusal):
    code = "identity.key_made_before"
    kind = Kind.CONFLICT
    message = _(
        "This key was made before and cannot be shown again. If you did not copy it, end it and make another."
    )


class FromElsewhere(Refusal):
    """A key that is good, from an address that is not on its list."""

    code = "identity.key_from_elsewhere"
    kind = Kind.FORBIDDEN
    message = _(
        "This API key works from the IP addresses on its list only, and this request comes from {address}. Send it from one of them, or have this one added on the page “API keys”."
    )
    address: str


class NoAddress(Refusal):
    code = "identity.no_address"
    kind = Kind.INVALID
    message = _("“{word}” is no address and no range, such as 203.0.113.7 or 2001:db8::/48.")
    word: str


class RangeBeginsElsewhere(Refusal):
    code = "identity.range_begins_elsewhere"
    kind = Kind.INVALID
    message = _("“{word}” is not the beginning of its range. Write {meant}, or the address alone.")
    word: str
    meant: str


class TooManyAddresses(Refusal):
    code = "identity.too_many_addresses"
    kind = Kind.INVALID
    message = _("A key has at most {most} IP addresses. Write ranges where many lie side by side.")
    most: int


class NoSuchColleague(Refusal):
    code = "identity.colleague_not_found"
    kind = Kind.NOT_FOUND
    message = _("Nobody with this id works for the seller.")


class NoRoleChosen(Refusal):
    code = "identity.no_role"
    kind = Kind.INVALID
    message = _("Choose at least one role, or let the person in no longer.")


class LastOwner(Refusal):
    code = "identity.last_owner"
    kind = Kind.CONFLICT
    message = _(
        "Nobody else is an owner. Make somebody else one first: without an owner nobody lets people in."
    )


class IsAMember(Refusal):
    code = "identity.is_a_member"
    kind = Kind.CONFLICT
    message = _(
        "This address belongs to a member of a customer. Whoever works for the seller needs an address of their own."
    )


class NoSecondProof(Refusal):
    code = "identity.no_second_proof"
    kind = Kind.CONFLICT
    message = _("There is no second proof to remove: this account signs in with its password alone.")


class OwnSecondProof(Refusal):
    code = "identity.own_second_proof"
    kind = Kind.FORBIDDEN
    message = _("Your own second proof is removed by somebody else, never by yourself.")


@dataclass(eq=False)
class DocumentPasswordUnfit(Refusal):
    code = "identity.document_password_unfit"
    kind = Kind.INVALID
    message = _("A password of documents has {least} to {most} letters, digits, signs and spaces.")
    least: int
    most: int


class DocumentPasswordLost(Refusal):
    code = "identity.document_password_lost"
    kind = Kind.CONFLICT
    message = _(
        "The password of your documents cannot be read any more, so none is made. An Administrator chooses another one in Settings › Financial information › Password of documents."
    )
