"""Many lines of a bank's return at once: what `apply_one` does with each of them, in a few statements for all (PAY-4, PAY-7).

What is ordinary is read together and written together: titles that the bank registered, what it only says, and what pays all
that is left of an invoice, in time, with nothing to look at. Whatever is not, its caller applies by itself. A test holds both
ways together, as ADR 45 says it of renewals. Lines, slips, invoices and contracts are rows without models: those cost more than
all of the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from functools import cache, lru_cache
from typing import NamedTuple
from uuid import UUID

from abono.domain.contracts.many import ContractRow
from abono.domain.contracts.states import State as Contracted
from abono.domain.invoicing.many import rows_of, settle_each
from abono.domain.invoicing.rows import InvoiceRow
from abono.domain.invoicing.states import State
from abono.domain.journal import actions as journal
from abono.domain.journal import rules as posts
from abono.domain.journal.types import Fact, NewEntry, Posting
from abono.domain.payments.files import many
from abono.domain.payments.files.bank_files import CURRENCY, FileInfo
from abono.domain.payments.files.many import Came, Heard, LineRow
from abono.domain.payments.ports.push import Happening, PushReply, Standing
from abono.domain.payments.pushed.asked import RequestRow
from abono.domain.payments.states import Did
from abono.flows import locks
from abono.flows.requests.hear import asks_for, slip_told
from abono.flows.standing.record import RELEASED_NOTHING, telling
from abono.flows.tell import know_people, tell_each
from abono.kernel.late import days_late
from abono.kernel.money import Money
from abono.kernel.periods import local_date
from abono.platform.postgres.plans import by_key

_ONLY_SAID = {Happening.NEW_DUE_DATE.value: Did.NEW_DUE_DATE, Happening.OTHER.value: Did.NOTED}
_RELEASED_NOTHING = {reason.value for reason in RELEASED_NOTHING}
type _Done = tuple[LineRow, Did, UUID | None]


class _Of(NamedTuple):
    """A line, and what it is of, which is held."""

    line: LineRow
    slip: RequestRow
    contract: ContractRow
    invoice: InvoiceRow


def apply_in_one_go(file: FileInfo, first: int, *, real: datetime) -> None:
    """Apply those of a worker's part of a file that are ordinary, each the only one of its contract, which is in nobody's hands,
    in one transaction. The others stay open."""
    lines = many.open_rows(file, first)
    lines_of = Counter(one.contract_id for one in lines)
    wanted = {
        one.contract_id: one
        for one in lines
        if one.contract_id is not None and one.ordinary and lines_of[one.contract_id] == 1
    }
    with locks.free_rows(wanted) as contracts:
        by_key()
        held = _read([(one, wanted[one.id]) for one in contracts])
        paid = [one for one in held if one.line.happening == Happening.PAID.value]
        done = [
            *(
                (one.line, did, one.slip.id)
                for one in held
                for did in [_ONLY_SAID.get(one.line.happening)]
                if did
            ),
            *_registered(
                file, [one for one in held if one.line.happening == Happening.REGISTERED.value], real=real
            ),
            *_paid(file, paid, real=real),
            *((one, Did.UNKNOWN, None) for one in lines if one.request_id is None and not one.brings),
        ]
        many.note_each_done(done)


def _read(those: Sequence[tuple[ContractRow, LineRow]]) -> list[_Of]:
    """What is still to be applied of them; who has a clock of their own goes one by one."""
    mine = [(contract, line) for contract, line in those if not contract.sandbox]
    slips = many.requests_of([line for _contract, line in mine])
    invoices = rows_of([line.invoice_id for _contract, line in mine if line.invoice_id is not None])
    return [
        _Of(line, slips[line.id], contract, invoices[line.invoice_id])
        for contract, line in mine
        if line.invoice_id is not None and line.id in slips
    ]


def _registered(file: FileInfo, held: Sequence[_Of], *, real: datetime) -> list[_Done]:
    """Whoever pays has waited for that; what could be paid already, or not any more, stays as it is."""
    said_how = [one for one in held if one.slip.pay_with]
    heard = _hear(file, said_how, Standing.PAYABLE, real=real)
    new = [(one, slip) for one, slip in zip(said_how, heard, strict=True) if slip is not None]
    told = [(one, slip) for one, slip in new if asks_for(slip, one.invoice)]
    know_people([one.contract.customer_id for one, _slip in told])
    tell_each("slip_ready", [slip_told(one.contract, one.invoice, slip) for one, slip in told], now=real)
    return [
        (one.line, Did.KNOWN if slip is None else Did.REGISTERED, one.slip.id)
        for one, slip in zip(said_how, heard, strict=True)
    ]


def _paid(file: FileInfo, held: Sequence[_Of], *, real: datetime) -> list[_Done]:
    """Money that pays its invoice, as `requests.hear` and `standing.record` book it of one."""
    today = cache(lambda zone: local_date(real, zone))
    exact = [
        (one, came)
        for one in held
        if _pays_just_that(one)
        for came in [_came(one, today(one.contract.time_zone))]
        if not _late(one.slip, came.received_date)
    ]
    _hear(file, [one for one, _came in exact], Standing.PAID, real=real)
    booked = many.record_each([came for _one, came in exact], gateway=file.gateway, now=real)
    journal.post(
        *(
            NewEntry(
                Fact.PAYMENT_RECORDED,
                receipt.id,
                one.invoice.id,
                _posted(file.gateway, Money(came.amount_minor, receipt.currency)),
            )
            for (one, came), receipt in zip(exact, booked, strict=True)
        ),
        now=real,
    )
    settled = settle_each([one.invoice for one, _came in exact], actor=file.gateway, now=real)
    know_people([one.contract.customer_id for one, _came in exact])
    told = [
        telling(
            one.contract,
            invoice,
            receipt.id,
            received_minor=came.amount_minor,
            received_date=came.received_date,
            reference=came.reference,
        )
        for (one, came), receipt, invoice in zip(exact, booked, settled, strict=True)
    ]
    tell_each("payment_recorded", told, now=real)
    return [(one.line, Did.PAID, one.slip.id) for one, _came in exact]


def _pays_just_that(one: _Of) -> bool:
    """Whether it pays all that is left of an invoice for which nothing waits, of which this is the one slip; of a contract that
    runs, so that nothing is lifted by it."""
    slip, invoice = one.slip, one.invoice
    asked_once = not slip.others and slip.open and slip.instead_of_id is None
    return (
        asked_once
        and not (slip.known or slip.undecided)
        and one.contract.state == Contracted.ACTIVE.value
        and invoice.state == State.PENDING.value
        and invoice.reason in _RELEASED_NOTHING
        and invoice.currency == CURRENCY
        and one.line.amount_minor == invoice.rest_minor
    )


def _came(one: _Of, today: date) -> Came:
    line = one.line
    assert line.amount_minor is not None
    assert line.happened_on is not None
    day = min(line.happened_on, today)
    return Came(one.slip, one.invoice.id, one.contract.customer_id, line.amount_minor, day, line.money)


def _late(slip: RequestRow, received: date) -> bool:
    return slip.due_date is None or days_late(slip.due_date, received, counted_from=slip.counted_from) > 0


def _hear(
    file: FileInfo, those: Sequence[_Of], standing: Standing, *, real: datetime
) -> list[RequestRow | None]:
    """How slips are after what the bank says of them, where that changed them."""
    heard = [
        Heard(
            one.slip,
            one.invoice.id,
            one.contract.customer_id,
            PushReply(standing, one.line.reference, qr=one.line.qr or None),
        )
        for one in those
    ]
    return many.hear_each(heard, actor=file.gateway, now=real, real=real)


@lru_cache(maxsize=1_000)
def _posted(gateway: str, amount: Money) -> tuple[Posting, ...]:
    """Sums that customers pay are often the same."""
    return posts.payment_received(gateway, amount)
