"""A payout as somebody of the seller types it, and why one is taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from abono.domain.payments.payouts import NewPayout
from abono.entrypoints.site.design.amounts import read_micro, typed
from abono.entrypoints.site.design.words import source as named
from abono.entrypoints.site.fields import seen
from abono.kernel.money import MICRO, Money
from abono.kernel.rating import to_micro, to_money
from abono.platform import formats

SENT = "sent"  # at the end of a choice: it left the account


def sent(name: str) -> str:
    """What is to be sent on a way, or back to a gateway, in words."""
    return _("To be sent: {source}").format(source=named(name))


class Record(forms.Form):
    """What arrived comes from one of `arrives`, in its currency; what was sent is for one of `sends`."""

    use_required_attribute = False
    source = forms.ChoiceField(
        label=gettext_lazy("From, or for"),
        error_messages={"required": gettext_lazy("Choose where it came from.")},
    )
    reference = forms.CharField(
        label=gettext_lazy("Its number there"),
        max_length=120,
        validators=[seen],
        help_text=gettext_lazy("Of the payout at the gateway, or of the entry at the bank."),
        error_messages={"required": gettext_lazy("Write its number: the same one is recorded once.")},
    )
    arrived = forms.CharField(
        label=gettext_lazy("Amount on your account"),
        help_text=gettext_lazy("What arrived in it, or was sent from it."),
        max_length=40,
        error_messages={"required": gettext_lazy("Write an amount; 0 is one, too.")},
    )
    fees = forms.CharField(
        label=gettext_lazy("Fees"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("What was kept of it before, or what sending it cost. Empty: none."),
    )
    paid_on = forms.DateField(
        label=gettext_lazy("Day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages={"required": gettext_lazy("Choose a day.")},
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None,
        *,
        arrives: Sequence[tuple[str, Money]],
        sends: Sequence[tuple[str, Money]],
        language: str,
    ) -> None:
        super().__init__(data)
        self.language = language
        source = self.fields["source"]
        assert isinstance(source, forms.ChoiceField)
        source.choices = [
            (f"{money.currency} {name}", f"{named(name)} · {formats.money(money, language)}")
            for name, money in arrives
        ] + [
            (f"{money.currency} {name} {SENT}", f"{sent(name)} · {formats.money(money, language)}")
            for name, money in sends
        ]

    def clean_arrived(self) -> Money:
        return self._amount("arrived")

    def clean_fees(self) -> Money:
        return self._amount("fees")

    @property
    def new(self) -> NewPayout:
        told = self.cleaned_data
        _currency, gateway, *leaves = told["source"].split(" ")
        arrived = -(told["arrived"] + told["fees"]) if leaves else told["arrived"]
        return NewPayout(gateway, told["reference"], arrived, told["fees"], told["paid_on"])

    def _amount(self, name: str) -> Money:
        """In the currency of the source; that is cleaned before."""
        text: str = self.cleaned_data[name]
        currency = self.cleaned_data.get("source", "USD").partition(" ")[0]
        micro = read_micro(text, currency=currency, language=self.language) if text else 0
        if micro is None or micro > 10**15 * MICRO or to_micro(to_money(micro, currency)) != micro:
            sample = typed(1_500_500_000, currency=currency, language=self.language)
            raise forms.ValidationError(_("Write an amount like {sample}.").format(sample=sample))
        return to_money(micro, currency)


class TakeBack(forms.Form):
    use_required_attribute = False
    why = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        validators=[seen],
        error_messages={"required": gettext_lazy("Say why: it stays in the record.")},
    )
