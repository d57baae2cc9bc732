"""The proof of taxes that a buyer withheld of a payment comes afterwards (PAY-6)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from abono.domain.payments import receipts
from abono.domain.withholding import actions as withholding
from abono.domain.withholding.errors import NothingWithheld, ProofAhead
from abono.flows import locks
from abono.kernel.periods import local_date


def prove_withheld(
    *,
    receipt_id: UUID,
    tax: str,
    reference: str,
    proof_date: date,
    file: bytes | None = None,
    actor: str,
    now: datetime,
) -> None:
    """tax   one of its parts, by name; empty: all of it
    file  the proof itself, a PDF or a picture; it may come later, with the same number

    The same again changes nothing. Raises NoSuchReceipt, NothingWithheld, TooManyProofs, ProofAhead, ProofFileWrong,
    ProofFiled.
    """
    with locks.invoice(receipts.get(receipt_id).invoice_id) as (contract, invoice):
        if receipts.get(receipt_id).withdrawn_at is not None:
            raise NothingWithheld()
        if proof_date > local_date(now, contract.customer.time_zone):
            raise ProofAhead()
        withholding.prove(
            receipt_id,
            invoice_id=invoice.id,
            customer_id=invoice.customer_id,
            tax=tax,
            reference=reference,
            proof_date=proof_date,
            file=file,
            actor=actor,
            now=now,
        )
