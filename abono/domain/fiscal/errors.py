from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from abono.kernel.errors import Kind, Refusal, Sentence, _


class NoFiscalDocuments(Refusal):
    code = "fiscal.none"
    kind = Kind.CONFLICT
    message = _("Fiscal documents are not kept here: the setting fiscal_documents says when they are issued.")


class NoSuchFiscalDocument(Refusal):
    code = "fiscal.document_not_found"
    kind = Kind.NOT_FOUND
    message = _("This invoice has no such fiscal document.")


class NoSuchExport(Refusal):
    code = "fiscal.export_not_found"
    kind = Kind.NOT_FOUND
    message = _("There is no such export of fiscal documents.")


class NoSuchReturn(Refusal):
    code = "fiscal.return_not_found"
    kind = Kind.NOT_FOUND
    message = _("There is no such file of fiscal documents.")


class NothingToIssue(Refusal):
    code = "fiscal.nothing_to_issue"
    kind = Kind.CONFLICT
    message = _("Nothing is to be issued or cancelled: all of it is in earlier exports.")


class NotToBeIssued(Refusal):
    code = "fiscal.not_to_be_issued"
    kind = Kind.CONFLICT
    message = _(
        "Invoice {invoice} gets no fiscal document: it is cancelled, taken back, over nothing, or of a sandbox."
    )
    invoice: str


class NotIssued(Refusal):
    code = "fiscal.not_issued"
    kind = Kind.CONFLICT
    message = _("Invoice {invoice} has no fiscal document that could be cancelled or listed again.")
    invoice: str


class AnsweredOtherwise(Refusal):
    code = "fiscal.answered_otherwise"
    kind = Kind.CONFLICT
    message = _("The fiscal document of invoice {invoice} is {number} already. Nothing was changed.")
    invoice: str
    number: str


class KeyTaken(Refusal):
    code = "fiscal.key_taken"
    kind = Kind.CONFLICT
    message = _("This key is of another fiscal document.")


class KeyWrong(Refusal):
    code = "fiscal.key_wrong"
    kind = Kind.INVALID
    message = _("{key} is no key of a fiscal document: compare its letters and its check digit.")
    key: str


class KeyOfAnother(Refusal):
    code = "fiscal.key_of_another"
    kind = Kind.INVALID
    message = _("This key is of a document that {issuer} issued, and not of one of yours.")
    issuer: str


class NumberDiffers(Refusal):
    code = "fiscal.number_differs"
    kind = Kind.INVALID
    message = _("The number is {number}, but its key or XML says {other}.")
    number: str
    other: str


class NumberMissing(Refusal):
    code = "fiscal.number_missing"
    kind = Kind.INVALID
    message = _("Write the number of the fiscal document, or its key.")


class IssuedInFuture(Refusal):
    code = "fiscal.issued_on"
    kind = Kind.INVALID
    message = _("Write the day on which it was issued; it cannot be still to come.")


class WhyMissing(Refusal):
    code = "fiscal.why_missing"
    kind = Kind.INVALID
    message = _("Say why it was refused or cancelled.")


class PdfWrong(Refusal):
    code = "fiscal.pdf_wrong"
    kind = Kind.INVALID
    message = _("The PDF is none, or larger than {most} MB.")
    most: int


class XmlWrong(Refusal):
    code = "fiscal.xml_wrong"
    kind = Kind.INVALID
    message = _(
        "The XML cannot be read. It may have up to {most} kB, and no document type or entities of its own."
    )
    most: int


class OfAnotherBuyer(Refusal):
    code = "fiscal.of_another_buyer"
    kind = Kind.INVALID
    message = _("The XML is of a document for {tax_id}, who is not the buyer of this invoice.")
    tax_id: str


class FileOfNothing(Refusal):
    code = "fiscal.file_bad"
    kind = Kind.INVALID
    message = _(
        "This file cannot be read: it has to be a CSV with the columns reference and state, an XML, or a zip of them, of up to {most} documents."
    )
    most: int


class NoSuchReference(Refusal):
    code = "fiscal.no_such_reference"
    kind = Kind.INVALID
    message = _("No invoice has the number {reference}.")
    reference: str


class LineNotRead(Refusal):
    code = "fiscal.line_not_read"
    kind = Kind.INVALID
    message = _("{column} cannot be {value}.")
    column: str
    value: str


class TwoOfOne(Refusal):
    code = "fiscal.two_of_one"
    kind = Kind.INVALID
    message = _("Two lines of this file are of the same invoice.")


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that stands in the way: its number, or that of a file in a zip, what it names, and why."""

    line: int
    reference: str
    why: Refusal


class FileRefused(Refusal):
    """All lines that stand in the way; nothing of the file was taken."""

    code = "fiscal.file_refused"
    kind = Kind.INVALID
    message = _("Nothing of this file was taken. Line {line} ({reference}): {why}")
    line: int
    reference: str
    why: Sentence
    bad: tuple[BadLine, ...] = ()

    @classmethod
    def of(cls, bad: Sequence[BadLine]) -> FileRefused:
        first = bad[0]
        return cls(first.line, first.reference, Sentence(first.why.message, first.why.facts), tuple(bad))

    @property
    def facts(self) -> dict[str, object]:
        return {"line": self.line, "reference": self.reference, "why": self.why}
