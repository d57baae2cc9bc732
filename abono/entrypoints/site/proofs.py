"""The proof of taxes that were withheld of a payment, as whoever has it gives it, and its file (PAY-6)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from abono.domain.withholding import queries
from abono.entrypoints.site.fields import day_field, seen
from abono.kernel.papers import TYPES
from abono.platform.web.download import as_file


class Prove(forms.Form):
    """Of one payment, which its prefix names; of which tax is asked where there are several."""

    use_required_attribute = False
    tax = forms.ChoiceField(label=gettext_lazy("Proof of"), required=False)
    reference = forms.CharField(
        label=gettext_lazy("Number of the proof"),
        max_length=120,
        validators=[seen],
        help_text=gettext_lazy("Of the certificate or the receipt of the tax office. Both sides read it."),
        error_messages={"required": gettext_lazy("Write its number.")},
    )
    proof_date = day_field(gettext_lazy("Day of the proof"))
    file = forms.FileField(
        label=gettext_lazy("The proof itself"),
        required=False,
        max_length=100,
        help_text=gettext_lazy(
            "A PDF, or a picture as PNG or JPEG, up to 2 MB. It may come later, with the same number; until then it counts as missing."
        ),
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None,
        files: MultiValueDict[str, Any] | None,
        *,
        prefix: str,
        taxes: Sequence[str],
    ) -> None:
        super().__init__(data, files, prefix=prefix)
        tax, several = self.fields["tax"], dict.fromkeys(taxes)
        assert isinstance(tax, forms.ChoiceField)
        tax.choices = [("", _("All that is missing")), *((one, one) for one in several)]
        if len(several) < 2:
            del self.fields["tax"]

    @property
    def given(self) -> dict[str, Any]:
        """As `prove_withheld` takes it."""
        file = self.cleaned_data["file"]
        return {"tax": "", **self.cleaned_data, "file": None if file is None else file.read()}


def proof_of(receipt_id: UUID, place: str) -> HttpResponse:
    """The file of a proof, byte for byte as it came, to be saved and not shown. Raises NoSuchProof."""
    number = int(place) if re.fullmatch("[0-9]{1,9}", place) else 0
    proof, content = queries.proof_file(receipt_id, number)
    assert proof.file is not None
    name = re.sub(r"[^0-9A-Za-z-]", "", proof.reference) or "proof"
    return as_file(HttpResponse(content, content_type=TYPES[proof.file]), f"{name}.{proof.file.value}")
