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


class ProofFileWrong(Refusal):
    code = "withholding.proof_file_wrong"
    kind = Kind.INVALID
    message = _("A proof is a PDF, or a picture as PNG or JPEG, of {most} MB at most.")
    most: int


class ProofFiled(Refusal):
    code = "withholding.proof_filed"
    kind = Kind.CONFLICT
    message = _(
        "This proof has another file already, which is kept. Give a new one with a number of its own."
    )


class TooManyProofs(Refusal):
    code = "withholding.too_many_proofs"
    kind = Kind.CONFLICT
    message = _("There are {most} proofs of this payment already.")
    most: int


class NoSuchProof(Refusal):
    code = "withholding.proof_not_found"
    kind = Kind.NOT_FOUND
    message = _("There is no such file of a proof.")
