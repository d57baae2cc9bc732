"""The states of a fiscal document, and how an invoice stands with its documents (INV-11)."""

from __future__ import annotations

from enum import Enum

from abono.kernel.lifecycle import Lifecycle


class State(Enum):
    EXPORTED = "exported"  # whoever issues has it
    ISSUED = "issued"
    REFUSED = "refused"  # the tax office did not take it: mended there and issued after all, or listed again
    CANCELLED = "cancelled"  # after it was issued
    LISTED_AGAIN = "again"  # refused, and to be issued anew by another export


DOCUMENT = Lifecycle(
    "fiscal document",
    {
        State.EXPORTED: (State.ISSUED, State.REFUSED),
        State.REFUSED: (State.ISSUED, State.LISTED_AGAIN),
        State.ISSUED: (State.CANCELLED,),
    },
)
LIVE = (State.EXPORTED, State.ISSUED, State.REFUSED)  # one at most of an invoice


class Said(Enum):
    """What whoever issues says of a document."""

    ISSUED = "issued"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class Standing(Enum):
    """How an invoice stands with its fiscal document."""

    TO_ISSUE = "to_issue"
    EXPORTED = "exported"
    ISSUED = "issued"
    REFUSED = "refused"
    TO_CANCEL = "to_cancel"  # issued, or on its way, and of another amount than the invoice has now
    CANCELLED = "cancelled"  # and nothing is to be issued instead


class Part(Enum):
    """The files of a document."""

    XML = "xml"
    PDF = "pdf"


class Did(Enum):
    """What a line of a file did."""

    ISSUED = "issued"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    ADDED = "added"  # more of one that was issued
    KNOWN = "known"
