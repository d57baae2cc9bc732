"""What the seller says of a fiscal document, and a file in which that stands."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from abono.domain.fiscal.rules import LONGEST_NUMBER
from abono.domain.fiscal.states import Said
from abono.domain.fiscal.types import Answer, DocumentInfo
from abono.entrypoints.site.fields import seen


class Take(forms.Form):
    use_required_attribute = False
    file = forms.FileField(
        label=gettext_lazy("File of who issues"),
        help_text=gettext_lazy(
            "A CSV, an XML, or a zip of them and of PDFs named by invoice, such as A-000042.xml; at most 4 MB."
        ),
        allow_empty_file=True,
        max_length=100,
        error_messages={"required": gettext_lazy("Choose a file.")},
    )


class Issued(forms.Form):
    """A document that was issued. What stands in its key or its XML need not be typed."""

    use_required_attribute = False
    prefix = "issued"
    xml = forms.FileField(
        label=gettext_lazy("XML"),
        required=False,
        max_length=100,
        help_text=gettext_lazy("Up to 512 kB. What it says need not be typed."),
    )
    pdf = forms.FileField(
        label=gettext_lazy("PDF"), required=False, max_length=100, help_text=gettext_lazy("Up to 2 MB.")
    )
    key = forms.CharField(
        label=gettext_lazy("Key"),
        required=False,
        max_length=120,
        validators=[seen],
        help_text=gettext_lazy(
            "Of Brazil 50 or 44 characters; of Mexico the UUID. Its check digit is checked."
        ),
    )
    number = forms.CharField(
        label=gettext_lazy("Number"),
        required=False,
        max_length=LONGEST_NUMBER,
        validators=[seen],
        help_text=gettext_lazy("Where there is a key, it is read from there."),
    )
    series = forms.CharField(label=gettext_lazy("Series"), required=False, max_length=20, validators=[seen])
    issued_on = forms.DateField(
        label=gettext_lazy("Issued on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
    )
    verification = forms.CharField(
        label=gettext_lazy("Verification code"), required=False, max_length=60, validators=[seen]
    )

    @classmethod
    def of(cls, document: DocumentInfo | None) -> Issued:
        """With what is known of it."""
        names = ("key", "number", "series", "issued_on", "verification")
        return cls(initial={name: getattr(document, name) for name in names if document is not None})

    @property
    def given(self) -> Answer:
        said: dict[str, Any] = self.cleaned_data
        xml, pdf = said["xml"], said["pdf"]
        return Answer(
            Said.ISSUED,
            number=said["number"],
            series=said["series"],
            key=said["key"],
            issued_on=said["issued_on"],
            verification=said["verification"],
            xml=None if xml is None else xml.read(),
            pdf=None if pdf is None else pdf.read(),
        )


class Why(forms.Form):
    use_required_attribute = False
    why = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        validators=[seen],
        help_text=gettext_lazy("It stays in the record; the customer does not read it."),
        error_messages={"required": gettext_lazy("Say why: it stays in the record.")},
    )

    def given(self, said: Said) -> Answer:
        return Answer(said, why=self.cleaned_data["why"])
