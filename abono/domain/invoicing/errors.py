from __future__ import annotations

from abono.kernel.errors import Kind, Refusal, _


class NoSuchInvoice(Refusal):
    code = "invoicing.not_found"
    kind = Kind.NOT_FOUND
    message = _("There is no such invoice.")


class InvoiceNotPayable(Refusal):
    code = "invoicing.not_payable"
    kind = Kind.CONFLICT
    message = _("The invoice {title} is not waiting for a payment.")
    title: str


class AmountChanged(Refusal):
    code = "invoicing.amount_changed"
    kind = Kind.CONFLICT
    message = _("What this costs has changed since you saw it. Nothing was charged.")
    today_minor: int  # what it costs today, as it stands now
    currency: str


class NotRecordable(Refusal):
    code = "invoicing.not_recordable"
    kind = Kind.CONFLICT
    message = _(
        "The invoice {title} takes no payment now: it was cancelled, or is disputed. Record it on the one that was made out anew, or once the dispute has ended."
    )
    title: str


class NotWithdrawable(Refusal):
    code = "invoicing.not_withdrawable"
    kind = Kind.CONFLICT
    message = _(
        "This payment of invoice {title} cannot be taken back any more: something was released or paid on the strength of it, or the invoice stands in another way by now. Bill it by a one-off invoice."
    )
    title: str


class NotWritable(Refusal):
    code = "invoicing.not_writable"
    kind = Kind.CONFLICT
    message = _("Only what an issued invoice asks for can be written off; of {title} nothing is asked for.")
    title: str


class NotWrittenOff(Refusal):
    code = "invoicing.not_written_off"
    kind = Kind.CONFLICT
    message = _("The invoice {title} is not written off.")
    title: str


class NotDisputable(Refusal):
    code = "invoicing.not_disputable"
    kind = Kind.CONFLICT
    message = _(
        "Of the invoice {title} nothing can be disputed: neither is it asked for, nor is a payment of it there that a bank could take back."
    )
    title: str


class AboveThePayment(Refusal):
    code = "invoicing.above_the_payment"
    kind = Kind.INVALID
    message = _("That is more than what can be disputed of the invoice {title}.")
    title: str
    most_minor: int
    currency: str


class NotDisputed(Refusal):
    code = "invoicing.not_disputed"
    kind = Kind.CONFLICT
    message = _("The invoice {title} is not disputed.")
    title: str


class InvoiceOverdue(Refusal):
    code = "invoicing.overdue"
    kind = Kind.CONFLICT
    message = _("The invoice {title} is overdue. Pay it first, then the plan can be changed.")
    title: str
    invoice: str  # its public id


class NotBlocked(Refusal):
    code = "invoicing.not_blocked"
    kind = Kind.CONFLICT
    message = _("Sending is not blocked: what goes beyond the package comes on the next invoice.")


class NothingToPay(Refusal):
    code = "invoicing.nothing_to_pay"
    kind = Kind.CONFLICT
    message = _("There is no overage to pay yet: sends that are still being confirmed are not billed.")


class NoSuchDraft(Refusal):
    code = "invoicing.draft_not_found"
    kind = Kind.NOT_FOUND
    message = _("There is no such draft: it was issued or discarded.")


class DraftChanged(Refusal):
    code = "invoicing.draft_changed"
    kind = Kind.CONFLICT
    message = _("The draft was changed since you saw it. Nothing was issued.")


class NothingToBill(Refusal):
    code = "invoicing.nothing_to_bill"
    kind = Kind.INVALID
    message = _("Write at least one line, and a total above zero.")


class LineUnreadable(Refusal):
    code = "invoicing.line_unreadable"
    kind = Kind.INVALID
    message = _(
        "What line {line} is for cannot be read as it is. Write it in one line, with letters that can be seen."
    )
    line: int


class NoSuchCreditNote(Refusal):
    code = "invoicing.credit_note_not_found"
    kind = Kind.NOT_FOUND
    message = _("There is no such credit note.")


class NotCreditable(Refusal):
    code = "invoicing.not_creditable"
    kind = Kind.CONFLICT
    message = _("The invoice {title} was cancelled: there is nothing to take back of it.")
    title: str


class CreditNotNow(Refusal):
    code = "invoicing.credit_not_now"
    kind = Kind.CONFLICT
    message = _(
        "The invoice {title} is written off or disputed: ask for it again, or end the dispute, then take back of it."
    )
    title: str


class PartPaid(Refusal):
    code = "invoicing.part_paid"
    kind = Kind.CONFLICT
    message = _("Part of the invoice {title} is paid: correct it by a credit note.")
    title: str


class NothingToCredit(Refusal):
    code = "invoicing.nothing_to_credit"
    kind = Kind.INVALID
    message = _("Choose at least one line, each once, with an amount above zero.")


class NoSuchLine(Refusal):
    code = "invoicing.no_such_line"
    kind = Kind.INVALID
    message = _("The invoice has no line {line}.")
    line: int


class AboveTheLine(Refusal):
    code = "invoicing.above_the_line"
    kind = Kind.CONFLICT
    message = _("That is more than what is left of line {line}.")
    line: int
    left_minor: int
    currency: str


class AboveTheInvoice(Refusal):
    code = "invoicing.above_the_invoice"
    kind = Kind.CONFLICT
    message = _("That is more than what is left of the invoice {title}.")
    title: str
    left_minor: int
    currency: str


class CreditedAlready(Refusal):
    code = "invoicing.credited_already"
    kind = Kind.CONFLICT
    message = _("A credit note has taken back of the invoice {title}: correct it by another one.")
    title: str
