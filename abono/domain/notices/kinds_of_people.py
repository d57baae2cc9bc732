"""What is told of the people of a customer, and of what it says of itself (LIC-5, ACC-1): to whom it happens, and to its
Administrators."""

from __future__ import annotations

from collections.abc import Callable

from abono.domain.notices.kind import FINANCIAL, INVITATION, ORGANIZATION, PEOPLE, SOMEBODY_DID, Case, Kind
from abono.domain.notices.types import Audience, Facts
from abono.kernel.errors import _


def _what(word: str) -> Callable[[Facts], bool]:
    return lambda facts: facts["what"] == word


def _contact(word: str) -> Callable[[Facts], bool]:
    """It happened to the financial contact, whose mails do not end with that."""
    return lambda facts: facts["what"] == word and bool(facts.get("pays"))


_GOES_ON = _(
    "{name} is the financial contact as well: invoices go on going to {email} until an Administrator names somebody else."
)
_WHO = ((_("Name"), "name"), (_("E-mail"), "email"), (_("Profile"), "profile"))

OF_PEOPLE: dict[str, Kind] = {
    "member_invited": Kind(
        name=_("Invitation to an organization"),
        title=_("{by} invites you to {organization}"),
        body=(
            _("Your profile there will be {profile}. You become a member once you accept."),
            _("The button serves until {until_date}, and only for this e-mail address."),
        ),
        needs=("by", "profile", "invitation_id", "sending", "until_date"),
        page=INVITATION,
        button=_("Accept or decline"),
        unexpected=_("If you did not expect this, decline, or do nothing. Questions: {seller_email}."),
        audience=(),
        apart=True,
    ),
    "member_joined": Kind(
        name=_("Somebody accepted an invitation"),
        title=_("{name} is a member of {organization} now"),
        body=(_("The invitation was accepted."),),
        needs=("name", "email", "profile"),
        rows=_WHO,
        page=PEOPLE,
        button=_("See the people"),
        unexpected=SOMEBODY_DID,
        audience=(Audience.ADMINISTRATORS,),
    ),
    "member_changed": Kind(
        name=_("What a member may do changed"),
        title=_("What {name} may do at {organization} changed"),
        body=(),
        needs=("what", "by", "name", "email", "profile"),
        rows=_WHO,
        cases=(
            Case(
                _what("profile"),
                (_("{by} gave {name} the profile {profile}. It holds from the next page on."),),
            ),
            Case(
                _contact("deactivated"),
                (
                    _("{by} deactivated {name}: nothing of {organization} opens, and all sessions ended."),
                    _GOES_ON,
                ),
                ORGANIZATION,
                _("See the financial contact"),
            ),
            Case(
                _contact("deleted"),
                (
                    _(
                        "{by} deleted {name} from {organization}, and only another invitation brings {name} back."
                    ),
                    _GOES_ON,
                ),
                ORGANIZATION,
                _("See the financial contact"),
            ),
            Case(
                _what("deactivated"),
                (
                    _("{by} deactivated {name}: nothing of {organization} opens, and all sessions ended."),
                    _("An Administrator can take that back at any time."),
                ),
            ),
            Case(_what("reactivated"), (_("{by} brought {name} back, as before."),)),
            Case(
                _what("deleted"),
                (
                    _(
                        "{by} deleted {name} from {organization}, and only another invitation brings {name} back."
                    ),
                ),
            ),
        ),
        page=PEOPLE,
        button=_("See the people"),
        unexpected=SOMEBODY_DID,
        audience=(Audience.ADMINISTRATORS,),
    ),
    "organization_changed": Kind(
        name=_("Data of the organization changed"),
        title=_("The data of {organization} changed"),
        body=(
            _(
                "{by} changed what the organization says of itself. Invoices that are issued keep what they say."
            ),
        ),
        needs=("by",),
        rows=(
            (_("Legal name"), "legal_name"),
            (_("Tax id"), "tax_id"),
            (_("Postal address"), "postal_address"),
            (_("Financial contact"), "contact"),
            (_("Language of the financial contact"), "spoken"),
        ),
        page=ORGANIZATION,
        button=_("See the organization"),
        unexpected=SOMEBODY_DID,
        audience=(Audience.ADMINISTRATORS,),
    ),
    "contact_replaced": Kind(
        name=_("Another financial contact"),
        title=_("You are not the financial contact of {organization} any more"),
        body=(_("{by} named somebody else. Invoices and warnings do not come to this address any more."),),
        needs=("by",),
        page=FINANCIAL,
        button=_("See the invoices"),
        unexpected=SOMEBODY_DID,
        audience=(),
        apart=True,
    ),
    "contact_named": Kind(
        name=_("New financial contact"),
        title=_("You are the financial contact of {organization} now"),
        body=(_("{by} named you. Invoices and warnings come to this address from now on."),),
        needs=("by",),
        page=FINANCIAL,
        button=_("See the invoices"),
        unexpected=_("If you do not answer for payments of {organization}, write to {seller_email}."),
        audience=(),
        apart=True,
    ),
}
