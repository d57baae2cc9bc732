"""The journal of money, for the seller's programs (PAY-13)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from ninja import Field, Query, Router, Schema

from abono.domain.identity.keys import READ
from abono.domain.identity.roles import Act
from abono.domain.journal import queries
from abono.domain.journal.types import Account, EntryDetail, Fact, Which
from abono.entrypoints.api.invoices.invoices import issued
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.cursors import PageQuery, page_by_id
from abono.entrypoints.api.protocol.declare import answers
from abono.entrypoints.api.protocol.fields import ContractId, CustomerId, Day, InvoiceId
from abono.entrypoints.api.protocol.whose import own, sellers, whose
from abono.kernel.ids import public

router = Router(tags=["journal"])


class JournalPosting(Schema):
    """`amount_minor` is a debit where it is positive, a credit where it is negative. `detail` parts an account: the gateway,
    the kind of line; empty where it has no parts."""

    account: Account
    detail: str
    currency: shown.Currency
    amount_minor: int


class JournalEntry(Schema):
    """What happened, once, and what it moved: its postings sum to zero in each currency."""

    id: shown.EntryId
    fact: Fact
    reference: Annotated[shown.AnyId, Field(description="Of what the fact is.")]
    customer: Annotated[shown.CustomerId | None, Field(description="null for money of nobody.")]
    contract: shown.ContractId | None
    invoice: shown.InvoiceId | None
    sandbox: Annotated[bool, Field(description="Of a customer who tries things out.")]
    made_at: datetime
    day: Annotated[date, Field(description="Local day of the seller.")]
    postings: list[JournalPosting]


class Journal(Schema):
    items: list[JournalEntry]
    next_cursor: shown.Cursor | None


class JournalQuery(PageQuery):
    customer: Annotated[
        CustomerId | None, Field(description="Without it, contract and invoice: of all but sandboxes.")
    ] = None
    contract: ContractId | None = None
    invoice: InvoiceId | None = None
    account: Annotated[Account | None, Field(description="Entries that move it, whole.")] = None
    first_day: Annotated[Day | None, Field(description="Of the seller.")] = None
    last_day: Annotated[Day | None, Field(description="Of the seller, included.")] = None


@router.get("/journal", **answers({200: Journal}, 403, 404, 422, scope=READ))
def list_journal(request: ApiRequest, query: Query[JournalQuery]) -> Journal:
    """Entries of the journal of money, newest first. Of the seller's keys."""
    which = Which(
        customer_id=whose(request, query.customer),
        contract_id=None if query.contract is None else own(request, query.contract).id,
        invoice_id=None if query.invoice is None else issued(request, query.invoice).id,
        account=query.account,
        since=query.first_day,
        until=query.last_day,
    )
    sellers(request, Act.READ)
    entries, following = page_by_id("j", query, queries.entries, which=which)
    return Journal(items=[_entry(one) for one in entries], next_cursor=following)


def _entry(one: EntryDetail) -> JournalEntry:
    return JournalEntry(
        id=one.public_id,
        fact=one.fact,
        reference=one.reference,
        customer=None if one.customer_id is None else public("cus", one.customer_id),
        contract=None if one.contract_id is None else public("ctr", one.contract_id),
        invoice=None if one.invoice_id is None else public("inv", one.invoice_id),
        sandbox=one.sandbox,
        made_at=one.made_at,
        day=one.day,
        postings=[
            JournalPosting(
                account=posting.account,
                detail=posting.detail,
                currency=posting.currency,
                amount_minor=posting.amount_minor,
            )
            for posting in one.postings
        ],
    )
