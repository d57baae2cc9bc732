"""What the seller takes back of an invoice: an amount for each line, and the reason that the customer reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from abono.domain.invoicing.labels import line_label
from abono.domain.invoicing.states import Status
from abono.domain.invoicing.types import InvoiceDetail, LineCredit, LineDetail
from abono.domain.payments.states import Because
from abono.entrypoints.backoffice.invoices.standing_forms import REASONS
from abono.entrypoints.site.design.amounts import Amount, typed
from abono.entrypoints.site.design.words import status
from abono.entrypoints.site.fields import Reason
from abono.kernel.money import micro_per_minor
from abono.platform import formats


class Search(forms.Form):
    contract = forms.CharField(
        label=gettext_lazy("Contract number"), required=False, max_length=16, strip=True
    )
    status = forms.TypedChoiceField(
        label=gettext_lazy("Status"), required=False, coerce=Status, empty_value=None
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["status"]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = [("", _("All")), *((one.value, status("invoice", one.value)[0]) for one in Status)]


class Why(forms.Form):
    """Why an invoice is cancelled and made out anew."""

    use_required_attribute = False
    prefix = "anew"
    why = Reason()


class TakeBack(forms.Form):
    """One field for each line of which something is left; `note` names the credit note that comes of it, so that a
    second press of the button makes no second one."""

    use_required_attribute = False
    note = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self,
        data: Mapping[str, Any] | None,
        *,
        invoice: InvoiceDetail,
        note_id: UUID,
        goes_back: bool,
        language: str,
    ) -> None:
        super().__init__(data, initial={"note": note_id})
        self.invoice, self.language = invoice, language
        for line in self.creditable:
            left = formats.minor(line.left_minor, invoice.currency, language)
            self.fields[_name(line)] = Amount(
                label=line_label(line.kind, line.name, language),
                currency=invoice.currency,
                language=language,
                hint=_("Left of this line: {left}.").format(left=left),
            )
        self.fields["why"] = forms.CharField(
            label=_("Reason"),
            max_length=300,
            help_text=_("The customer reads it."),
            error_messages={"required": _("Say why: the customer reads it.")},
        )
        if goes_back:
            self.fields["goes"] = forms.ChoiceField(
                label=_("What was paid of it"),
                required=False,
                choices=[
                    ("credit", _("Becomes credit of the contract")),
                    ("payer", _("Goes back to whoever paid")),
                ],
            )
            self.fields["because"] = forms.ChoiceField(
                label=_("Why it goes back"), choices=REASONS, required=False
            )

    @property
    def back(self) -> Because | None:
        """Why it goes back to whoever paid; None where it becomes credit."""
        if self.cleaned_data.get("goes") != "payer":
            return None
        return Because(self.cleaned_data["because"] or Because.OTHER.value)

    @property
    def creditable(self) -> list[LineDetail]:
        return [line for line in self.invoice.lines if line.left_minor]

    def fill(self) -> None:
        """Everything that is left, to begin with."""
        per_minor = micro_per_minor(self.invoice.currency)
        for line in self.creditable:
            self.initial[_name(line)] = typed(
                line.left_minor * per_minor, currency=self.invoice.currency, language=self.language
            )

    def clean(self) -> dict[str, Any]:
        per_minor = micro_per_minor(self.invoice.currency)
        for line in self.creditable:
            micro = self.cleaned_data.get(_name(line)) or 0
            if micro % per_minor:
                self.add_error(_name(line), _("That is less than the smallest coin of the currency."))
            elif micro > line.left_minor * per_minor:
                self.add_error(_name(line), _("That is more than what is left of this line."))
        if not self.errors and not self.lines:
            self.add_error(None, _("Choose at least one line, and write an amount above zero."))
        return self.cleaned_data

    @property
    def lines(self) -> list[LineCredit]:
        per_minor = micro_per_minor(self.invoice.currency)
        return [
            LineCredit(line.position, micro // per_minor)
            for line in self.creditable
            if (micro := self.cleaned_data.get(_name(line)) or 0)
        ]


def _name(line: LineDetail) -> str:
    return f"line_{line.position}"
