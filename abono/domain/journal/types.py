"""Accounts, business facts, and what other packages see of the journal (PAY-13)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import NamedTuple
from uuid import UUID


class Account(Enum):
    """The chart. What is debited is positive, what is credited negative; `detail` of a posting parts an account."""

    RECEIVABLE = "receivable"  # what customers owe, by invoice
    CLEARING = "clearing"  # what came for us and is in no account of ours yet; detail: the gateway, or the way of a transfer
    BANK = "bank"  # what arrived in accounts of ours
    FEES = "fees"  # what gateways and banks keep of it; detail: the gateway
    WITHHELD = "withheld"  # taxes that buyers paid in our name; detail: the tax
    DISPUTED = "disputed"  # contested by the holder at the bank; detail: the gateway
    CREDIT = "credit"  # credit of customers (INV-9)
    REFUNDS = "refunds"  # what is to go back to customers and has not yet; detail: the gateway that took it
    UNMATCHED = "unmatched"  # money that matches nothing, to be given back (PAY-12); detail: the gateway
    REVENUE = (
        "revenue"  # detail: the kind of line; fine and interest that came with a slip have that of theirs
    )
    CHARGEBACKS = "chargebacks"  # lost to disputes; detail: the gateway
    LOSSES = "losses"  # what was written off, by invoice


class Fact(Enum):
    """What happened, and whose id is its reference: each is posted once."""

    INVOICE_ISSUED = "invoice_issued"  # the invoice
    INVOICE_CANCELLED = "invoice_cancelled"  # the invoice
    CREDIT_NOTE_ISSUED = "credit_note_issued"  # the credit note
    CREDIT_GRANTED = "credit_granted"  # the movement of credit
    CREDIT_USED = "credit_used"  # the movement of credit
    CREDIT_RETURNED = "credit_returned"  # the movement of credit
    CREDIT_REFUNDED = "credit_refunded"  # the movement of credit
    CREDIT_OVERPAID = "credit_overpaid"  # the movement of credit
    CREDIT_RECALLED = "credit_recalled"  # the movement of credit
    CREDIT_RESTORED = "credit_restored"  # the movement of credit
    PAYMENT_RECEIVED = "payment_received"  # the attempt
    PAYMENT_RECORDED = "payment_recorded"  # the receipt
    PAYMENT_WITHDRAWN = "payment_withdrawn"  # the receipt
    PAYMENT_BOUNCED = "payment_bounced"  # the receipt: the bank took it back
    RECOVERED = "recovered"  # the receipt: of what was written off
    WRITTEN_OFF = "written_off"  # the move of the invoice
    REOPENED = "reopened"  # the move of the invoice
    DISPUTE_OPENED = "dispute_opened"  # the dispute
    DISPUTE_WON = "dispute_won"  # the dispute
    DISPUTE_LOST = "dispute_lost"  # the dispute
    REFUND_DONE = "refund_done"  # the refund
    REFUND_PAID_OUT = "refund_paid_out"  # the refund
    PAYOUT_RECORDED = "payout_recorded"  # the payout
    PAYOUT_WITHDRAWN = "payout_withdrawn"  # the payout
    MONEY_FOUND = "money_found"  # unmatched money
    MONEY_DISPUTED = "money_disputed"  # unmatched money
    MONEY_RETURNED = "money_returned"  # unmatched money

    @property
    def prefix(self) -> str:
        """Of the public ids of what it is."""
        return _PREFIXES[self]


_PREFIXES = {
    Fact.INVOICE_ISSUED: "inv",
    Fact.INVOICE_CANCELLED: "inv",
    Fact.CREDIT_NOTE_ISSUED: "crn",
    Fact.CREDIT_GRANTED: "crm",
    Fact.CREDIT_USED: "crm",
    Fact.CREDIT_RETURNED: "crm",
    Fact.CREDIT_REFUNDED: "crm",
    Fact.CREDIT_OVERPAID: "crm",
    Fact.CREDIT_RECALLED: "crm",
    Fact.CREDIT_RESTORED: "crm",
    Fact.PAYMENT_RECEIVED: "att",
    Fact.PAYMENT_RECORDED: "rcp",
    Fact.PAYMENT_WITHDRAWN: "rcp",
    Fact.PAYMENT_BOUNCED: "rcp",
    Fact.RECOVERED: "rcp",
    Fact.WRITTEN_OFF: "ivm",
    Fact.REOPENED: "ivm",
    Fact.DISPUTE_OPENED: "dsp",
    Fact.DISPUTE_WON: "dsp",
    Fact.DISPUTE_LOST: "dsp",
    Fact.REFUND_DONE: "ref",
    Fact.REFUND_PAID_OUT: "ref",
    Fact.PAYOUT_RECORDED: "pyo",
    Fact.PAYOUT_WITHDRAWN: "pyo",
    Fact.MONEY_FOUND: "unm",
    Fact.MONEY_DISPUTED: "unm",
    Fact.MONEY_RETURNED: "unm",
}


@dataclass(frozen=True, slots=True)
class Posting:
    """One line of an entry. `amount_minor` is signed, never zero."""

    account: Account
    detail: str  # empty where the account has no parts
    currency: str
    amount_minor: int


class NewEntry(NamedTuple):
    """A fact to be posted, by a rule of `rules`. Without postings it moves no money, and nothing is written.

    invoice_id   of which it is, and so of which contract and customer; None for money of nobody
    """

    fact: Fact
    reference: UUID
    invoice_id: UUID | None
    postings: Sequence[Posting]


@dataclass(frozen=True, slots=True)
class EntryDetail:
    """One entry. `day` is the seller's, `made_at` the moment on the clock of whom it is of; names and numbers are as people
    see them, empty for money of nobody and for a draft."""

    id: UUID
    public_id: str
    fact: Fact
    reference: str  # public id of what the fact is
    customer_id: UUID | None
    contract_id: UUID | None
    invoice_id: UUID | None
    sandbox: bool
    made_at: datetime
    day: date
    customer: str
    contract_number: str
    invoice_number: str
    postings: tuple[Posting, ...]


@dataclass(frozen=True, slots=True)
class Which:
    """The entries that are asked for; what is None narrows nothing. Those of sandboxes, whose money is none, only where one
    customer, contract or invoice is asked for.

    named          part of the customer's legal name
    since, until   days of the seller, both included
    """

    named: str = ""
    customer_id: UUID | None = None
    contract_id: UUID | None = None
    invoice_id: UUID | None = None
    account: Account | None = None
    since: date | None = None
    until: date | None = None

    @property
    def of_one(self) -> bool:
        """Whether it is of one customer, whoever that is."""
        return (self.customer_id, self.contract_id, self.invoice_id) != (None, None, None)


@dataclass(frozen=True, slots=True)
class Balance:
    """What postings sum to on one account, detail and currency: a debit where it is positive."""

    account: Account
    detail: str
    currency: str
    amount_minor: int
