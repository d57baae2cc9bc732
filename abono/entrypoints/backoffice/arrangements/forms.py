"""What somebody of the seller arranges for one contract, and when it ends."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms
from django.utils.translation import gettext_lazy as _

from abono.domain.contracts.errors import ArrangementWrong
from abono.domain.contracts.states import Arranged
from abono.domain.contracts.types import YEAR, ContractInfo
from abono.entrypoints.site.design.amounts import Amount
from abono.entrypoints.site.design.arranged import KINDS
from abono.entrypoints.site.fields import ContractNumber
from abono.flows.arrangements.arrange import Asked
from abono.kernel.ids import uuid7

_LABELS = {name: _(label) for name, label in ArrangementWrong.labels.items()}
_OF_YEAR = _("Of the plan a year; of all else a month, or of each.")


class Number(forms.Form):
    """Which contract."""

    use_required_attribute = False
    contract = ContractNumber()


def _day(label: object, hint: object = "", *, required: bool = True) -> forms.DateField:
    return forms.DateField(
        label=label,  # type: ignore[arg-type]
        required=required,
        help_text=hint,  # type: ignore[arg-type]
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages={"required": _("Choose a day.")},
    )


def _reason() -> forms.CharField:
    return forms.CharField(
        label=_LABELS["why"],
        max_length=500,
        help_text=_("The customer reads it."),
        error_messages={"required": _("Say why: the customer reads it.")},
    )


class Arrange(forms.Form):
    """`named` names what comes of it, so that a second press arranges nothing more."""

    use_required_attribute = False
    named = forms.UUIDField(widget=forms.HiddenInput, initial=uuid7)
    kind = forms.ChoiceField(label=_("What"), choices=[(kind.value, label) for kind, label in KINDS.items()])
    name = forms.CharField(
        label=_LABELS["name"], required=False, max_length=60, help_text=_("It stands on the invoice.")
    )
    quantity = forms.IntegerField(label=_LABELS["quantity"], required=False, min_value=1, initial=1)
    since = _day(_LABELS["since"], _("For cycles that begin on this day or later."))
    until = _day(
        _LABELS["until"], _("And on this day at the latest. Empty: until it is ended."), required=False
    )
    once = forms.BooleanField(label=_LABELS["once"], required=False)
    why = _reason()

    def __init__(self, data: Mapping[str, str] | None, *, contract: ContractInfo, language: str) -> None:
        super().__init__(data)
        self.fields["price"] = Amount(
            label=str(_LABELS["price"]),
            currency=contract.currency,
            language=language,
            hint=str(_OF_YEAR if contract.interval == YEAR else _("Of a month, or of each.")),
        )
        self.fields["price"].required = True
        self.fields["price"].error_messages["required"] = _("Write an amount; 0 is one, too.")
        self.order_fields(["kind", "price", "name", "quantity", "once", "since", "until", "why"])

    @property
    def seen(self) -> str:
        """What was looked at: whoever wants something else afterwards looks again."""
        parts = ("kind", "price", "name", "quantity", "once", "since", "until")
        return " ".join(str(self.cleaned_data[part]) for part in parts)

    @property
    def asked(self) -> Asked:
        told = self.cleaned_data
        return Asked(
            kind=Arranged(told["kind"]),
            price_micro=told["price"],
            since=told["since"],
            until=told["until"],
            why=told["why"],
            name=told["name"],
            quantity=told["quantity"] or 1,
            once=told["once"],
            named=told["named"],
        )


class End(forms.Form):
    use_required_attribute = False
    last = _day(_LABELS["last"], _("For cycles that begin on this day at the latest."))
    why = _reason()

    @property
    def seen(self) -> str:
        """As that of `Arrange`."""
        return str(self.cleaned_data["last"])
