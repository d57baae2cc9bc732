"""What is told of the people of a customer (LIC-5): to whom it happens, and to its Administrators."""

from __future__ import annotations

from collections.abc import Callable

from abono.domain.notices.kind import INVITATION, PEOPLE, SOMEBODY_DID, Case, Kind
from abono.domain.notices.types import Audience, Facts
from abono.kernel.errors import _


def _what(word: str) -> Callable[[Facts], bool]:
    return lambda facts: facts["what"] == word


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
                _what("deactivated"),
                (
                    _("{by} deactivated {name}: nothing of {organization} opens, and all sessions ended."),
                    _("An Administrator can take that back at any time."),
                ),
            ),
            Case(_what("reactivated"), (_("{by} brought {name} back, as before."),)),
            Case(
                _what("deleted"),
                (_("{by} deleted {name} from {organization}. Only another invitation brings {name} back."),),
            ),
        ),
        page=PEOPLE,
        button=_("See the people"),
        unexpected=SOMEBODY_DID,
        audience=(Audience.ADMINISTRATORS,),
    ),
}
