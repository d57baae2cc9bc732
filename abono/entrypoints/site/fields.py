"""Fields that several forms of the seller have."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from abono.domain.contracts import queries as contracts
from abono.kernel import written


class ContractNumber(forms.CharField):
    """The number of a contract. What it is cleaned to is that contract."""

    def __init__(self, **more: Any) -> None:
        super().__init__(
            label=gettext_lazy("Contract number"),
            max_length=16,
            error_messages={"required": gettext_lazy("Write the number of a contract.")},
            **more,
        )

    def clean(self, value: Any) -> Any:
        found = contracts.by_number(super().clean(value))
        if found is None:
            raise forms.ValidationError(_("There is no contract with this number."))
        return found


def seen(text: str) -> None:
    """It is read as it is stored. Raises ValidationError."""
    if not written.seen(text):
        raise forms.ValidationError(gettext_lazy("Write it in one line, with characters that can be seen."))


def day_field(label: object, hint: object = "") -> forms.DateField:
    """A day that has to be chosen."""
    return forms.DateField(
        label=label,  # type: ignore[arg-type]
        help_text=hint,  # type: ignore[arg-type]
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages={"required": gettext_lazy("Choose a day.")},
    )


class Reference(forms.CharField):
    """Of a transfer, which the customer reads."""

    def __init__(self) -> None:
        super().__init__(
            label=gettext_lazy("Reference"),
            required=False,
            max_length=120,
            validators=[seen],
            help_text=gettext_lazy("Of the transfer. The customer reads it."),
        )


class Reason(forms.CharField):
    """Why something is done that an event tells its customer of."""

    def __init__(self, *, max_length: int = 300) -> None:
        super().__init__(
            label=gettext_lazy("Reason"),
            max_length=max_length,
            validators=[seen],
            help_text=gettext_lazy("It stays in the record, and the customer can read it."),
            error_messages={"required": gettext_lazy("Say why: the customer can read it.")},
        )


class ToldReason(forms.CharField):
    """Why something is done of which a notice tells its customer."""

    def __init__(self) -> None:
        super().__init__(
            label=gettext_lazy("Reason"),
            max_length=200,
            validators=[seen],
            help_text=gettext_lazy("The customer reads it."),
            error_messages={"required": gettext_lazy("Say why: the customer reads it.")},
        )


class WhyTold(forms.Form):
    """Why, and nothing else."""

    use_required_attribute = False
    why = ToldReason()
