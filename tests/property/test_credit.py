"""Whatever is taken back, paid, made out anew and renewed, in any order: nobody owes less than nothing, no credit is
overdrawn, and invoices, credit notes, credit and payments add up (INV-4, INV-9)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import QuerySet, Sum
from hypothesis import given
from hypothesis import strategies as st

from abono.domain.credit import queries as credit
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.models import CreditNote, Invoice
from abono.domain.invoicing.states import State
from abono.domain.invoicing.types import InvoiceDetail, LineCredit
from abono.domain.journal.models import Posting
from abono.domain.payments import unmatched
from abono.domain.payments.models import Attempt, Dispute, Receipt, UnmatchedMoney
from abono.domain.payments.ports.port import ChargeReply, Outcome
from abono.domain.payments.receipts import Came
from abono.domain.payments.states import Way
from abono.flows.check_books import check_books
from abono.flows.collecting.charge import charge_invoice
from abono.flows.collecting.hear import hear
from abono.flows.collecting.look_at import given_back
from abono.flows.corrections.credit_note import issue_credit_note
from abono.flows.corrections.reissue import reissue_invoice
from abono.flows.due_work import run_due_work
from abono.flows.endings.dispute import end_dispute
from abono.flows.limits.interim import issue_interim
from abono.flows.standing.dispute import open_dispute
from abono.flows.standing.record import record_payment, withdraw_payment
from abono.flows.standing.write_off import reopen, write_off
from abono.flows.wallet import save_card
from abono.kernel.errors import Refusal
from abono.kernel.money import Money
from tests.examples import through_the_database
from tests.fakes import FakeGateway
from tests.world import JUNE_1, Tenant, make_padaria, moment, use

pytestmark = pytest.mark.django_db
nth = st.integers(0, 5)  # which invoice, counted from the newest
steps = st.lists(
    st.one_of(
        st.tuples(st.just("take_back"), nth, st.sampled_from([1, 40_00, 100_00, 600_00])),
        st.tuples(st.just("take_all"), nth, st.none()),
        st.tuples(st.just("pay"), nth, st.none()),
        st.tuples(st.just("anew"), nth, st.none()),
        st.tuples(
            st.just("card"),
            st.just(0),
            st.sampled_from(["ok", "lost", "refused", "decline:balance", "other:1:BRL", "other:5:USD"]),
        ),
        st.tuples(st.just("answer"), st.just(0), st.booleans()),
        st.tuples(st.just("late"), st.just(0), st.none()),  # money of a charge that was given up
        st.tuples(st.just("dispute"), nth, st.none()),
        st.tuples(st.just("decide"), nth, st.booleans()),
        st.tuples(st.just("record"), nth, st.sampled_from([1, 100_00, 700_00, 2_000_00])),
        st.tuples(st.just("withdraw"), nth, st.none()),
        st.tuples(st.just("give_up"), nth, st.booleans()),
        st.tuples(st.just("gone"), nth, st.none()),  # money that matched nothing went back
        st.tuples(st.just("block"), st.just(0), st.none()),
        st.tuples(st.just("month"), st.just(0), st.none()),
    ),
    min_size=6,
    max_size=14,
)


@dataclass
class Life:
    tenant: Tenant
    now: datetime = JUNE_1
    cards: int = 0

    def do(self, what: str, which: int, with_: object) -> None:
        self.now += timedelta(minutes=1)
        with suppress(Refusal):
            getattr(self, f"_{what}")(which, with_)

    def _invoice(self, which: int) -> InvoiceDetail:
        found = invoices.list_for_customer(self.tenant.customer_id)
        return found[min(which, len(found) - 1)]

    def _take(self, invoice: InvoiceDetail, lines: list[LineCredit]) -> None:
        issue_credit_note(invoice_id=invoice.id, lines=lines, why="a test", actor="olga", now=self.now)

    def _take_back(self, which: int, minor: object) -> None:
        assert isinstance(minor, int)
        self._take(self._invoice(which), [LineCredit(1, minor)])

    def _take_all(self, which: int, _nothing: object) -> None:
        invoice = self._invoice(which)
        left = [LineCredit(line.position, line.left_minor) for line in invoice.lines if line.left_minor]
        self._take(invoice, left)

    def _pay(self, which: int, _nothing: object) -> None:
        charge_invoice(
            invoice_id=self._invoice(which).id,
            customer_id=self.tenant.customer_id,
            method_id=None,
            off_session=False,
            actor="ana",
            moment=moment(self.now),
        )

    def _anew(self, which: int, _nothing: object) -> None:
        reissue_invoice(invoice_id=self._invoice(which).id, why="a test", actor="olga", now=self.now)

    def _card(self, _which: int, behaves: object) -> None:
        self.cards += 1
        save_card(
            customer_id=self.tenant.customer_id,
            frame_ref=f"{behaves}#{self.cards}",
            use=True,
            actor="ana",
            now=self.now,
        )

    def _answer(self, _which: int, yes: object) -> None:
        attempt = Attempt.objects.filter(state="unknown").first()
        if attempt is not None:
            self._hear(attempt, yes=bool(yes))

    def _late(self, _which: int, _nothing: object) -> None:
        attempt = Attempt.objects.filter(state="lost").order_by("-id").first()
        if attempt is not None:
            self._hear(attempt, yes=True)

    def _hear(self, attempt: Attempt, *, yes: bool) -> None:
        paid = ChargeReply(Outcome.PAID, "late", Money(attempt.amount_minor, attempt.currency))
        reply = paid if yes else ChargeReply(Outcome.NEVER_RECEIVED)
        hear(attempt_id=attempt.id, reply=reply, actor="system", moment=moment(self.now))

    def _record(self, which: int, minor: object) -> None:
        assert isinstance(minor, int)
        record_payment(
            invoice_id=self._invoice(which).id,
            came=Came(Way.TRANSFER, minor, JUNE_1.date()),
            actor="olga",
            now=self.now,
        )

    def _withdraw(self, which: int, _nothing: object) -> None:
        found = list(Receipt.objects.order_by("-id"))
        if which < len(found):
            withdraw_payment(receipt_id=found[which].id, why="a test", actor="olga", now=self.now)

    def _give_up(self, which: int, again: object) -> None:
        act = reopen if again else write_off
        act(invoice_id=self._invoice(which).id, why="a test", actor="olga", now=self.now)

    def _decide(self, which: int, won: object) -> None:
        invoice = self._invoice(which)
        if invoice.state is State.DISPUTED:
            end_dispute(
                invoice_id=invoice.id, won=bool(won), why="a test", actor="olga", moment=moment(self.now)
            )
        else:
            open_dispute(invoice_id=invoice.id, why="a test", actor="olga", now=self.now)

    def _dispute(self, which: int, _nothing: object) -> None:
        paid = list(Attempt.objects.filter(state="paid").order_by("-id"))
        if which < len(paid):
            reply = ChargeReply(
                Outcome.PAID, "late", Money(paid[which].amount_minor, paid[which].currency), disputed=True
            )
            hear(attempt_id=paid[which].id, reply=reply, actor="system", moment=moment(self.now))

    def _gone(self, which: int, _nothing: object) -> None:
        found = unmatched.open_money()
        if which < len(found):
            given_back(money_id=found[which].id, how="a test", actor="olga", real=self.now)

    def _block(self, _which: int, _nothing: object) -> None:
        use(self.tenant.contract_id, 364, at=self.now)
        issue_interim(
            contract_id=self.tenant.contract_id,
            customer_id=self.tenant.customer_id,
            actor="ana",
            now=self.now,
        )

    def _month(self, _which: int, _nothing: object) -> None:
        assert self.tenant.contract.cycle_end is not None
        self.now = max(self.now, self.tenant.contract.cycle_end)
        run_due_work(now=self.now)


def sums(tenant: Tenant) -> tuple[int, int, int, int, int]:
    """Invoiced, taken back, paid for invoices, still owed or disputed before it was paid, and written off."""
    live = Invoice.objects.filter(contract_id=tenant.contract_id, number__isnull=False).exclude(
        state="cancelled"
    )
    invoiced = live.aggregate(sum=Sum("total_minor"))["sum"] or 0
    taken_back = CreditNote.objects.aggregate(sum=Sum("total_minor"))["sum"] or 0
    paid = sum(sums_of(Attempt.objects.filter(state__in=("paid", "reversed")))) + sum(
        sums_of(Receipt.objects.filter(withdrawn_at=None))
    )
    lost = sum(sums_of(Dispute.objects.filter(state="lost", attempt__isnull=False)))
    unpaid = [one for one in live if one.paid_at is None]
    owed = sum(one.rest_minor for one in unpaid if one.state in ("pending", "disputed"))
    given_up = sum(one.rest_minor for one in unpaid if one.state == "write_off")
    return invoiced, taken_back, paid - lost, owed, given_up


def booked(*accounts: str) -> tuple[int, ...]:
    """What the journal says of each, whatever the currency."""
    found = Posting.objects.values_list("account").annotate(sum=Sum("amount_minor"))
    return tuple(dict(found).get(account, 0) for account in accounts)


def at_gateways() -> tuple[int, int, int, int]:
    """There, contested, lost, and to be given back."""
    paid = sum(sums_of(Attempt.objects.filter(state__in=("paid", "reversed"))))
    paid += sum(sums_of(Receipt.objects.filter(withdrawn_at=None)))
    to_give = sum(sums_of(UnmatchedMoney.objects.filter(closed_at=None)))
    contested = Dispute.objects.filter(attempt__isnull=False)
    open_, lost = (sum(sums_of(contested.filter(state=state))) for state in ("open", "lost"))
    return paid + to_give - open_ - lost, open_, 0, -to_give


def sums_of(rows: QuerySet[Any]) -> list[int]:
    return list(rows.values_list("amount_minor", flat=True))


@pytest.fixture
def padaria(gateway: FakeGateway) -> Tenant:
    """Each example begins with it as it signed."""
    return make_padaria()


@pytest.mark.rule("PAY-13", part="proves the books")
@pytest.mark.rule("INV-4", part="credit notes")
@pytest.mark.rule("INV-9", part="never negative")
@through_the_database(25)
@given(steps=steps)
def test_invoices_credit_notes_and_payments_add_up_whatever_the_order(padaria, steps):
    with transaction.atomic():
        life = Life(padaria)
        for step in steps:
            life.do(*step)
            invoiced, taken_back, paid, owed, given_up = sums(life.tenant)
            left = credit.balance(life.tenant.contract_id)
            assert owed >= 0
            assert left >= 0
            assert invoiced - taken_back - paid == owed + given_up - left
            assert booked("receivable", "losses", "revenue") == (owed, given_up, taken_back - invoiced)
            assert booked("credit", "clearing", "disputed", "chargebacks", "unmatched") == (
                -left,
                *at_gateways(),
            )
        known = {  # what somebody has to look at
            "an invoice was paid twice",
            "another sum was taken than was asked for",
        }
        assert {finding.what for finding in check_books()} <= known
        transaction.set_rollback(True)
