"""What other packages see of a fiscal document."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from abono.domain.fiscal.states import Part, Said, Standing, State
from abono.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Answer:
    """What whoever issues says of the document of an invoice. `why`: of one that was refused or cancelled."""

    said: Said
    number: str = ""
    series: str = ""
    key: str = ""
    issued_on: date | None = None
    verification: str = ""
    why: str = ""
    xml: bytes | None = None
    pdf: bytes | None = None


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """One document.

    amount   of the invoice when it was exported, or came back without that
    asked    what whoever issues was told; None of one that was never exported
    parts    which files of it there are
    """

    id: UUID
    public_id: str
    invoice_id: UUID
    customer_id: UUID
    state: State
    amount: Money
    number: str
    series: str
    key: str
    verification: str
    issued_on: date | None
    why: str
    asked: dict[str, Any] | None
    export_id: UUID | None
    parts: frozenset[Part]

    @property
    def has_xml(self) -> bool:
        return Part.XML in self.parts

    @property
    def has_pdf(self) -> bool:
        return Part.PDF in self.parts


@dataclass(frozen=True, slots=True)
class Stands:
    """How an invoice stands with its documents; `document` is the newest."""

    standing: Standing
    document: DocumentInfo | None

    @property
    def for_customer(self) -> Standing:
        """What a tax office refused is mended between it and the seller."""
        return Standing.EXPORTED if self.standing is Standing.REFUSED else self.standing


@dataclass(frozen=True, slots=True)
class ExportInfo:
    """One export: documents that are to be issued, and some that are to be cancelled."""

    id: UUID
    public_id: str
    number: int
    documents: int
    cancels: int
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReturnInfo:
    """A file that came back, and what each line of it did: its number, the reference, and a word of `Did`."""

    id: UUID
    public_id: str
    name: str
    lines: tuple[tuple[int, str, str], ...]
    actor: str
    at: datetime
