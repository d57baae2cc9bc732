from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from abono.domain.credit.models import Entry
from abono.domain.credit.types import EntryDetail, Kind
from abono.platform import use_case
from abono.platform.given import given

MEMORY = "credit"  # what a transaction remembers of it: `use_case.once`
_PAYS = (Kind.USED.value, Kind.RETURNED.value)  # of an invoice, or no more of it

# What is left of a contract's credit, beside the contract that is read anyway.
BALANCE = Coalesce(
    Subquery(Entry.objects.filter(contract_id=OuterRef("pk")).order_by("-place").values("balance_minor")[:1]),
    0,
)


def balance(contract_id: UUID) -> int:
    """What is left of the contract's credit, in minor units of its currency."""
    newest = Entry.objects.filter(contract_id=contract_id).order_by("-place")
    return newest.values_list("balance_minor", flat=True).first() or 0


def held_balance(contract_id: UUID) -> int:
    """The same for who holds the contract, asked once in a transaction."""
    return use_case.once((MEMORY, contract_id), lambda: balance(contract_id))


def know(balances_minor: Mapping[UUID, int]) -> None:
    """They were read with the contracts, which are held since."""
    use_case.know(MEMORY, balances_minor)


def statement(contract_id: UUID, *, before: UUID | None = None, limit: int = 200) -> list[EntryDetail]:
    """Every movement of the contract's credit, newest first (INV-9)."""
    found = Entry.objects.filter(contract_id=contract_id, **given(id__lt=before))
    return [_detail(row) for row in found.order_by("-place")[:limit]]


def _detail(row: Entry) -> EntryDetail:
    return EntryDetail(
        id=row.id,
        kind=Kind(row.kind),
        amount_minor=row.amount_minor,
        balance_minor=row.balance_minor,
        currency=row.currency,
        invoice_id=row.invoice_id,
        credit_note_id=row.credit_note_id,
        made_at=row.made_at,
    )


def balance_at(contract_id: UUID, at: datetime) -> int:
    """What was left of the contract's credit at a moment, in minor units."""
    newest = Entry.objects.filter(contract_id=contract_id, made_at__lte=at).order_by("-place")
    return newest.values_list("balance_minor", flat=True).first() or 0


def used_by(contract_id: UUID, at: datetime) -> dict[UUID, int]:
    """What credit had paid of the contract's invoices at a moment, in minor units; invoices of which it paid nothing
    are not there."""
    moved = Entry.objects.filter(contract_id=contract_id, made_at__lte=at, kind__in=_PAYS)
    sums = moved.values_list("invoice_id").annotate(minor=Sum("amount_minor"))
    return {invoice: -minor for invoice, minor in sums if minor}
