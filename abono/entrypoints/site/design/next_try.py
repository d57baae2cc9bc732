"""What is asked next for an unpaid invoice, in one sentence (PAY-8)."""

from __future__ import annotations

from django.utils.translation import gettext as _

from abono.domain.invoicing.states import Outlook
from abono.domain.invoicing.types import Collecting
from abono.kernel.periods import local_date
from abono.platform import formats


def what_next(collecting: Collecting | None, zone: str, language: str) -> str:
    """Empty where nothing is to be paid."""
    if collecting is None:
        return ""
    day = "" if collecting.at is None else formats.long_day(local_date(collecting.at, zone), language)
    text = {
        Outlook.SCHEDULED: _("{card} is asked on {day}."),
        Outlook.AGAIN: _("Declined; {card} is asked again on {day}."),
        Outlook.DECLINED: _("{card} was declined, and no card is asked by itself any more."),
        Outlook.STOPPED: _("{card} is not asked by itself any more."),
        Outlook.NO_CARD: _("There is no card to ask."),
        Outlook.CONFIRMING: _("A charge has no clear answer yet."),
        Outlook.CHECKING: _("Another sum was taken than was asked for."),
        Outlook.NOT_RECEIVED: _("The last charge never reached the gateway."),
        Outlook.DEBITED: _("It is charged by automatic Pix on {day}."),
        Outlook.BY_HAND: _("Nothing is asked by itself."),
    }[collecting.outlook]
    return text.format(card=collecting.card, day=day)
