"""What the seller writes on a one-off invoice: lines of words, quantity, unit price and fiscal type (INV-10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from abono.domain.invoicing.labels import fiscal_label
from abono.domain.invoicing.states import FiscalType
from abono.entrypoints.site.design.amounts import Amount, typed
from abono.entrypoints.site.fields import ContractNumber, Reason
from abono.flows.one_off.draft import MOST_LINES, MOST_PRICE_MICRO, MOST_QUANTITY, MOST_TEXT, Written

EMPTY = 2  # rows to write into below those that are there


class Whose(forms.Form):
    """For which contract it is."""

    use_required_attribute = False
    contract = ContractNumber()


class Why(forms.Form):
    """Why it is issued."""

    use_required_attribute = False
    prefix = "issue"
    why = Reason()


@dataclass(frozen=True, slots=True)
class Row:
    """The fields of one line; `title` names it for whoever hears the page."""

    title: str
    fields: tuple[forms.BoundField, ...]


class Lines(forms.Form):
    """Rows of fields; one that is left empty is none. `named` names the draft that comes of it, so that a second press
    of the button makes no second one."""

    use_required_attribute = False
    named = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self,
        data: Mapping[str, Any] | None,
        *,
        there: Sequence[Written],
        currency: str,
        language: str,
        named: object,
    ) -> None:
        super().__init__(data, initial={"named": named})
        self.currency, self.language = currency, language
        self.count = min(max(len(there), 1) + EMPTY, MOST_LINES)
        for number in range(1, self.count + 1):
            self._add(number, there[number - 1] if number <= len(there) else None)

    def _add(self, number: int, line: Written | None) -> None:
        self.fields[f"text_{number}"] = forms.CharField(
            label=_("What for"), required=False, max_length=MOST_TEXT, strip=True
        )
        self.fields[f"quantity_{number}"] = forms.IntegerField(
            label=_("Quantity"), required=False, min_value=1, max_value=MOST_QUANTITY
        )
        self.fields[f"price_{number}"] = Amount(
            label=_("Unit price"), currency=self.currency, language=self.language
        )
        self.fields[f"fiscal_{number}"] = forms.ChoiceField(
            label=_("Fiscal type"),
            choices=[(one.value, fiscal_label(one, self.language)) for one in FiscalType],
            initial=FiscalType.SVA.value,
            required=False,
        )
        self.initial[f"quantity_{number}"] = 1 if line is None else line.quantity
        if line is not None:
            self.initial[f"text_{number}"] = line.text
            self.initial[f"fiscal_{number}"] = line.fiscal_type.value
            self.initial[f"price_{number}"] = typed(
                line.unit_price_micro, currency=self.currency, language=self.language
            )

    @property
    def rows(self) -> list[Row]:
        names = ("text", "fiscal", "quantity", "price")
        return [
            Row(
                _("Line {number}").format(number=number),
                tuple(self[f"{name}_{number}"] for name in names),
            )
            for number in range(1, self.count + 1)
        ]

    def clean(self) -> dict[str, Any]:
        for number in range(1, self.count + 1):
            text, price = (self.cleaned_data.get(f"{name}_{number}") for name in ("text", "price"))
            if text and price is None and f"price_{number}" not in self.errors:
                self.add_error(f"price_{number}", _("Write what one of it costs."))
            if price is not None and not text and f"text_{number}" not in self.errors:
                self.add_error(f"text_{number}", _("Write what it is for: the customer reads it."))
            if price is not None and price > MOST_PRICE_MICRO:
                self.add_error(f"price_{number}", _("That is more than a price can be."))
        if not self.errors and not self.lines:
            self.add_error(None, _("Write at least one line."))
        return self.cleaned_data

    @property
    def lines(self) -> list[Written]:
        return [
            Written(
                self.cleaned_data[f"text_{number}"],
                self.cleaned_data[f"quantity_{number}"] or 1,
                self.cleaned_data[f"price_{number}"],
                FiscalType(self.cleaned_data[f"fiscal_{number}"] or FiscalType.SVA.value),
            )
            for number in range(1, self.count + 1)
            if self.cleaned_data.get(f"text_{number}")
        ]
