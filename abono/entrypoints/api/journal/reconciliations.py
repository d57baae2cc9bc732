"""A day of the clearing accounts beside what suppliers said, for the seller's programs (PAY-13)."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from ninja import Field, Router, Schema

from abono.domain.identity.keys import READ
from abono.domain.identity.roles import Act
from abono.domain.journal import reconciliation
from abono.domain.journal.reconciliation import AccountDay, Difference, Move, Moved, Waiting, Waits
from abono.domain.journal.types import Fact
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.declare import answers
from abono.entrypoints.api.protocol.fields import Day
from abono.entrypoints.api.protocol.whose import sellers
from abono.kernel.ids import public
from abono.platform import clock

router = Router(tags=["journal"])


class ReconciledMove(Schema):
    """What the day did to the account: above zero it came. `withheld` stands beside the account, not on it."""

    move: Annotated[Move, shown.words(Move)]
    booked_minor: Annotated[int, Field(description="By the journal.")]
    told_minor: Annotated[int, Field(description="By what suppliers said.")]


class OpenMoney(Schema):
    """Why money lies on the account when the day ends (`unpaid`, `to_send`, `nobody`: these add up to the balance), or is
    open beside it."""

    why: Annotated[Waits, shown.words(Waits)]
    amount_minor: int
    since: Annotated[date | None, Field(description="null: for longer than sixty days.")]
    invoice: shown.InvoiceId | None


class ReconciledAccount(Schema):
    """A clearing account of the journal in one currency."""

    account: Annotated[str, Field(max_length=30, description="`detail` of the account `clearing`.")]
    currency: shown.Currency
    opening_minor: int
    closing_minor: int
    moves: list[ReconciledMove]
    open: list[OpenMoney]
    filed_minor: Annotated[
        int | None, Field(description="Paid, by returns of banks that came on this day; null: none came.")
    ]


class UnexplainedDifference(Schema):
    """Of a fact of the journal, or, where `fact` is null, of a line of a bank's return, with `reference` its file."""

    account: Annotated[str, Field(max_length=30)]
    fact: Annotated[Fact | None, shown.words(Fact)]
    reference: shown.AnyId
    line: Annotated[int | None, Field(description="In the bank's file.")]
    currency: shown.Currency
    booked_minor: Annotated[int | None, Field(description="null: the journal has nothing of it.")]
    told_minor: Annotated[int | None, Field(description="null: no supplier said so.")]


class ReconciledDay(Schema):
    """`agrees`: both say the same of all of the day. `applying`: lines of returns that are not applied yet. `more`: more is open
    than is listed."""

    day: date
    agrees: bool
    differences: list[UnexplainedDifference]
    accounts: list[ReconciledAccount]
    applying: int
    more: bool


@router.get("/reconciliations/{day}", **answers({200: ReconciledDay}, 403, 404, 422, scope=READ))
def read_reconciliation(request: ApiRequest, day: Day) -> ReconciledDay:
    """One day of the seller: each clearing account by the journal and by what suppliers said, and every difference that nothing
    explains. Of a day that is not over, what there is so far. Of the seller's keys."""
    sellers(request, Act.READ)
    found = reconciliation.of_day(day, now=clock.now())
    return ReconciledDay(
        day=found.day,
        agrees=found.agrees,
        differences=[_difference(one) for one in found.differences],
        accounts=[_account(one) for one in found.accounts],
        applying=found.applying,
        more=found.more,
    )


def _account(one: AccountDay) -> ReconciledAccount:
    return ReconciledAccount(
        account=one.name,
        currency=one.opening.currency,
        opening_minor=one.opening.minor,
        closing_minor=one.closing.minor,
        moves=[_move(moved) for moved in one.moved],
        open=[_open(waiting) for waiting in one.waiting],
        filed_minor=None if one.filed is None else one.filed.minor,
    )


def _move(one: Moved) -> ReconciledMove:
    return ReconciledMove(move=one.move, booked_minor=one.booked.minor, told_minor=one.told.minor)


def _open(one: Waiting) -> OpenMoney:
    return OpenMoney(
        why=one.kind,
        amount_minor=one.amount.minor,
        since=one.since,
        invoice=None if one.invoice_id is None else public("inv", one.invoice_id),
    )


def _difference(one: Difference) -> UnexplainedDifference:
    money = one.booked or one.told
    return UnexplainedDifference(
        account=one.account,
        fact=one.fact,
        reference=public("bfl" if one.fact is None else one.fact.prefix, one.reference),
        line=one.line or None,
        currency="BRL" if money is None else money.currency,
        booked_minor=None if one.booked is None else one.booked.minor,
        told_minor=None if one.told is None else one.told.minor,
    )
