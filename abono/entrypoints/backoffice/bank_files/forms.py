"""A file that is sent to us, and what lines of one are looked for; words for orders."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy, pgettext_lazy

from abono.domain.payments.ports.push import Act
from abono.entrypoints.site.design.words import Text, status, statuses

ACTS: dict[Act, Text] = {
    Act.REGISTER: pgettext_lazy("order to a bank", "Register"),
    Act.WRITE_OFF: pgettext_lazy("order to a bank", "Write off"),
}


class Take(forms.Form):
    use_required_attribute = False
    file = forms.FileField(
        label=gettext_lazy("Return file of the bank"),
        help_text=gettext_lazy(
            "CNAB 240 or 400, at most 4 MB; a larger one as a zip with this one file in it."
        ),
        allow_empty_file=True,
        max_length=100,
        error_messages={"required": gettext_lazy("Choose a file.")},
    )


class Filters(forms.Form):
    """Which lines of a return. `after`: those behind this one, for the next page."""

    did = forms.ChoiceField(label=gettext_lazy("What it did"), required=False)
    number = forms.CharField(
        label=gettext_lazy("Number of a slip or an invoice"), required=False, max_length=40
    )
    after = forms.IntegerField(required=False, min_value=0, max_value=10**9, widget=forms.HiddenInput)

    def __init__(self, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        did = self.fields["did"]
        assert isinstance(did, forms.ChoiceField)
        words = [(code, status("bank_line", code)[0]) for code in statuses("bank_line") if code]
        did.choices = [("", pgettext_lazy("lines", "All")), *words]
