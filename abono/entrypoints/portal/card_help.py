"""What to check when a card is not accepted, the likely reason first (WAL-6)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from abono.domain.payments.port import Hint

_CHECKS = {  # in the order of the rule; asking the issuer is what remains when all else is right
    Hint.NUMBER: _("Check the number of the card, digit by digit."),
    Hint.EXPIRY: _("Check the expiry date: the card must still be valid."),
    Hint.CVV: _("Check the security code (CVV). It is usually on the back."),
    Hint.ONLINE: _("Check that the card is enabled for online purchases; some must be switched on for them."),
    Hint.BALANCE: _("Check that there is enough balance, and that the limit is not reached."),
    Hint.ISSUER: _("If all of that is right, ask the bank that issued the card: it knows why."),
}
_ISSUER_FIRST = _("Ask the bank that issued the card: it knows why it did not allow this.")


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
