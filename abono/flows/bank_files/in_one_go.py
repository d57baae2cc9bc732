"""Many lines of a bank's return at once: what `apply_one` does with each of them, in a few statements for all (PAY-4, PAY-7).

What is ordinary is read together and written together: titles that the bank registered, what it only says, and what pays all
that is left of an invoice, in time, with nothing to look at. Whatever is not, its caller applies by itself. A test holds both
ways together, as ADR 45 says it of renewals.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from abono.domain.contracts.models import Contract
from abono.domain.contracts.states import State as Contracted
from abono.domain.invoicing.many import of_held, settle_each
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import Reason, State
from abono.domain.payments import bank_files, receipts, requests
from abono.domain.payments import queries as payments
from abono.domain.payments.bank_files import FileInfo, LineInfo
from abono.domain.payments.push import Happening, PushReply, Received, Standing
from abono.domain.payments.receipts import Came, Exact
from abono.domain.payments.requests import RequestInfo
from abono.domain.payments.states import Did, Way
from abono.flows import locks
from abono.flows.requests.hear import slip_told
from abono.flows.standing.record import RELEASED_NOTHING, post, telling
from abono.flows.tell import know_people, tell_each
from abono.kernel.late import days_late
from abono.kernel.periods import local_date

_ONLY_SAID = {Happening.NEW_DUE_DATE: Did.NEW_DUE_DATE, Happening.OTHER: Did.NOTED}
_ORDINARY = {Happening.REGISTERED, Happening.PAID, *_ONLY_SAID}
type _Done = tuple[LineInfo, Did, UUID | None]


@dataclass(frozen=True, slots=True)
class _Of:
    """A line, and what it is of, which is held."""

    line: LineInfo
    slip: RequestInfo
    beside: int  # requests of its invoice, with itself
    contract: Contract
    invoice: Invoice


def apply_in_one_go(file: FileInfo, lines: Sequence[LineInfo], *, real: datetime) -> list[LineInfo]:
    """Apply those of the lines that are ordinary, each the only one of its contract, which is in nobody's hands, in one
    transaction. Returns the others."""
    whose = bank_files.whose_each(file.gateway, [one.told.reference for one in lines])
    named = [(one, whose[one.told.reference]) for one in lines if one.told.reference in whose]
    lines_of = Counter(contract_id for _line, (_slip, _invoice, contract_id) in named)
    wanted = {
        contract_id: (line, slip_id, invoice_id)
        for line, (slip_id, invoice_id, contract_id) in named
        if _may_be_ordinary(line) and lines_of[contract_id] == 1
    }
    with locks.free_contracts(wanted) as contracts:
        held = _read([(one, *wanted[one.id]) for one in contracts])
        done = [
            *_only_said(held),
            *_registered([one for one in held if one.line.told.happening is Happening.REGISTERED], real=real),
            *_paid(file, [one for one in held if one.line.told.happening is Happening.PAID], real=real),
            *((one, Did.UNKNOWN, None) for one in lines if _is_of_nobody(one, whose)),
        ]
        bank_files.note_each_done(done)
    over = {line.id for line, _did, _slip in done}
    return [one for one in lines if one.id not in over]


def _may_be_ordinary(line: LineInfo) -> bool:
    told = line.told
    brings = told.received is not None
    return told.happening in _ORDINARY and brings == (told.happening is Happening.PAID)


def _is_of_nobody(line: LineInfo, whose: dict[str, tuple[UUID, UUID, UUID]]) -> bool:
    """No slip of ours has its number, and it brings no money."""
    return line.told.reference not in whose and line.told.received is None


def _read(those: Sequence[tuple[Contract, LineInfo, UUID, UUID]]) -> list[_Of]:
    """What is still to be applied of them; who has a clock of their own goes one by one."""
    still_open = bank_files.still_open([line for _contract, line, _slip, _invoice in those])
    invoices = of_held([invoice_id for _contract, _line, _slip, invoice_id in those])
    asked = requests.of_each({one.id: one.customer_id for one in invoices.values()})
    found = []
    for contract, line, slip_id, invoice_id in those:
        if line.id in still_open and not contract.customer.sandbox:
            slip = next(one for one in asked[invoice_id] if one.id == slip_id)
            invoice = invoices[invoice_id]
            invoice.customer = contract.customer
            found.append(_Of(line, slip, len(asked[invoice_id]), contract, invoice))
    return found


def _only_said(held: Sequence[_Of]) -> list[_Done]:
    return [
        (one.line, _ONLY_SAID[one.line.told.happening], one.slip.id)
        for one in held
        if one.line.told.happening in _ONLY_SAID
    ]


def _registered(held: Sequence[_Of], *, real: datetime) -> list[_Done]:
    """Whoever pays has waited for that; what could be paid already, or not any more, stays as it is."""
    heard = _hear(held, Standing.PAYABLE, real=real)
    new = [(one, now_so) for one in held for now_so in [heard[one.slip.id]] if now_so is not None]
    know_people([one.contract.customer_id for one, _slip in new])
    told = [slip_told(one.contract, one.invoice, slip) for one, slip in new]
    tell_each("slip_ready", told, now=real)
    registered = {slip.id for _one, slip in new}
    return [
        (one.line, Did.REGISTERED if one.slip.id in registered else Did.KNOWN, one.slip.id) for one in held
    ]


def _paid(file: FileInfo, held: Sequence[_Of], *, real: datetime) -> list[_Done]:
    """Money that pays its invoice, as `requests.hear` and `standing.record` book it of one."""
    came = [(one, one.line.told.received) for one in held]
    known = receipts.known_of(file.gateway, [money.reference for _one, money in came if money is not None])
    undecided = payments.undecided([one.invoice.id for one in held])
    exact = [
        (one, _came(one, money, real=real))
        for one, money in came
        if money is not None
        and one.invoice.id not in undecided
        and money.reference not in known
        and _pays_just_that(one, money)
    ]
    exact = [(one, what) for one, what in exact if not _late(one.slip, what)]
    _hear([one for one, _came in exact], Standing.PAID, real=real)
    booked = receipts.record_each(
        [Exact(one.invoice.id, one.contract.customer_id, one.invoice.currency, what) for one, what in exact],
        actor=file.gateway,
        now=real,
    )
    for (one, what), receipt in zip(exact, booked, strict=True):
        post(one.invoice, receipt, None, account=what.account, now=real)
    settle_each([one.invoice for one, _came in exact], actor=file.gateway, now=real)
    know_people([one.contract.customer_id for one, _came in exact])
    told = [
        telling(one.contract, one.invoice, receipt)
        for (one, _came), receipt in zip(exact, booked, strict=True)
    ]
    tell_each("payment_recorded", told, now=real)
    return [(one.line, Did.PAID, one.slip.id) for one, _came in exact]


def _pays_just_that(one: _Of, money: Received) -> bool:
    """Whether it pays all that is left of an invoice for which nothing waits, of which this is the one slip; of a contract that
    runs, so that nothing is lifted by it."""
    invoice = one.invoice
    runs = Contracted(one.contract.state) is Contracted.ACTIVE
    waits = State(invoice.state) is State.PENDING and Reason(invoice.reason) in RELEASED_NOTHING
    asked_once = one.beside == 1 and one.slip.open and one.slip.instead_of is None
    return (
        runs
        and waits
        and asked_once
        and not (money.back or money.contested)
        and money.amount.currency == invoice.currency
        and money.amount.minor == invoice.rest_minor
    )


def _came(one: _Of, money: Received, *, real: datetime) -> Came:
    today = local_date(real, one.contract.customer.time_zone)
    return Came(
        way=Way(one.slip.means.value),
        amount_minor=money.amount.minor,
        received_date=min(money.paid_on, today),
        reference=money.reference,
        gateway=one.slip.gateway,
        request_id=one.slip.id,
    )


def _late(slip: RequestInfo, came: Came) -> bool:
    if slip.due_date is None:
        return True
    return days_late(slip.due_date, came.received_date, counted_from=slip.counted_from) > 0


def _hear(held: Sequence[_Of], standing: Standing, *, real: datetime) -> dict[UUID, RequestInfo | None]:
    """How slips are after what the bank says of them, where that changed them."""
    replies = {
        one.slip.id: (
            one.contract.customer_id,
            PushReply(standing, one.line.told.reference, qr=one.line.told.qr),
        )
        for one in held
    }
    return requests.hear_each(replies, now=real, real=real)
