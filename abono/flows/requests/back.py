"""What came for a slip or a Pix is contested at the payer's bank, or went back to its payer (PAY-10)."""

from __future__ import annotations

from abono.domain.contracts.models import Contract
from abono.domain.contracts.states import State as Contracted
from abono.domain.invoicing.labels import AT_THE_BANK, NOT_CONTESTED, SENT_BACK
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import State
from abono.domain.journal.types import Fact
from abono.domain.payments import disputes, receipts, refunds, unmatched
from abono.domain.payments.ports.push import Received
from abono.domain.payments.pushed.requests import RequestInfo
from abono.domain.payments.states import DisputeState, Why
from abono.domain.payments.types import DisputeInfo, ReceiptInfo
from abono.flows.standing.decided import decide
from abono.flows.standing.dispute import open_dispute, tell_contested
from abono.flows.standing.record import take_back, withdrawable
from abono.kernel.moment import Moment
from abono.kernel.money import Money


def look_back(
    contract: Contract, invoice: Invoice, request: RequestInfo, received: Received, *, moment: Moment
) -> None:
    """Book what its supplier says of money that is booked: the same again changes nothing. The caller holds the invoice, of which no
    charge is undecided.

    What went back whole, and released nothing, is owed again at once. What is contested, or went back in part, is a dispute that
    somebody of the seller ends, or the supplier, by saying that nothing is contested any more. What is contested after that, or goes
    back after it was won, is another one.
    """
    receipt = receipts.of_supplier(request.gateway, received.reference)
    if receipt is None:
        return
    contested, back = _theirs(receipt, received)
    known = disputes.of_payment(receipt_id=receipt.id)
    if known is not None and not _anew(known, contested, back):
        if not (contested or back):
            _win(contract, invoice, known, moment=moment)
    elif contested:
        _contest(contract, invoice, receipt, contested, why=AT_THE_BANK, moment=moment)
    elif back == receipt.amount and withdrawable(invoice, receipt):
        take_back(
            contract,
            invoice,
            receipt.id,
            by=Fact.PAYMENT_BOUNCED,
            why=SENT_BACK,
            actor=receipt.gateway,
            now=moment.now,
        )
    elif back:
        _contest(contract, invoice, receipt, back, why=SENT_BACK, moment=moment)


def _theirs(receipt: ReceiptInfo, received: Received) -> tuple[Money, Money]:
    """What of it is contested, and what went back, beside what we sent back ourselves: while one of our refunds has no clear
    answer it may be among that, and once it has, the supplier is asked again (`refunds.send`)."""
    nothing = Money(0, receipt.amount.currency)
    ours = refunds.of_receipt(receipt.id, receipt.amount.currency)
    contested, back = received.contested or nothing, received.back or nothing
    return min(contested, receipt.amount - ours), max(back - ours, nothing)


def _anew(known: DisputeInfo, contested: Money, back: Money) -> bool:
    """Whether what its supplier says is none of what that dispute was about, which was won. Whoever said so before the supplier did
    has decided of what is contested still; that its money went back they did not know."""
    if known.state is not DisputeState.WON or known.why == SENT_BACK:
        return False
    return bool(back) or (bool(contested) and known.ended_why == NOT_CONTESTED)


def _contest(
    contract: Contract, invoice: Invoice, receipt: ReceiptInfo, amount: Money, *, why: str, moment: Moment
) -> None:
    """Of the invoice what it paid of that; what became credit is kept for somebody to look at, who is told where there is no
    dispute of which they hear."""
    invoice.refresh_from_db()
    rooms = {one.receipt_id: one.amount.minor for one in refunds.left([invoice.id])}
    room = rooms.get(receipt.id, 0) if State(invoice.state) is State.PAID else 0
    of_invoice = min(receipt.brought.minor, amount.minor, room)
    if of_invoice:
        open_dispute(
            invoice_id=invoice.id,
            why=why,
            amount_minor=of_invoice,
            receipt_id=receipt.id,
            actor=receipt.gateway,
            now=moment.now,
        )
    if amount.minor > of_invoice:
        rest = Money(amount.minor - of_invoice, amount.currency)
        new = unmatched.keep(
            why=Why.DISPUTED,
            gateway=receipt.gateway,
            key=receipt.reference,
            reference=receipt.reference,
            taken=rest,
            attempt=None,
            real=moment.real,
        )
        if new and not of_invoice:
            tell_contested(contract, invoice, rest, why=why, key=receipt.reference, now=moment.now)


def _win(contract: Contract, invoice: Invoice, known: DisputeInfo, *, moment: Moment) -> None:
    """Nothing is contested any more, by the word of who said that it was. Of a contract that has ended somebody decides: what
    stays ours may have to go back."""
    by_them = known.state is DisputeState.OPEN and known.opened_by == known.gateway
    if by_them and Contracted(contract.state) is not Contracted.ENDED:
        decide(contract, invoice, won=True, why=NOT_CONTESTED, actor=known.gateway, now=moment.now)
