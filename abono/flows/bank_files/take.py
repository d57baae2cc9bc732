"""Take a bank's return: looked at whole before anything is believed, then applied line by line (PAY-4, PAY-7).

Each line has a transaction of its own, which says what it did, so that whoever is killed in the middle goes on where they
were, and the same news, twice, late or in any order, come to the same.
"""

from __future__ import annotations

import logging
import zlib
from datetime import datetime, timedelta
from io import BytesIO
from uuid import UUID
from zipfile import BadZipFile, ZipFile

from abono.domain.customers import queries as customers
from abono.domain.payments import bank_files, receipts, registry, requests, unmatched
from abono.domain.payments.bank_files import APPLY, FileInfo, LineInfo
from abono.domain.payments.errors import BadBankFile, NoBankAccount
from abono.domain.payments.push import BadFile, Happening, PushReply, ReturnFile, Standing
from abono.domain.payments.requests import RequestInfo
from abono.domain.payments.states import Did, RequestState, Why
from abono.flows import locks
from abono.flows.requests.hear import apply
from abono.platform import agenda
from abono.platform.use_case import one_transaction, use_case

MOST_BYTES = 64 * 1024 * 1024  # of a file, unpacked
AGAIN = timedelta(minutes=1)  # while a charge of the same invoice has no clear answer
_ZIPPED = b"PK\x03\x04"
_OF_ANOTHER = ("bank", "account")
_STANDINGS = {
    Happening.REGISTERED: Standing.PAYABLE,
    Happening.REFUSED: Standing.REFUSED,
    Happening.PAID: Standing.PAID,
    Happening.WRITTEN_OFF: Standing.ENDED,
}

log = logging.getLogger(__name__)


@use_case
def take(*, name: str, content: bytes, actor: str, real: datetime) -> tuple[FileInfo, bool]:
    """Keep a return file, of whichever account it is, to be applied by workers from now on; it may come zipped. Returns it, and
    whether it is new: the same file again changes nothing. Raises BadBankFile, BankFileKnown, NoBankAccount.
    """
    content = unpacked(name, content)
    gateway, told = _read(content)
    return bank_files.keep_return(
        gateway=gateway, name=name, content=content, told=told, actor=actor, real=real
    )


def unpacked(name: str, content: bytes) -> bytes:
    """The one file in a zip, or what is none as it is. Raises BadBankFile."""
    if not content.startswith(_ZIPPED):
        return content
    try:
        with ZipFile(BytesIO(content)) as packed:
            inside = [one for one in packed.infolist() if not one.is_dir()]
            if len(inside) != 1 or inside[0].file_size > MOST_BYTES:
                raise BadBankFile.because("zip", 1, name)
            with packed.open(inside[0]) as file:
                found = file.read(MOST_BYTES + 1)
    except (BadZipFile, zlib.error, EOFError, RuntimeError):
        raise BadBankFile.because("zip", 1, name) from None
    if len(found) > MOST_BYTES:
        raise BadBankFile.because("zip", 1, name)
    return found


def _read(content: bytes) -> tuple[str, ReturnFile]:
    """Of which account it is, and what it says: most of all, why it is of none."""
    bad = None
    for name in registry.bank_accounts():
        files = registry.bank_files(name)
        assert files is not None
        try:
            return name, files.read(content)
        except BadFile as why:
            if bad is None or why.code not in _OF_ANOTHER:
                bad = why
    if bad is None:
        raise NoBankAccount()
    raise BadBankFile.because(bad.code, bad.line or content.count(b"\n"), bad.found)


def apply_lines(*, file_id: UUID, first: int, real: datetime) -> None:
    """A worker's part of a file: what is not applied of it yet. Whatever goes wrong with a line holds up none of the others, and is
    raised at the end; what waits for a charge is applied later."""
    file, waits, trouble = bank_files.get(file_id), False, None
    for line in bank_files.open_lines(file_id, first):
        try:
            waits = not _apply(file, line, real=real) or waits
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


def _apply(file: FileInfo, line: LineInfo, *, real: datetime) -> bool:
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
    if standing is None:
        return Did.NEW_DUE_DATE if told.happening is Happening.NEW_DUE_DATE else Did.NOTED
    if came is not None and receipts.knows(before.gateway, came.reference):
        return Did.KNOWN
    if standing is Standing.REFUSED and before.state not in (RequestState.CREATED, RequestState.ASKED):
        return Did.NOTED  # some banks refuse any order by the same code: the slip stands as it was
    reply = PushReply(
        standing,
        told.reference,
        qr=told.qr,
        code=" ".join((told.code, *told.reasons)) if standing is Standing.REFUSED else None,
        received=() if came is None else (came,),
    )
    if not apply(before, reply, moment=customers.moment_of(before.customer_id, real=real)):
        return None
    if came is not None:
        return Did.PAID if receipts.knows(before.gateway, came.reference) else Did.KEPT
    return Did(told.happening.value) if requests.get(before.id).state is not before.state else Did.KNOWN
