"""Write what buyers withhold: rates, what was withheld of a payment, and its proof (PAY-6)."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

from abono.domain.withholding import queries
from abono.domain.withholding.errors import (
    NothingWithheld,
    ProofFiled,
    ProofFileWrong,
    RateWrong,
    TooManyProofs,
)
from abono.domain.withholding.models import OwnRate, ProofFile, Rate, WithheldProof, WithheldTax
from abono.domain.withholding.types import MOST_BYTES, MOST_PROOFS, Kept, NewRate, RateInfo
from abono.kernel.ids import public, uuid7
from abono.kernel.papers import paper
from abono.kernel.written import readable
from abono.platform import events
from abono.platform.use_case import use_case

_MOST_DECIMALS = -4


@use_case
def set_rate(
    new: NewRate,
    *,
    why: str,
    actor: str,
    now: datetime,
    customer_id: UUID | None = None,
    rate_id: UUID | None = None,
) -> RateInfo:
    """From its day on a tax is withheld so, of everybody or of one customer alone. What was booked stays as it is.

    rate_id   under which id, where the door chose one: the rate that has it already is the result

    Raises RateWrong.
    """
    _check(new, own=customer_id is not None)
    rate_id = rate_id or uuid7()
    known = queries.find(rate_id, customer_id=customer_id)
    if known is not None:
        return known
    said = {**asdict(new), "id": rate_id, "why": why, "set_by": actor, "set_at": now}
    if customer_id is None:
        Rate.objects.create(**said)
    else:
        said = {key: value for key, value in said.items() if key not in ("country", "buyer")}
        OwnRate.objects.create(**said, customer_id=customer_id)
    events.record(
        name="withholding.rate_set",
        subject=("withholding_rate", rate_id),
        customer_id=customer_id,
        actor=actor,
        now=now,
        why=why,
        data={
            **asdict(new),
            "percent": None if new.percent is None else f"{new.percent.normalize():f}",
            "from_date": new.from_date.isoformat(),
        },
    )
    return RateInfo(**asdict(new), id=rate_id, customer_id=customer_id, why=why, set_by=actor, set_at=now)


def _check(new: NewRate, *, own: bool) -> None:
    if not readable(new.name) or len(new.name) > 30 or new.name != new.name.strip():
        raise RateWrong("name")
    percent = new.percent
    if percent is None:
        if not own:
            raise RateWrong("percent")
    elif not 0 <= percent <= 100 or percent != percent.quantize(Decimal(1).scaleb(_MOST_DECIMALS)):
        raise RateWrong("percent")
    if new.country and not re.fullmatch("[A-Z]{2}", new.country):
        raise RateWrong("country")


def note(receipt_id: UUID, kept: Kept, currency: str) -> None:
    """Write down what of a payment was withheld, by its taxes. The caller holds the invoice."""
    parts = zip(kept.taxes, kept.parts_minor, strict=True)
    WithheldTax.objects.bulk_create(
        WithheldTax(
            receipt_id=receipt_id,
            position=position,
            name=tax.name,
            rate_micro=tax.rate_micro,
            base_minor=tax.base_minor,
            amount_minor=minor,
            currency=currency,
        )
        for position, (tax, minor) in enumerate(parts, start=1)
    )


def prove(
    receipt_id: UUID,
    *,
    invoice_id: UUID,
    customer_id: UUID,
    tax: str,
    reference: str,
    proof_date: date,
    file: bytes | None,
    actor: str,
    now: datetime,
) -> None:
    """The proof of one tax, or with an empty one of all that was withheld of a payment, and its file, which may come later; the same
    again changes nothing. The caller holds the invoice. Raises NothingWithheld, TooManyProofs, ProofFileWrong, ProofFiled."""
    names = {one.name for one in queries.of_receipts([receipt_id]).get(receipt_id, ())}
    if not names or (tax and tax not in names):
        raise NothingWithheld()
    row, fresh = WithheldProof.objects.get_or_create(
        receipt_id=receipt_id,
        name=tax,
        reference=reference,
        defaults={"proof_date": proof_date, "given_by": actor, "given_at": now},
    )
    if fresh and WithheldProof.objects.filter(receipt_id=receipt_id).count() > MOST_PROOFS:
        raise TooManyProofs(MOST_PROOFS)
    filed = file is not None and _attach(row, file, actor=actor, now=now)
    if fresh or filed:
        events.record(
            name="withholding.proven",
            subject=("invoice", invoice_id),
            customer_id=customer_id,
            actor=actor,
            now=now,
            data={
                "receipt": public("rcp", receipt_id),
                "tax": tax,
                "reference": reference,
                "proof_date": row.proof_date.isoformat(),
                "file": filed,
            },
        )


def _attach(proof: WithheldProof, content: bytes, *, actor: str, now: datetime) -> bool:
    """Returns whether it is new. Raises ProofFileWrong, ProofFiled."""
    kind = paper(content)
    if kind is None or len(content) > MOST_BYTES:
        raise ProofFileWrong(MOST_BYTES // 2**20)
    digest = sha256(content).hexdigest()
    row, fresh = ProofFile.objects.defer("content").get_or_create(
        proof=proof,
        defaults={
            "kind": kind.value,
            "content": content,
            "size": len(content),
            "digest": digest,
            "given_by": actor,
            "given_at": now,
        },
    )
    if row.digest != digest:
        raise ProofFiled()
    return fresh
