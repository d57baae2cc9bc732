from __future__ import annotations

from dataclasses import dataclass

from abono.kernel.errors import Kind, Refusal, _


@dataclass(eq=False)
class NoSuchInvoice(Refusal):
    code = "invoicing.not_found"
    kind = Kind.NOT_FOUND
    message = _("There is no such invoice.")


@dataclass(eq=False)
class InvoiceNotPayable(Refusal):
    code = "invoicing.not_payable"
    kind = Kind.CONFLICT
    message = _("The invoice {title} is not waiting for a payment.")
    title: str


@dataclass(eq=False)
class AmountChanged(Refusal):
    code = "invoicing.amount_changed"
    kind = Kind.CONFLICT
    message = _("What this costs has changed since you saw it. Nothing was charged.")
    today_minor: int  # what it costs today, as it stands now
    currency: str


@dataclass(eq=False)
class InvoiceOverdue(Refusal):
    code = "invoicing.overdue"
    kind = Kind.CONFLICT
    message = _("The invoice {title} is overdue. Pay it first, then the plan can be changed.")
    title: str
    invoice: str  # its public id


@dataclass(eq=False)
class NotBlocked(Refusal):
    code = "invoicing.not_blocked"
    kind = Kind.CONFLICT
    message = _("Sending is not blocked: what goes beyond the package comes on the next invoice.")


@dataclass(eq=False)
class NothingToPay(Refusal):
    code = "invoicing.nothing_to_pay"
    kind = Kind.CONFLICT
    message = _("There is no overage to pay yet: sends that are still being confirmed are not billed.")


@dataclass(eq=False)
class NoSuchCreditNote(Refusal):
    code = "invoicing.credit_note_not_found"
    kind = Kind.NOT_FOUND
    message = _("There is no such credit note.")


@dataclass(eq=False)
class NotCreditable(Refusal):
    code = "invoicing.not_creditable"
    kind = Kind.CONFLICT
    message = _("The invoice {title} was cancelled: there is nothing to take back of it.")
    title: str


@dataclass(eq=False)
class NothingToCredit(Refusal):
    code = "invoicing.nothing_to_credit"
    kind = Kind.INVALID
    message = _("Choose at least one line, each once, with an amount above zero.")


@dataclass(eq=False)
class NoSuchLine(Refusal):
    code = "invoicing.no_such_line"
    kind = Kind.INVALID
    message = _("The invoice has no line {line}.")
    line: int


@dataclass(eq=False)
class AboveTheLine(Refusal):
    code = "invoicing.above_the_line"
    kind = Kind.CONFLICT
    message = _("That is more than what is left of line {line}.")
    line: int
    left_minor: int
    currency: str


@dataclass(eq=False)
class CreditedAlready(Refusal):
    code = "invoicing.credited_already"
    kind = Kind.CONFLICT
    message = _("A credit note has taken back of the invoice {title}: correct it by another one.")
    title: str
