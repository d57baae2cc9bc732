"""Apply what a bank's return says, line by line or many lines at once: a worker's part (PAY-4, PAY-7).

A chunk of lines has one transaction; where anything in it fails, each of its lines has one of its own, which says what it did. So
whoever is killed goes on where they were, and the same news, twice, late or in any order, come to the same.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import UUID

from abono.domain.customers import queries as customers
from abono.domain.payments import receipts, unmatched
from abono.domain.payments.files import bank_files, bank_orders
from abono.domain.payments.files.bank_files import APPLY, FileInfo, LineInfo
from abono.domain.payments.ports.push import Happening, PushReply, Standing
from abono.domain.payments.pushed import requests
from abono.domain.payments.pushed.requests import RequestInfo
from abono.domain.payments.states import Did, RequestState, Why
from abono.flows import locks
from abono.flows.bank_files.in_one_go import apply_in_one_go
from abono.flows.bank_files.watch import tell_given_up
from abono.flows.requests.hear import apply
from abono.platform import agenda
from abono.platform.use_case import one_transaction

AGAIN = timedelta(minutes=1)  # while a charge of the same invoice has no clear answer
_STANDINGS = {
    Happening.REGISTERED: Standing.PAYABLE,
    Happening.REFUSED: Standing.REFUSED,
    Happening.PAID: Standing.PAID,
    Happening.WRITTEN_OFF: Standing.ENDED,
}

log = logging.getLogger(__name__)


def apply_lines(*, file_id: UUID, first: int, real: datetime) -> None:
    """A worker's part of a file: what is not applied of it yet. Whatever goes wrong with a line holds up none of the others, and is
    raised at the end; what waits for a charge is applied later."""
    file, waits, trouble = bank_files.get(file_id), False, None
    try:
        apply_in_one_go(file, first, real=real)
    except Exception:
        log.exception("lines of %s from %s on are applied one by one", file.public_id, first)
    for line in bank_files.open_lines(file.id, first):
        try:
            waits = not apply_one(file, line, real=real) or waits
        except Exception as error:
            log.exception("line %s of %s cannot be applied", line.told.line, file.public_id)
            trouble = error
    if trouble is not None:
        raise trouble
    if waits:
        later = real + AGAIN
        agenda.note(APPLY, subject=file_id, key=str(first), due_at=later, now=real)
    with one_transaction():
        bank_files.note_whole(file_id, real=real)


def apply_one(file: FileInfo, line: LineInfo, *, real: datetime) -> bool:
    """False where it has to wait."""
    slip = bank_files.find_slip(file.gateway, line.told.reference)
    if slip is None:
        with one_transaction():
            bank_files.note_done(line, _of_nobody(file, line, real=real), request=None)
        return True
    with locks.invoice(slip.invoice_id, customer_id=slip.customer_id):
        did = _heard(requests.get(slip.id), line, real=real)
        if did is not None:
            bank_files.note_done(line, did, request=slip)
        return did is not None


def _of_nobody(file: FileInfo, line: LineInfo, *, real: datetime) -> Did:
    """No slip of ours has its number: its money is shown, and pays for nothing (PAY-12)."""
    came = line.told.received
    if came is None:
        return Did.UNKNOWN
    unmatched.keep(
        why=Why.NOBODY,
        gateway=file.gateway,
        key=came.reference,
        reference=line.told.reference,
        taken=came.amount,
        attempt=None,
        real=real,
    )
    return Did.KEPT


def _heard(before: RequestInfo, line: LineInfo, *, real: datetime) -> Did | None:
    """What the line does to its slip, whose invoice the caller holds; None where it has to wait."""
    told, came = line.told, line.told.received
    standing = _STANDINGS.get(told.happening)
    if told.happening is Happening.NOT_DONE:
        return _not_done(before, real=real)
    if standing is None:
        return Did.NEW_DUE_DATE if told.happening is Happening.NEW_DUE_DATE else Did.NOTED
    if came is not None and receipts.knows(before.gateway, came.reference):
        return Did.KNOWN
    if standing is Standing.REFUSED and before.state not in (RequestState.CREATED, RequestState.ASKED):
        return _not_done(before, real=real)  # some banks refuse any order by the same code
    reply = PushReply(
        standing,
        told.reference,
        qr=told.qr,
        code=told.why if standing is Standing.REFUSED else None,
        received=() if came is None else (came,),
    )
    if not apply(before, reply, moment=customers.moment_of(before.customer_id, real=real)):
        return None
    if came is not None:
        return Did.PAID if receipts.knows(before.gateway, came.reference) else Did.KEPT
    return Did(told.happening.value) if requests.get(before.id).state is not before.state else Did.KNOWN


def _not_done(slip: RequestInfo, *, real: datetime) -> Did:
    """The bank refused an order, and the slip stands as it was. A write-off is asked for again, until a person has to."""
    refused = bank_orders.note_refused(slip.id) if slip.open else None
    if refused is None:
        return Did.NOTED
    file_id, given_up = refused
    if given_up:
        tell_given_up(file_id, slip, real=real)
    return Did.NOT_DONE
