"""What the seller says of an invoice beside its lines: what came without a gateway, and why it stands otherwise (INV-5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from abono.domain.payments.receipts import Came
from abono.domain.payments.rules import LONGEST_EVIDENCE
from abono.domain.payments.states import BY_HAND, SAID, Way
from abono.entrypoints.site.design.amounts import Amount
from abono.entrypoints.site.design.words import BECAUSE, WAYS
from abono.entrypoints.site.fields import Reason, Reference, ToldReason, seen
from abono.kernel.money import Money, micro_per_minor
from abono.platform import formats

_WAYS = [(way.value, WAYS[way]) for way in BY_HAND]
REASONS = [(one.value, BECAUSE[one]) for one in SAID]


class Record(forms.Form):
    """`receipt` names the payment that comes of it, so that a second press of the button records no second one."""

    use_required_attribute = False
    prefix = "came"
    receipt = forms.UUIDField(widget=forms.HiddenInput)
    way = forms.ChoiceField(label=gettext_lazy("How it came"), choices=_WAYS)
    received_date = forms.DateField(
        label=gettext_lazy("Day on which it came"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
    )
    reference = Reference()
    why = forms.CharField(
        label=gettext_lazy("How you know it"),
        required=False,
        max_length=300,
        validators=[seen],
        help_text=gettext_lazy("It stays in the record, and the customer can read it."),
    )

    def __init__(
        self, data: Mapping[str, Any] | None, *, currency: str, language: str, initial: Mapping[str, Any]
    ) -> None:
        super().__init__(data, initial=dict(initial))
        self.currency = currency
        self.fields["amount"] = Amount(label=_("Amount"), currency=currency, language=language)
        self.fields["amount"].required = True
        self.order_fields(["receipt", "amount", "way", "received_date", "reference", "why"])

    def clean_amount(self) -> int:
        micro, per_minor = self.cleaned_data.get("amount") or 0, micro_per_minor(self.currency)
        if micro <= 0 or micro % per_minor:
            raise forms.ValidationError(_("Write an amount above zero, in whole coins of the currency."))
        return int(micro // per_minor)

    @property
    def came(self) -> Came:
        said = self.cleaned_data
        day: date = said["received_date"]
        return Came(Way(said["way"]), said["amount"], day, said["reference"], said["why"])


class Why(forms.Form):
    use_required_attribute = False
    why = Reason()


class Dispute(Why):
    """`amount` is of the card payment; empty for all of it."""

    def __init__(
        self, data: Mapping[str, Any] | None, *, prefix: str, currency: str, language: str, paid: bool
    ) -> None:
        super().__init__(data, prefix=prefix)
        self.currency = currency
        if paid:
            hint = _("Of the payment. Empty: all of it.")
            self.fields["amount"] = Amount(label=_("Amount"), currency=currency, language=language, hint=hint)
            self.order_fields(["amount", "why"])

    @property
    def amount_minor(self) -> int | None:
        micro: int | None = self.cleaned_data.get("amount")
        return None if micro is None else micro // micro_per_minor(self.currency)


class Answer(forms.Form):
    """What the seller says of a payment that is disputed, and until which day it has to be at the bank."""

    use_required_attribute = False
    prefix = "answer"
    answer_by = forms.DateField(
        label=gettext_lazy("Last day for evidence"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        help_text=gettext_lazy("As the bank or the gateway says."),
    )
    evidence = forms.CharField(
        label=gettext_lazy("Evidence"),
        max_length=LONGEST_EVIDENCE,
        validators=[seen],
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy(
            "What shows that the payment was meant: the accepted order, what was used, what was written. Hand it in at the bank as well."
        ),
    )


class GiveBack(forms.Form):
    """What goes back to whoever paid, empty for all of it; `refund` names the refund that comes of it, so that a second press of the
    button asks for no second one."""

    use_required_attribute = False
    refund = forms.UUIDField(widget=forms.HiddenInput)
    because = forms.ChoiceField(label=gettext_lazy("Why it goes back"), choices=REASONS)
    why = ToldReason()

    def __init__(
        self, data: Mapping[str, Any] | None, *, refund_id: UUID, most: Money, language: str
    ) -> None:
        super().__init__(data, initial={"refund": refund_id})
        self.currency = most.currency
        self.fields["amount"] = Amount(
            label=_("Amount"),
            currency=most.currency,
            language=language,
            hint=_("At most {most}. Empty: all of it.").format(most=formats.money(most, language)),
        )
        self.order_fields(["refund", "amount", "because", "why"])

    def clean_amount(self) -> int | None:
        micro, per_minor = self.cleaned_data.get("amount"), micro_per_minor(self.currency)
        if micro is None:
            return None
        if micro <= 0 or micro % per_minor:
            raise forms.ValidationError(_("Write an amount above zero, in whole coins of the currency."))
        return int(micro // per_minor)


class PaidOut(Why):
    """How a refund that did not go back by itself was paid."""

    way = forms.ChoiceField(label=gettext_lazy("How it was paid"), choices=_WAYS)
    reference = Reference()
    field_order = ("way", "reference", "why")
