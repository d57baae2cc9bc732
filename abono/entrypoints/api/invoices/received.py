"""Money that came for an invoice without a card, and what its buyer withheld beside it (PAY-6)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from ninja import Field, Schema

from abono.domain.payments import receipts
from abono.domain.payments.states import Way
from abono.domain.payments.types import ReceiptInfo
from abono.domain.withholding import queries as withholding
from abono.domain.withholding.types import Part, Proof
from abono.entrypoints.api.protocol import shown


class WithholdingProof(Schema):
    """That a tax was paid to the tax office in the seller's name: its number, and the day that it bears. `place` names it among
    those of its payment; `file` says what its file is, null where only the number came."""

    place: int
    reference: Annotated[str, Field(max_length=120)]
    proof_date: date
    file: Literal["pdf", "png", "jpeg"] | None


class WithheldTax(Schema):
    """One tax of what a buyer withheld. `proof` is null while it is missing."""

    name: Annotated[str, Field(max_length=30, examples=["IRRF"])]
    rate_micro: Annotated[int, Field(description="In millionths: 15,000 is 1.5 %.")]
    base_minor: int
    amount_minor: int
    proof: WithholdingProof | None


class ReceivedPayment(Schema):
    """Money that came without a gateway, as the seller recorded it. `credit_minor` of it was more than was asked for,
    `late_minor` fine and interest of a late slip; `withheld_minor` beside it the buyer kept for the tax office."""

    id: shown.ReceiptId
    way: Annotated[Way, shown.words(Way)]
    amount_minor: int
    credit_minor: int
    late_minor: int
    withheld_minor: int
    withheld_taxes: list[WithheldTax]
    received_date: date
    reference: Annotated[str, Field(max_length=120)]
    recorded_at: datetime
    withdrawn_at: Annotated[datetime | None, Field(description="Taken back then: it pays nothing.")]


def received_payments(invoice_id: UUID) -> list[dict[str, object]]:
    """Of an invoice, the newest first."""
    came = receipts.of_invoice(invoice_id)
    withheld = withholding.of_receipts([one.id for one in came if one.withheld])
    return [_received(one, withheld.get(one.id, ())) for one in came]


def _received(one: ReceiptInfo, withheld: Iterable[Part]) -> dict[str, object]:
    return {
        "id": one.public_id,
        "way": one.way,
        "amount_minor": one.amount.minor,
        "credit_minor": one.credit.minor,
        "late_minor": one.late.minor,
        "withheld_minor": one.withheld.minor,
        "withheld_taxes": [
            {
                "name": part.name,
                "rate_micro": part.rate_micro,
                "base_minor": part.base.minor,
                "amount_minor": part.amount.minor,
                "proof": proof_of(part.proof),
            }
            for part in withheld
        ],
        "received_date": one.received_date,
        "reference": one.reference,
        "recorded_at": one.recorded_at,
        "withdrawn_at": one.withdrawn_at,
    }


def proof_of(one: Proof | None) -> WithholdingProof | None:
    if one is None:
        return None
    return WithholdingProof(
        place=one.place,
        reference=one.reference,
        proof_date=one.proof_date,
        file=None if one.file is None else one.file.value,
    )
