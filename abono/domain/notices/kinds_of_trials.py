"""What a customer is told of the trial with which a contract begins (INV-10)."""

from __future__ import annotations

from abono.domain.notices.kind import PLANS, Kind
from abono.kernel.errors import _

TRIAL_ROWS = ((_("Last day of the trial"), "trial_last_date"), (_("Fees begin on"), "fees_begin_date"))
_NEEDS = ("number", "trial_last_date", "fees_begin_date")
_ASKED = (*_NEEDS, "total_minor", "currency")
_ROWS = (*TRIAL_ROWS, (_("First invoice, as things stand"), "total"), (_("Contract"), "number"))

OF_TRIALS = {
    "trial_ends": Kind(
        name=_("A trial ends soon"),
        title=_("Your trial ends on {trial_last_date}"),
        body=(
            _(
                "On {fees_begin_date} the first invoice is issued and charged to your card: {total} as things stand. You need not do anything to go on."
            ),
            _(
                "If you do not want to go on, give the contract back by {trial_last_date}: then you owe nothing."
            ),
        ),
        needs=_ASKED,
        rows=_ROWS,
        page=PLANS,
        button=_("See the contract"),
    ),
    "trial_moved": Kind(
        name=_("The end of a trial was moved"),
        title=_("Your trial now ends on {trial_last_date}"),
        body=(
            _(
                "The seller moved its end. Fees begin on {fees_begin_date}; until then you can give the contract back and owe nothing."
            ),
        ),
        needs=(*_ASKED, "why"),
        rows=((_("Reason"), "why"), *_ROWS),
        page=PLANS,
        button=_("See the contract"),
    ),
    "trial_ended": Kind(
        name=_("A trial has ended"),
        title=_("Your trial is over, and your contract goes on"),
        body=(
            _(
                "Package and InteractionZ are there in full since {fees_begin_date}. The first invoice comes by itself."
            ),
        ),
        needs=_NEEDS,
        rows=((_("Fees begin on"), "fees_begin_date"), (_("Contract"), "number")),
        page=PLANS,
        button=_("See the contract"),
    ),
}
