from __future__ import annotations

from abono.kernel.errors import Kind, Refusal, Sentence, _


class NoSuchMethod(Refusal):
    code = "payments.method_not_found"
    kind = Kind.NOT_FOUND
    message = _("There is no such card in your wallet.")


class NoSuchMoney(Refusal):
    code = "payments.money_not_found"
    kind = Kind.NOT_FOUND
    message = _("Nothing that waits for somebody to look at it has this number.")


class NoSuchReceipt(Refusal):
    code = "payments.receipt_not_found"
    kind = Kind.NOT_FOUND
    message = _("There is no such payment recorded.")


class NoSuchDispute(Refusal):
    code = "payments.dispute_not_found"
    kind = Kind.NOT_FOUND
    message = _("There is no such payment that is disputed now.")


class NothingToAnswer(Refusal):
    code = "payments.nothing_to_answer"
    kind = Kind.CONFLICT
    message = _("This dispute has ended, or is of no payment: no bank asks for evidence.")


class NoSuchRequest(Refusal):
    code = "payments.request_not_found"
    kind = Kind.NOT_FOUND
    message = _("There is no such slip or Pix.")


class NoSuchMandate(Refusal):
    code = "payments.mandate_not_found"
    kind = Kind.NOT_FOUND
    message = _("There is no such authorization of automatic Pix.")


class MandateNotOffered(Refusal):
    code = "payments.mandate_not_offered"
    kind = Kind.CONFLICT
    message = _("Automatic Pix is not offered for this contract.")


class MeansNotOffered(Refusal):
    code = "payments.means_not_offered"
    kind = Kind.CONFLICT
    message = _("This cannot be paid that way here. Choose another way to pay.")


class SlipNotYet(Refusal):
    """PAY-2: only after a month of use, and with nothing overdue."""

    code = "payments.slip_not_yet"
    kind = Kind.CONFLICT
    message = _("Slips are possible from {day} on, once nothing is overdue.")
    day: str


class SlipNotPayable(Refusal):
    code = "payments.slip_not_payable"
    kind = Kind.CONFLICT
    message = _(
        "This slip cannot be paid: it is not registered yet, was refused, is over, or nobody owes it any more."
    )


class ReceiptWithdrawn(Refusal):
    code = "payments.receipt_withdrawn"
    kind = Kind.CONFLICT
    message = _("This payment was taken back already.")


class NotReceivedYet(Refusal):
    code = "payments.not_received_yet"
    kind = Kind.INVALID
    message = _("This day is still to come: write the day on which the money came.")


class NoNewDate(Refusal):
    code = "payments.no_new_date"
    kind = Kind.CONFLICT
    message = _(
        "A slip gets a new due date once it is late, while it can be paid: up to 90 days after it was due."
    )


class NewDateUsed(Refusal):
    code = "payments.new_date_used"
    kind = Kind.CONFLICT
    message = _("This slip has had its new due date. Write to us for another one.")


class NoSuchRefund(Refusal):
    code = "payments.refund_not_found"
    kind = Kind.NOT_FOUND
    message = _("There is no such refund.")


class NothingGoesBack(Refusal):
    code = "payments.nothing_goes_back"
    kind = Kind.CONFLICT
    message = _(
        "Nothing can be given back of the invoice {title}: there is no credit of the contract, or nothing that was paid is left. Take lines back by a credit note first."
    )
    title: str


class AboveWhatGoesBack(Refusal):
    code = "payments.above_what_goes_back"
    kind = Kind.CONFLICT
    message = _("That is more than what can be given back of the invoice {title}.")
    title: str
    most_minor: int
    currency: str


class RefundNotFailed(Refusal):
    code = "payments.refund_not_failed"
    kind = Kind.CONFLICT
    message = _("This refund does not wait for anybody, or somebody has decided already what becomes of it.")


class TakenByItsBank(Refusal):
    code = "payments.taken_by_its_bank"
    kind = Kind.CONFLICT
    message = _(
        "The bank of whoever paid has taken this money back, or contests it: given back here, too, it would be paid twice. Say first,"
        " under Money to look at, what became of it."
    )


class WalletFull(Refusal):
    code = "payments.wallet_full"
    kind = Kind.CONFLICT
    message = _("A wallet keeps up to {limit} cards. Remove one first.")
    limit: int


class LastCard(Refusal):
    code = "payments.last_card"
    kind = Kind.CONFLICT
    message = _("This card pays for your contract. Add another one and use it, then this one can be removed.")


class ReserveInUse(Refusal):
    code = "payments.reserve_in_use"
    kind = Kind.CONFLICT
    message = _("This card pays for your contract already: the reserve is another one.")


class CardDeclined(Refusal):
    code = "payments.card_declined"
    kind = Kind.PAYMENT_REQUIRED
    message = _("The card was not accepted.")
    hint: str
    retry: str = ""  # a word of `port.Retry`: whether the same card may be tried again


