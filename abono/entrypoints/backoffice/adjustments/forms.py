"""How prices are adjusted, and what an index is given (CAT-13)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from abono.domain.adjustments import rules
from abono.domain.adjustments.errors import AdjustmentWrong, IndexWrong
from abono.domain.adjustments.states import Months, Part
from abono.domain.adjustments.types import IndexInfo
from abono.domain.contracts import queries as contracts
from abono.entrypoints.site.design.words import Text
from abono.entrypoints.site.refusals import refused
from abono.kernel.errors import Refusal
from abono.kernel.money import CURRENCIES
from abono.platform import formats

PARTS: dict[Part, Text] = {
    Part.PLAN: gettext_lazy("Software plan"),
    Part.PACKAGE: gettext_lazy("Channel package"),
    Part.EXTRA_INTERACTION: gettext_lazy("Extra InteractionZ"),
    Part.EXTRA_LICENCE: gettext_lazy("Extra licence"),
}
MONTHS: dict[Months, Text] = {
    Months.NEWEST: gettext_lazy("The twelve newest known that ended before the day of the new price"),
    Months.OWN: gettext_lazy("The first twelve of each price: from the month on in which it was set"),
}
MOST_TEXT = 40_000


class Adjust(forms.Form):
    use_required_attribute = False
    index = forms.ChoiceField(label=gettext_lazy("Index"))
    currency = forms.ChoiceField(
        label=gettext_lazy("Contracts in"), choices=[(one, one) for one in CURRENCIES]
    )
    months = forms.ChoiceField(
        label=gettext_lazy("Months"),
        choices=[(one.value, label) for one, label in MONTHS.items()],
        widget=forms.RadioSelect,
        initial=Months.NEWEST.value,
        help_text=gettext_lazy("No month counts twice for a contract."),
    )
    parts = forms.MultipleChoiceField(
        label=gettext_lazy(AdjustmentWrong.labels["parts"]),
        choices=[(one.value, label) for one, label in PARTS.items()],
        widget=forms.CheckboxSelectMultiple,
        initial=[one.value for one in Part],
        help_text=gettext_lazy(
            "Of the package what it costs: its value and the prices of sends stay as they are."
        ),
        error_messages={"required": gettext_lazy("Choose at least one.")},
    )
    until = forms.DateField(
        label=gettext_lazy(AdjustmentWrong.labels["until"]),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages={"required": gettext_lazy("Choose a day.")},
    )
    only = forms.CharField(
        label=gettext_lazy("Only these contracts"),
        required=False,
        max_length=MOST_TEXT,
        help_text=gettext_lazy("Numbers, with a space between them. Empty: all."),
    )
    contract_ids: list[UUID]

    def __init__(
        self, data: Mapping[str, Any] | None, *, indexes: Sequence[IndexInfo], until: date, language: str
    ) -> None:
        super().__init__(data, initial={"until": until})
        known = [one for one in indexes if one.last is not None]
        self.fields["index"].choices = [(one.code, _known(one, language)) for one in known]  # type: ignore[attr-defined]

    def clean_only(self) -> str:
        text: str = self.cleaned_data["only"]
        numbers = text.replace(",", " ").split()
        found = contracts.by_numbers(numbers)
        missing = [number for number in numbers if number not in found]
        if missing:
            raise forms.ValidationError(
                _("There is no contract with the number %(number)s.") % {"number": missing[0]}
            )
        self.contract_ids = list(found.values())
        return text


def _known(index: IndexInfo, language: str) -> str:
    assert index.last is not None
    return _("%(name)s, known up to %(month)s") % {
        "name": index.name,
        "month": formats.month(index.last, language),
    }


class Values(forms.Form):
    """Months as they are pasted, a line each; refusals of `domain.adjustments` are errors of the field."""

    use_required_attribute = False
    values = forms.CharField(
        label=gettext_lazy("Months"),
        max_length=MOST_TEXT,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "A line each: the month and its percent as it is published, such as 2026-01;0.33. Lines of a CSV file can be pasted whole."
        ),
        error_messages={"required": gettext_lazy("Write at least one month.")},
    )
    read: dict[date, Decimal]

    def clean_values(self) -> str:
        text: str = self.cleaned_data["values"]
        try:
            self.read = rules.read(text)
        except Refusal as no:
            raise forms.ValidationError(refused(no).sentence) from no
        if not self.read:
            raise forms.ValidationError(_("Write at least one month."))
        return text


class NewIndex(Values):
    code = forms.CharField(
        label=gettext_lazy(IndexWrong.labels["code"]),
        max_length=20,
        help_text=gettext_lazy("Such as IPCA or IGP-M: letters, digits, “-” and “_”."),
        error_messages={"required": gettext_lazy("Write a code.")},
    )
    name = forms.CharField(
        label=gettext_lazy(IndexWrong.labels["name"]),
        max_length=60,
        required=False,
        help_text=gettext_lazy("Customers read it. Empty: the code."),
    )
    field_order = ("code", "name", "values")


class TakeBack(forms.Form):
    use_required_attribute = False
    why = forms.CharField(
        label=gettext_lazy(AdjustmentWrong.labels["why"]),
        max_length=500,
        help_text=gettext_lazy("The customer reads it."),
        error_messages={"required": gettext_lazy("Say why: the customer reads it.")},
    )
