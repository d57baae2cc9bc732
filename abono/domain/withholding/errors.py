from __future__ import annotations

from abono.kernel.errors import Kind, Refusal, _


class RateWrong(Refusal):
    """`field` says what of it cannot be: name, percent, country."""

    code = "withholding.rate_wrong"
    kind = Kind.INVALID
    message = _(
        "A tax cannot be withheld so: look at “{field}”. A name has up to 30 characters, a rate goes from 0 to 100 % with four decimals at most, a country has two letters."
    )
    labels = {"name": _("Name of the tax"), "percent": _("Rate in %"), "country": _("Country of the buyer")}
    field: str


class NothingWithheld(Refusal):
    code = "withholding.nothing_withheld"
    kind = Kind.CONFLICT
    message = _("Nothing was withheld of this payment, or not this tax. Look at its parts on the invoice.")


class ProofAhead(Refusal):
    code = "withholding.proof_ahead"
    kind = Kind.INVALID
    message = _("The day of the proof has not come yet.")
