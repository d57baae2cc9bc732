"""A statement that is sent to us, which movements of it are shown, and what somebody says of one."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from abono.domain.invoicing.errors import NoSuchInvoice
from abono.domain.statements.states import Only
from abono.entrypoints.site.design.words import Text
from abono.entrypoints.site.fields import seen
from abono.flows.statements.match import invoice_named
from abono.flows.statements.propose import Because

ONLY: dict[Only, Text] = {
    Only.OPEN: pgettext_lazy("bank movements", "To be looked at"),
    Only.DECIDED: pgettext_lazy("bank movements", "Looked at"),
    Only.OUT: pgettext_lazy("bank movements", "Money that left"),
}
BECAUSE: dict[Because, Text] = {
    Because.NUMBER: gettext_lazy("the bank’s text names it"),
    Because.CONTRACT: gettext_lazy("the bank’s text names its contract"),
    Because.PAYER: gettext_lazy("the bank’s text has the tax id of its customer"),
    Because.AMOUNT: gettext_lazy("just so much is left of it, and of no other"),
}


class Take(forms.Form):
    use_required_attribute = False
    file = forms.FileField(
        label=gettext_lazy("Bank statement"),
        help_text=gettext_lazy("OFX, as your bank exports it, at most 4 MB."),
        allow_empty_file=True,
        max_length=100,
        error_messages={"required": gettext_lazy("Choose a file.")},
    )


class Filters(forms.Form):
    """Which movements of a statement. `after`: those behind this one, for the next page."""

    only = forms.ChoiceField(label=gettext_lazy("Movements"), required=False)
    after = forms.IntegerField(required=False, min_value=0, max_value=10**9, widget=forms.HiddenInput)

    def __init__(self, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        only = self.fields["only"]
        assert isinstance(only, forms.ChoiceField)
        only.choices = [
            ("", pgettext_lazy("bank movements", "All")),
            *((one.value, ONLY[one]) for one in Only),
        ]


class Pays(forms.Form):
    """Which invoice it pays. What `invoice` is cleaned to is that invoice."""

    use_required_attribute = False
    invoice = forms.CharField(
        label=gettext_lazy("Number of an invoice or a contract"),
        max_length=40,
        help_text=gettext_lazy(
            "Of a contract: its oldest invoice that waits for money; where none does, all of it becomes credit."
        ),
        error_messages={"required": gettext_lazy("Write the number of an invoice or a contract.")},
    )

    def clean_invoice(self) -> UUID:
        try:
            return invoice_named(self.cleaned_data["invoice"])
        except NoSuchInvoice:
            raise forms.ValidationError(
                _("There is no issued invoice, and no contract with one, of this number.")
            ) from None


class LeaveOut(forms.Form):
    use_required_attribute = False
    why = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        validators=[seen],
        help_text=gettext_lazy(
            "For example: slips of the day before, booked by the bank’s file. It stays in the record."
        ),
        error_messages={"required": gettext_lazy("Say why it pays no invoice.")},
    )
