"""What the seller's people are told (ACC-5): by e-mail alone, and of no customer."""

from __future__ import annotations

from abono.domain.notices.kind import BACK_OFFICE, Kind
from abono.kernel.errors import _

OF_STAFF: dict[str, Kind] = {
    "staff_invited": Kind(
        name=_("You work for the seller"),
        title=_("{organization} lets you into its back office"),
        body=(
            _("{by} gave you access. What you see there depends on your roles."),
            _(
                "Sign in with this e-mail address. The link to choose a password serves once and for three days."
            ),
        ),
        needs=("name", "by", "person_id", "person_email"),
        page=BACK_OFFICE,
        button=_("Open the back office"),
        unexpected=_("If you did not expect this, do nothing. Questions: {seller_email}."),
        audience=(),
        for_seller=True,
    ),
}
