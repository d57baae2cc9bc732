"""What somebody of the seller decides of uncovered sends: a price, or none, and the reason that the customer reads."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms
from django.utils.translation import gettext_lazy as _

from abono.domain.uncovered.actions import Which
from abono.entrypoints.site.design.amounts import Amount


class Decide(forms.Form):
    """`price` is of each send, in the contract's currency; empty: the rows in force."""

    use_required_attribute = False
    channel = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)
    kind = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)
    country = forms.CharField(required=False, max_length=10, widget=forms.HiddenInput)
    code = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    why = forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("The customer reads it."),
        error_messages={"required": _("Say why: the customer reads it.")},
    )

    def __init__(
        self, data: Mapping[str, str] | None, *, currency: str, language: str, place: int = 0
    ) -> None:
        super().__init__(data, auto_id=f"id_%s_{place}")  # several stand on a page
        self.fields["price"] = Amount(
            label=str(_("Price of each")),
            currency=currency,
            language=language,
            hint=str(_("Empty: that of the price list.")),
        )
        self.order_fields(["price", "why"])

    @property
    def which(self) -> Which:
        told = self.cleaned_data
        return Which(told["channel"], told["kind"], told["country"], told["code"])

    @property
    def typed_micro(self) -> int | None:
        found: int | None = self.cleaned_data["price"]
        return found
