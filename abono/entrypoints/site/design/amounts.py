"""Amounts as people type them in their language."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from abono.domain.metering.own_limits import MOST_MICRO
from abono.kernel.money import EXPONENT, MICRO
from abono.platform import formats

_MOST_DECIMALS = 6


def read_micro(text: str, *, currency: str, language: str) -> int | None:
    """Millionths of the currency; None for what is no amount.

    Thousands may be grouped as the language does it or with spaces, and the currency may stand before. One or two
    decimals may follow the other languages' point or comma, too: `99.90` cannot mean anything else.
    """
    thousands, point = ("\\.", ",") if formats.number(1000, language)[1] == "." else (",", "\\.")
    plain = text.strip()
    for sign in (formats.SYMBOLS.get(currency), currency):
        if sign and plain.upper().startswith(sign.upper()):
            plain = plain[len(sign) :].strip()
            break
    forms = (
        rf"([1-9][0-9]{{0,2}}(?:[{thousands}\s][0-9]{{3}})+)(?:{point}([0-9]{{1,{_MOST_DECIMALS}}}))?",
        rf"([0-9]+)(?:{point}([0-9]{{1,{_MOST_DECIMALS}}}))?",
        r"([0-9]+)[.,]([0-9]{1,2})",
    )
    for form in forms:
        found = re.fullmatch(form, plain, re.DOTALL)
        if found:
            whole = re.sub(r"[^0-9]", "", found.group(1))
            decimals = (found.group(2) or "").ljust(_MOST_DECIMALS, "0")
            return int(whole) * MICRO + int(decimals)
    return None


def typed(amount_micro: int | None, *, currency: str, language: str) -> str:
    """The amount as it stands in a field, such that `read_micro` reads it: `1.500,00`; nothing for None."""
    if amount_micro is None:
        return ""
    value, decimals = amount_micro, _MOST_DECIMALS
    while decimals > EXPONENT[currency] and value % 10 == 0:
        value, decimals = value // 10, decimals - 1
    return formats.number(value, language, decimals=decimals)


class Amount(forms.CharField):
    """An amount of the contract's currency, cleaned to millionths; empty is none."""

    def __init__(self, *, label: str, currency: str, language: str, hint: str = "") -> None:
        super().__init__(
            label=label,
            required=False,
            max_length=40,
            strip=True,
            help_text=hint,
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        )
        self.currency, self.language = currency, language

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        found = read_micro(text, currency=self.currency, language=self.language)
        if found is None:
            sample = typed(1_500_500_000, currency=self.currency, language=self.language)
            raise forms.ValidationError(
                _("Write an amount like {sample}, or leave it empty.").format(sample=sample)
            )
        least = MICRO // 10 ** EXPONENT[self.currency]
        if 0 < found < least:
            smallest = typed(least, currency=self.currency, language=self.language)
            raise forms.ValidationError(
                _("The smallest amount is {smallest}; 0 stops what costs something.").format(
                    smallest=smallest
                )
            )
        if found > MOST_MICRO:
            raise forms.ValidationError(_("That is more than can be counted. Leave it empty for no limit."))
        return found
