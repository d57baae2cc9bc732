"""Rates of taxes that buyers withhold, what was withheld, and of what the proof is missing (PAY-6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q

from abono.domain.withholding import rules
from abono.domain.withholding.errors import NoSuchProof
from abono.domain.withholding.models import OwnRate, ProofFile, Rate, WithheldProof, WithheldTax
from abono.domain.withholding.types import Part, Proof, RateInfo, Unproven
from abono.kernel.money import Money
from abono.kernel.papers import Paper
from abono.platform.given import given


def find(rate_id: UUID, *, customer_id: UUID | None = None) -> RateInfo | None:
    """Of everybody, or of a customer."""
    if customer_id is None:
        row = Rate.objects.filter(id=rate_id).first()
        return None if row is None else _rate(row)
    own = OwnRate.objects.filter(id=rate_id, customer_id=customer_id).first()
    return None if own is None else _own(own)


def everybodys(*, before: UUID | None = None, limit: int = 200) -> list[RateInfo]:
    """The seller's, the newest that was set first."""
    found = Rate.objects.filter(**given(id__lt=before)).order_by("-id")
    return [_rate(one) for one in found[:limit]]


def own(customer_id: UUID | None = None, *, before: UUID | None = None, limit: int = 200) -> list[RateInfo]:
    """Those of a customer, or of each, likewise."""
    found = OwnRate.objects.filter(**given(customer_id=customer_id, id__lt=before))
    return [_own(one) for one in found.order_by("-id")[:limit]]


def own_of(customer_ids: Collection[UUID]) -> list[RateInfo]:
    """Those of many customers, likewise."""
    return [_own(one) for one in OwnRate.objects.filter(customer_id__in=customer_ids).order_by("-id")]


def of_buyer(customer_id: UUID, *, country: str, buyer: str, day: date) -> list[RateInfo]:
    """What they must withhold of what they pay on a day."""
    return rules.of_buyer(
        map(_rate, Rate.objects.filter(from_date__lte=day).order_by("id")),
        map(_own, OwnRate.objects.filter(customer_id=customer_id, from_date__lte=day).order_by("id")),
        country=country,
        buyer=buyer,
        day=day,
    )


def in_force(rates: Iterable[RateInfo], day: date) -> list[RateInfo]:
    """Those of everybody and of each customer that are the newest of theirs on a day."""
    whose: dict[UUID | None, list[RateInfo]] = {}
    for one in sorted(rates, key=lambda one: one.id):
        whose.setdefault(one.customer_id, []).append(one)
    return [one for theirs in whose.values() for one in rules.in_force(theirs, day)]


def of_receipts(receipt_ids: Collection[UUID]) -> Mapping[UUID, tuple[Part, ...]]:
    """What was withheld of payments, by payment, each tax with its proof."""
    found: dict[UUID, tuple[Part, ...]] = {}
    if not receipt_ids:
        return found
    proofs: dict[tuple[UUID, str], Proof] = {}
    for receipt_id, name, proof in _proofs(receipt_ids):
        known = proofs.get((receipt_id, name))
        if known is None or proof.file or not known.file:
            proofs[receipt_id, name] = proof
    for tax in WithheldTax.objects.filter(receipt_id__in=receipt_ids).order_by("receipt_id", "position"):
        key = tax.receipt_id
        its = [one for name in (tax.name, "") if (one := proofs.get((key, name))) is not None]
        best = next((one for one in its if one.file), next(iter(its), None))
        found[key] = (*found.get(key, ()), _part(tax, best))
    return found


def proof_file(receipt_id: UUID, place: int) -> tuple[Proof, bytes]:
    """The proof at a place of a payment, and its file. Raises NoSuchProof."""
    proof = next((one for _id, _name, one in _proofs([receipt_id]) if one.place == place), None)
    if proof is None or proof.file is None:
        raise NoSuchProof()
    rows = WithheldProof.objects.filter(receipt_id=receipt_id).order_by("id")
    return proof, bytes(rows.values_list("file__content", flat=True)[place - 1])


def unproven(
    *, receipt_id: UUID | None = None, after: UUID | None = None, limit: int = 100
) -> list[Unproven]:
    """Payments of which a proof, or its file, is missing, the oldest first, all of them or one; not those of sandboxes. `after`: those
    behind this one."""
    proven = ProofFile.objects.filter(
        Q(proof__name="") | Q(proof__name=OuterRef("name")), proof__receipt_id=OuterRef("receipt_id")
    )
    rows = (
        WithheldTax.objects.filter(receipt__withdrawn_at=None, receipt__invoice__customer__sandbox=False)
        .filter(**given(receipt_id=receipt_id, receipt_id__gt=after))
        .filter(~Exists(proven))
        .select_related("receipt__invoice")
        .order_by("receipt_id", "position")[: limit * 8]
    )
    receipts = {row.receipt_id: row.receipt for row in rows}
    parts = of_receipts(list(receipts)[:limit])
    return [
        Unproven(
            receipt_id=key,
            invoice_id=receipts[key].invoice_id,
            customer_id=receipts[key].invoice.customer_id,
            title=receipts[key].invoice.title,
            organization=receipts[key].invoice.buyer["legal_name"],
            received_date=receipts[key].received_date,
            parts=tuple(part for part in its if not part.proven),
        )
        for key, its in parts.items()
    ]


def _proofs(receipt_ids: Collection[UUID]) -> Iterator[tuple[UUID, str, Proof]]:
    """Payment, tax (empty: all), and proof, in the order in which they came."""
    places: Counter[UUID] = Counter()
    rows = WithheldProof.objects.filter(receipt_id__in=receipt_ids).annotate(kind=F("file__kind"))
    for row in rows.order_by("id"):
        places[row.receipt_id] += 1
        file = Paper(row.kind) if row.kind else None
        its = Proof(
            places[row.receipt_id], row.reference, row.proof_date, row.given_by, row.given_at, file=file
        )
        yield row.receipt_id, row.name, its


def _part(row: WithheldTax, proof: Proof | None) -> Part:
    base, amount = Money(row.base_minor, row.currency), Money(row.amount_minor, row.currency)
    return Part(row.name, row.rate_micro, base, amount, proof)


def _rate(row: Rate) -> RateInfo:
    return RateInfo(**_said(row), percent=row.percent, country=row.country, buyer=row.buyer)


def _own(row: OwnRate) -> RateInfo:
    return RateInfo(**_said(row), percent=row.percent, customer_id=row.customer_id)


def _said(row: Rate | OwnRate) -> dict[str, Any]:
    names = (
        "id",
        "name",
        "fiscal_type",
        "of_tax",
        "free_up_to_minor",
        "from_date",
        "why",
        "set_by",
        "set_at",
    )
    return {name: getattr(row, name) for name in names}
