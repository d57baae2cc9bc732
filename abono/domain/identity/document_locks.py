"""With which password the documents of an organization open, where it asked for one (FIN-6)."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

from cryptography.fernet import InvalidToken

from abono.domain.customers import queries as customers
from abono.domain.identity.errors import DocumentPasswordLost, DocumentPasswordUnfit
from abono.domain.identity.models import DocumentLock
from abono.domain.identity.sealed import opened, seal
from abono.platform import events
from abono.platform.use_case import use_case

OF_TAX_ID = 6  # characters
SHORTEST, LONGEST = (
    8,
    64,
)  # characters of one of their own; as UTF-8 they fit into the 127 bytes of a PDF's password
_LONGEST_BYTES = 127


class Way(Enum):
    """With what documents open."""

    OPEN = "open"  # with nothing
    TAX_ID = "tax_id"  # with the first six characters of the tax id
    OWN = "own"  # with a password that an Administrator chose


@dataclass(frozen=True, slots=True)
class LockInfo:
    """How it stands. The password is not in it: nobody sees it again. `set_at` is None where nobody ever asked."""

    way: Way
    set_at: datetime | None = None


def of(customer_id: UUID) -> LockInfo:
    row = DocumentLock.objects.filter(customer_id=customer_id).first()
    return LockInfo(Way.OPEN) if row is None else LockInfo(_way(row), row.set_at)


def password(customer_id: UUID) -> str | None:
    """For whoever makes a document, and nobody else; None where it opens with nothing.

    Raises DocumentPasswordLost for one that no key reads: what was to be locked never goes out open.
    """
    row = DocumentLock.objects.filter(customer_id=customer_id).first()
    if row is None:
        return None
    if not row.password:
        return customers.get(customer_id).tax_id[:OF_TAX_ID]
    try:
        return opened(row.password)
    except InvalidToken:
        raise DocumentPasswordLost() from None


@use_case
def choose(*, customer_id: UUID, way: Way, own: str, actor: str, now: datetime) -> bool:
    """From the next document on they open so. Returns whether anything is another than before.

    own   the password, for Way.OWN; every new one counts as another

    Raises DocumentPasswordUnfit.
    """
    row = DocumentLock.objects.filter(customer_id=customer_id).first()
    before = Way.OPEN if row is None else _way(row)
    kept = seal(_fit(own)) if way is Way.OWN else ""
    if way is before and way is not Way.OWN:
        return False
    if way is Way.OPEN:
        DocumentLock.objects.filter(customer_id=customer_id).delete()
    else:
        DocumentLock.objects.update_or_create(
            customer_id=customer_id, defaults={"password": kept, "set_by": actor, "set_at": now}
        )
    events.record(
        name="documents.password_chosen",
        subject=("customer", customer_id),
        customer_id=customer_id,
        actor=actor,
        now=now,
        before={"opens_with": before.value},
        after={"opens_with": way.value},
    )
    return True


def _way(row: DocumentLock) -> Way:
    return Way.OWN if row.password else Way.TAX_ID


def _fit(own: str) -> str:
    """In the form in which readers of PDFs compare it. Raises DocumentPasswordUnfit."""
    text = unicodedata.normalize("NFKC", own)
    seen = all(unicodedata.category(letter)[0] not in "CZ" or letter == " " for letter in text)
    if not (SHORTEST <= len(text) <= LONGEST) or len(text.encode()) > _LONGEST_BYTES or not seen:
        raise DocumentPasswordUnfit(SHORTEST, LONGEST)
    return text