class CardUnclear(Refusal):
    code = "payments.card_unclear"
    kind = Kind.UNAVAILABLE
    message = _("The bank did not answer in time. Nothing was charged: try again in a moment.")


class NeverReceived(Refusal):
    code = "payments.never_received"
    kind = Kind.UNAVAILABLE
    message = _(
        "Our request did not reach the bank. No card was declined and nothing was charged: try again in a moment."
    )
    retry_after_s: int = 5


class PaymentUnderWay(Refusal):
    code = "payments.under_way"
    kind = Kind.CONFLICT
    message = _("A payment of this is being confirmed. You will not be charged twice.")


class OldOneStands(PaymentUnderWay):
    """Of an invoice whose sum changed since a slip or Pix of it was asked for."""

    code = "payments.old_one_stands"
    message = _(
        "What was asked for before is over another sum, and its bank has not taken it back yet. Ask again once it has, or pay another way."
    )


class NoCard(Refusal):
    code = "payments.no_card"
    kind = Kind.PAYMENT_REQUIRED
    message = _("There is no card in your wallet to pay with. Add one first.")


class NoSuchPayout(Refusal):
    code = "payments.payout_not_found"
    kind = Kind.NOT_FOUND
    message = _("There is no such payout.")


class NothingPaidOut(Refusal):
    code = "payments.nothing_paid_out"
    kind = Kind.INVALID
    message = _("A payout has an amount above zero, and fees that are not below zero.")


class PayoutAhead(Refusal):
    code = "payments.payout_ahead"
    kind = Kind.INVALID
    message = _("A payout is recorded once it has arrived: its day is today or before.")


class PayoutKnown(Refusal):
    code = "payments.payout_known"
    kind = Kind.CONFLICT
    message = _(
        "A payout of {gateway} with the number {reference} is recorded with other sums or another day. Take that one back first."
    )
    gateway: str
    reference: str


class PayoutTooMuch(Refusal):
    code = "payments.payout_too_much"
    kind = Kind.CONFLICT
    message = _("At {gateway} there is less than amount and fees together. Check both.")
    gateway: str


class SentTooMuch(Refusal):
    code = "payments.sent_too_much"
    kind = Kind.CONFLICT
    message = _("Less than that was paid back on {gateway} and is still to be sent. Check amount and fees.")
    gateway: str


class PayoutWithdrawn(Refusal):
    code = "payments.payout_withdrawn"
    kind = Kind.CONFLICT
    message = _("This payout was taken back already.")


class NoSuchBankFile(Refusal):
    code = "payments.bank_file_not_found"
    kind = Kind.NOT_FOUND
    message = _("There is no such bank file.")


class NoProof(Refusal):
    """A second person is asked for a payment of which nothing says how it is known."""

    code = "payments.no_proof"
    kind = Kind.INVALID
    message = _("Say how you know of this payment, or its reference: a second person has to be able to look.")


class NothingToAsk(Refusal):
    code = "payments.nothing_to_ask"
    kind = Kind.CONFLICT
    message = _("There is nothing to ask the bank for: all of it is in earlier files.")


class BankTakesNoFile(Refusal):
    """The account's options do not do for files."""

    code = "payments.bank_takes_no_file"
    kind = Kind.CONFLICT
    message = _("No file can be written for this account: {why}.")
    why: str


class NoBankAccount(Refusal):
    code = "payments.no_bank_account"
    kind = Kind.CONFLICT
    message = _("No bank account is set up here whose files could be taken.")


class NoSuchBankAccount(Refusal):
    code = "payments.bank_account_not_found"
    kind = Kind.INVALID
    message = _("There is no bank account {name} here. There are: {accounts}.")
    name: str
    accounts: str


class BankFileKnown(Refusal):
    code = "payments.bank_file_known"
    kind = Kind.CONFLICT
    message = _(
        "Another file with the number {number} of {day} was taken already, and this one says something else. Nothing of it was"
        " applied: ask the bank which of the two holds."
    )
    number: str
    day: str


BAD_FILES = {  # by the word of `push.BadFile`
    "cut": _("Something of it is missing."),
    "bank": _("It is of another bank."),
    "account": _("It is of another account."),
    "totals": _("Its totals do not agree with its lines."),
    "layout": _("It is no return file as this bank writes it."),
    "zip": _("Its zip cannot be read, or has more than one file in it."),
}


class BadBankFile(Refusal):
    """`reason` is a word of BAD_FILES."""

    code = "payments.bank_file_bad"
    kind = Kind.INVALID
    message = _("Nothing of this file was applied. {why} Line {line}: {found}.")
    reason: str
    why: Sentence
    line: int
    found: Sentence | str

    @classmethod
    def because(cls, reason: str, line: int | None, found: Sentence | str) -> BadBankFile:
        return cls(reason, Sentence(BAD_FILES[reason], {}), line or 1, found or "?")
