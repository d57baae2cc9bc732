"""Whatever we give back and banks take back of what came, in any order and however answers are lost: never more goes back than
came, nothing of ours is heard as theirs, and the books agree (PAY-9, PAY-10)."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.types import LineCredit
from abono.domain.payments import disputes, receipts, refunds
from abono.domain.payments.states import NOT_GIVEN, Because, RefundState, Way
from abono.flows.check_books import check_books
from abono.flows.corrections.credit_note import issue_credit_note
from abono.flows.endings.dispute import end_dispute
from abono.flows.refunds.failed import ask_again, keep_as_credit, pay_out
from abono.flows.refunds.give_back import Back, give_back
from abono.flows.requests.ask import look
from abono.kernel.errors import Refusal
from abono.kernel.money import Money
from abono.platform import clock
from tests.examples import through_the_database
from tests.pushes import FakePush
from tests.scenarios.taking_back import unpaid_renewal
from tests.scenarios.test_regret import ask_gateways
from tests.scenarios.test_requests import LATER, asked, paid
from tests.world import DAY, HOUR, make_padaria, moment

pytestmark = pytest.mark.django_db
NOW = moment(LATER + HOUR)
sums = st.sampled_from([1, 50_00, 333_33, 700_00, 900_00])
steps = st.lists(
    st.one_of(
        st.tuples(st.just("note"), sums),
        st.tuples(st.just("note_back"), sums),
        st.tuples(st.just("give"), sums),
        st.tuples(st.just("bank"), sums),  # takes back, whatever we do
        st.tuples(st.just("contest"), sums),
        st.tuples(st.just("says"), st.sampled_from(["done", "lost", "waiting", "unheard", "refused"])),
        st.tuples(st.just("ask"), st.just(0)),
        st.tuples(st.just("look"), st.just(0)),
        st.tuples(st.just("decide"), st.booleans()),
        st.tuples(st.just("fails"), st.sampled_from(["again", "out", "credit"])),
    ),
    min_size=5,
    max_size=12,
)


class Life:
    """One Pix of 900.00 for an invoice of 700.00, and what becomes of it. `theirs` is what its bank took by itself."""

    def __init__(self, bank: FakePush) -> None:
        bank.__init__()  # type: ignore[misc]
        self.bank, self.theirs = bank, 0
        self.request = asked(tenant := make_padaria(), unpaid_renewal(tenant).id)
        paid(bank, self.request, 900_00)
        self.invoice = self.request.invoice_id
        [self.receipt] = receipts.of_invoice(self.invoice)

    def do(self, what: str, with_: Any) -> None:
        with suppress(Refusal), transaction.atomic():
            getattr(self, f"_{what}")(with_)

    def _note(self, minor: int, back: Back | None = None) -> None:
        lines = [LineCredit(1, min(minor, 600_00))]
        issue_credit_note(
            invoice_id=self.invoice, lines=lines, why="x", back=back, approved=True, actor="olga", now=NOW.now
        )

    def _note_back(self, minor: int) -> None:
        self._note(minor, Back(Because.MISTAKE, NOW.real))

    def _give(self, minor: int) -> None:
        give_back(
            invoice_id=self.invoice,
            amount_minor=minor,
            because=Because.OTHER,
            why="x",
            approved=True,
            actor="olga",
            moment=NOW,
        )

    def _bank(self, minor: int) -> None:
        """As much as is left there, however much of it we have promised."""
        minor = min(minor, 900_00 - sum(went for _of, went in self.bank.returns.values()) - self.theirs)
        self.theirs += minor
        self.bank.look_back(self.request.id.hex, back=self._gone())

    def _contest(self, minor: int) -> None:
        self.bank.look_back(
            self.request.id.hex, back=self._gone(), contested=min(minor, 900_00 - self._gone())
        )

    def _gone(self) -> int:
        return sum(went for _of, went in self.bank.returns.values()) + self.theirs

    def _says(self, gives: str) -> None:
        self.bank.gives = gives

    def _ask(self, _nothing: int) -> None:
        ask_gateways(after=DAY)

    def _look(self, _nothing: int) -> None:
        look(request_id=self.request.id, real=clock.now())

    def _decide(self, won: bool) -> None:
        end_dispute(invoice_id=self.invoice, won=won, why="x", actor="olga", moment=NOW, approved=True)

    def _fails(self, how: str) -> None:
        one = next(
            (one for one in refunds.of_invoices([self.invoice]) if one.state is RefundState.FAILED), None
        )
        if one is not None and how == "again":
            ask_again(refund_id=one.id, actor="olga", moment=NOW)
        elif one is not None and how == "out":
            pay_out(refund_id=one.id, way=Way.TRANSFER, reference="E", why="x", actor="olga", now=NOW.now)
        elif one is not None:
            keep_as_credit(refund_id=one.id, why="x", actor="olga", now=NOW.now)


@pytest.mark.rule("PAY-9", part="full and part")
@pytest.mark.rule("PAY-10", part="result booked")
@through_the_database(36)
@given(story=steps)
def test_never_more_goes_back_than_came(bank: FakePush, story: list[tuple[str, Any]]) -> None:
    with transaction.atomic():
        life = Life(bank)
        for what, with_ in story:
            life.do(what, with_)
            given_back = refunds.of_invoices([life.invoice])
            live = sum(one.amount.minor for one in given_back if one.state not in NOT_GIVEN)
            assert live <= 900_00
            assert life._gone() <= 900_00
            assert check_books() == []
            assert not (disputes.of_invoice(life.invoice) and not life.theirs and not _contested(bank, life))
        done = [one.amount.minor for one in given_back if one.state is RefundState.DONE]
        assert sum(done) <= sum(went for _of, went in bank.returns.values())
        assert invoices.get(life.invoice).refunded_minor <= 700_00
        transaction.set_rollback(True)


def _contested(bank: FakePush, life: Life) -> Money | None:
    return bank.came[life.request.id.hex][0].contested
