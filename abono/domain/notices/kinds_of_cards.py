"""What a customer is told of a card that expires, and of what follows when one is declined (WAL-5, PAY-8)."""

from __future__ import annotations

from collections.abc import Callable

from abono.domain.notices.kind import REPLACE_CARD, Case, Kind, always
from abono.domain.notices.types import Facts
from abono.kernel.errors import _


def has(*names: str) -> Callable[[Facts], bool]:
    return lambda facts: all(facts.get(name) for name in names)


_ENDED = _("Its holder stopped these charges at the bank: we do not ask this card again.")
WHAT_NEXT = (
    Case(has("mandate_ended", "reserve_card"), (_ENDED, _("Your reserve card {reserve_card} is asked now."))),
    Case(has("mandate_ended", "next_card"), (_ENDED, _("We ask {next_card} on {next_date}."))),
    Case(has("mandate_ended"), (_ENDED, _("Use another card, or type this one anew."))),
    Case(
        has("reserve_card"),
        (_("We do not ask this card for it again: your reserve card {reserve_card} is asked now."),),
    ),
    Case(has("next_card"), (_("We ask {next_card} again on {next_date}. You can pay before."),)),
    Case(
        has("asked_no_more"),
        (_("No card is asked for it again by itself: pay it yourself, or use another card."),),
    ),
)

CARD_EXPIRES = Kind(
    name=_("A card expires soon"),
    title=_("{card} expires soon"),
    body=(_("It is good until {last_date}."),),
    cases=(
        Case(
            has("reserve"),
            (_("It is your reserve card. Replace it, and it goes on being asked when the other one fails."),),
        ),
        Case(
            always,
            (
                _("It pays for your contract. Replace it, so that the next invoice can be charged."),
                _("If your bank renews it by itself and tells us so, you need not do anything."),
            ),
        ),
    ),
    needs=("card", "last_date"),
    figure="{card}",
    caption=_("good until {last_date}"),
    page=REPLACE_CARD,
    button=_("Replace the card"),
)
