"""Cards as pages name them, and what to check when one is not accepted, the likely reason first (WAL-6)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext_lazy as _

from abono.domain.payments.ports.port import Hint, Retry
from abono.domain.payments.types import Card
from abono.kernel.ids import parse
from abono.kernel.periods import add_months

SOON_DAYS = 30  # WAL-5

_CHECKS = {  # in the order of the rule; asking the issuer is what remains when all else is right
    Hint.NUMBER: _("Check the number of the card, digit by digit."),
    Hint.EXPIRY: _("Check the expiry date: the card must still be valid."),
    Hint.CVV: _("Check the security code (CVV). It is usually on the back."),
    Hint.ONLINE: _("Check that the card is enabled for online purchases; some must be switched on for them."),
    Hint.BALANCE: _("Check that there is enough balance, and that the limit is not reached."),
    Hint.ISSUER: _("If all of that is right, ask the bank that issued the card: it knows why."),
}
_ISSUER_FIRST = _("Ask the bank that issued the card: it knows why it did not allow this.")


def expiry(card: Card) -> str:
    """As on the card: `12/2030`."""
    return f"{card.exp_month:02d}/{card.exp_year}"


def card_status(card: Card, today: date) -> str:
    """A word of `words.status("card", …)`: what needs somebody comes before what is in use."""
    if card.stopped and (card.in_use or card.reserve):
        return "stopped"
    after = add_months(date(card.exp_year, card.exp_month, 1), 1)  # a card is good until its month ends
    if today >= after:
        return "expired"
    if (after - today).days <= SOON_DAYS:
        return "expiring"
    return "in-use" if card.in_use else "reserve" if card.reserve else "saved"


_STOPPED = {  # what opens a card again that no machine asks (PAY-8)
    Retry.MANDATE: _(
        "Its holder stopped these charges at the bank. Use another card, or replace it by typing it anew."
    ),
    Retry.AUTHENTICATE: _(
        "Its bank wants its holder to be there: pay an open invoice with it here, or use another card."
    ),
    Retry.CUSTOMER: _(
        "Its bank declined it. Once that is settled with the bank, pay an open invoice with it here, or use another card."
    ),
}
_DECLINED_FOR_GOOD = _("Its bank declined it for good: replace it, or use another card.")


def stopped_advice(card: Card) -> str:
    """What to do about a card that is not charged by itself any more; empty for any other."""
    known = next((one for one in Retry if one.value == card.stopped), None)
    return "" if known is None else str(_STOPPED.get(known, _DECLINED_FOR_GOOD))


def method_key(text: str) -> UUID:
    """The key behind an address or a form. Raises Http404 for what is not one."""
    key = parse("pay", text)
    if key is None:
        raise Http404(text)
    return key


_AGAIN = {  # whether the same card may be tried again (PAY-8)
    Retry.NEVER: _("Do not try this card again: it will be refused again. Use another one."),
    Retry.LATER: _("You can try the same card again in a few minutes, or use another one."),
    Retry.CUSTOMER: _("Once that is done the same card can be tried again."),
    Retry.AUTHENTICATE: _(
        "Your bank wants you to confirm this payment yourself: pay again while you are here."
    ),
    Retry.MANDATE: _(
        "The bank says that its holder stopped such charges: use another card, or type this one anew."
    ),
    Retry.UPDATE_CARD: _("Type the card anew, with what is printed on it now."),
}


_TYPED = (Hint.NUMBER, Hint.EXPIRY, Hint.CVV)  # what the holder may have typed wrong
_TYPED_WRONG = _(
    "As it was typed it will be refused again: type the card anew, with what is printed on it now, or use another one."
)


def retry_advice(retry: str, hint: str) -> str:
    """Whether to try the same card again; nothing where `retry` is no word of `port.Retry`.

    hint    a word of `port.Hint`: nobody is sent to check what they typed and told in the same breath to give the card up
    """
    known = next((one for one in Retry if one.value == retry), None)
    if known is Retry.NEVER and hint in {one.value for one in _TYPED}:
        return str(_TYPED_WRONG)
    return "" if known is None else str(_AGAIN[known])


def card_help(hint: str) -> list[str]:
    """All that can be checked, in the order in which to do so.

    hint    a word of `port.Hint`; one that we do not know leads to the issuer
    """
    first = next((known for known in Hint if known.value == hint), Hint.ISSUER)
    if first is Hint.ISSUER:
        others = [str(text) for known, text in _CHECKS.items() if known is not Hint.ISSUER]
        return [str(_ISSUER_FIRST), *others]
    rest = [str(text) for known, text in _CHECKS.items() if known is not first]
    return [str(_CHECKS[first]), *rest]
