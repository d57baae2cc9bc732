"""Whatever a customer does, each cycle costs its fees and what was used beyond them: once, and to the cent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import example, given
from hypothesis import strategies as st

from abono.domain.interactions import actions as interactions
from abono.domain.interactions.types import ContactEvent, ObserveStatus
from abono.domain.invoicing.models import Invoice, InvoiceLine
from abono.domain.metering import actions as metering_actions
from abono.domain.metering import queries as metering
from abono.domain.metering.types import Outcome, SettleRequest, SettleStatus
from abono.domain.payments.models import Attempt
from abono.domain.payments.ports.port import ChargeReply
from abono.domain.payments.ports.port import Outcome as Charge
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import OVERAGE_PRICE_PERCENT
from abono.flows.collecting.charge import charge_invoice
from abono.flows.collecting.hear import hear
from abono.flows.due_work import run_due_work
from abono.flows.limits.interim import issue_interim
from abono.flows.wallet import save_card
from abono.kernel.errors import Refusal
from abono.kernel.ids import uuid7
from abono.kernel.periods import cycle, local_date
from tests.books import check_books
from tests.examples import at_night, through_the_database
from tests.fakes import FakeGateway
from tests.world import DAY, JUNE_1, Tenant, bigger, hold, make_padaria, moment

PACKAGES = ("brl-250", "brl-500", "brl-1000")
EVENING = 22 * 3600  # of the first day of a cycle: in UTC it is the second

steps = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.sampled_from([1, 150, 364, 700])),  # 364 block the smallest package
        st.tuples(st.just("hold"), st.sampled_from([1, 60, 200])),
        st.tuples(st.just("confirm"), st.none()),
        st.tuples(st.just("interim"), st.booleans()),
        st.tuples(st.just("raise"), st.sampled_from(PACKAGES)),
        st.tuples(st.just("card"), st.sampled_from(["ok", "lost", "decline:balance"])),
        st.tuples(st.just("answer"), st.booleans()),
        st.tuples(st.just("talk"), st.sampled_from([1, 300, 520])),  # 500 are included
        st.tuples(st.just("talk_late"), st.sampled_from([1, 30])),
        st.tuples(st.just("wait"), st.sampled_from([-3600, -90, 1, EVENING])),
        st.tuples(st.just("month"), st.none()),
    ),
    min_size=6,
    max_size=14,
)
slow = through_the_database(25)


@dataclass
class Life:
    """A customer that does one thing after the other; time goes on by minutes, or to a moment after a month."""

    tenant: Tenant
    now: datetime = JUNE_1
    used_micro: dict[datetime, int] = field(default_factory=dict)  # by start of the cycle, as it was held
    held: list[tuple[UUID, datetime, int]] = field(default_factory=list)
    talked: Counter[datetime] = field(default_factory=Counter)  # interactions by start of the cycle
    over: dict[datetime, tuple[int, int]] = field(
        default_factory=dict
    )  # value and ceiling of cycles, as they ended
    cards: int = 0

    def do(self, what: str, with_: object) -> None:
        self.now += timedelta(minutes=1)
        for past in metering.cycles(self.tenant.contract_id):
            if past.cycle.end <= self.now:
                self.over.setdefault(past.cycle.start, (past.value_micro, past.ceiling_micro))
        deed: Callable[[object], None] = getattr(self, f"_{what}")
        with suppress(Refusal):
            deed(with_)

    def _send(self, count: object) -> None:
        self._hold(count)
        self._confirm(None)

    def _hold(self, count: object) -> None:
        assert isinstance(count, int)
        start = metering.balance(contract_id=self.tenant.contract_id, at=self.now).cycle.start
        ids, answers = hold(self.tenant.contract_id, count=count, at=self.now)
        for send, answer in zip(ids, answers, strict=True):
            if answer.status.granted:
                assert answer.price_micro is not None
                self.held.append((send, start, answer.price_micro))

    def _confirm(self, _nothing: object) -> None:
        """Every send that waits went out, unless its hold had ended before."""
        answers = metering_actions.settle(
            [SettleRequest(self.tenant.contract_id, send, Outcome.SENT, self.now) for send, *_ in self.held]
        )
        for (_send, start, price_micro), answer in zip(self.held, answers, strict=True):
            if answer.status is SettleStatus.SETTLED:
                self.used_micro[start] = self.used_micro.get(start, 0) + price_micro
        self.held = []

    def _talk(self, count: object, at: datetime | None = None) -> None:
        """So many people write for the first time, at `at`; we are told now."""
        assert isinstance(count, int)
        at = at or self.now
        told = interactions.observe(
            [
                ContactEvent(
                    self.tenant.contract_id, uuid7(), uuid7(), "webchat", "contact_message", at, self.now
                )
                for _ in range(count)
            ]
        )
        start = metering.balance(contract_id=self.tenant.contract_id, at=at).cycle.start
        self.talked[start] += told.count(ObserveStatus.OPENED)

    def _talk_late(self, count: object) -> None:
        """In the last minute of the cycle before; it is taken for 48 hours."""
        start = metering.balance(contract_id=self.tenant.contract_id, at=self.now).cycle.start
        if start > JUNE_1:
            self._talk(count, start - timedelta(minutes=1))

    def _interim(self, paid: object) -> None:
        invoice_id = issue_interim(**self._who(), actor="ana", now=self.now)
        if paid:
            charge_invoice(
                invoice_id=invoice_id,
                customer_id=self.tenant.customer_id,
                method_id=None,
                off_session=False,
                actor="ana",
                moment=moment(self.now),
            )

    def _raise(self, package: object) -> None:
        bigger(self.tenant, str(package), now=self.now)

    def _card(self, behaviour: object) -> None:
        self.cards += 1
        if self.cards < 5:
            frame = f"{behaviour}#{self.cards}"
            save_card(
                customer_id=self.tenant.customer_id, frame_ref=frame, use=True, actor="ana", now=self.now
            )

    def _answer(self, paid: object) -> None:
        reply = ChargeReply(Charge.PAID if paid else Charge.DECLINED)
        for attempt in Attempt.objects.filter(state="unknown", invoice__customer_id=self.tenant.customer_id):
            hear(attempt_id=attempt.id, reply=reply, actor="system", moment=moment(self.now))

    def _wait(self, seconds: object) -> None:
        """Until so long after the end of the cycle, or before it; the schedule does not look yet."""
        assert isinstance(seconds, int)
        end = self.tenant.contract.cycle_end
        assert end is not None
        self.now = max(self.now, end + timedelta(seconds=seconds))

    def _month(self, _nothing: object) -> None:
        self._wait(40)
        run_due_work(now=self.now)

    def _who(self) -> dict[str, UUID]:
        return {"contract_id": self.tenant.contract_id, "customer_id": self.tenant.customer_id}

    def come_to_rest(self) -> None:
        """Every answer is known, every hold has ended, and every cycle that was used is billed."""
        self._confirm(None)
        self._answer(True)
        self.cards = 3
        with suppress(Refusal):
            self._card("ok")
        for _month in range(3 if at_night() else 2):  # of the third there is nothing left to bill
            self._month(None)
            self._answer(True)


def lines(tenant: Tenant, *kinds: str) -> list[InvoiceLine]:
    found = InvoiceLine.objects.filter(invoice__contract_id=tenant.contract_id, kind__in=kinds)
    return list(found.exclude(invoice__state__in=["cancelled", "draft"]).select_related("invoice"))


def half_up(micro: int) -> int:
    return (micro + 5_000) // 10_000


def check(life: Life, gateway: FakeGateway, percent: int) -> None:
    """The slow, obvious reckoning of every cycle that is over and billed."""
    contract = life.tenant.contract
    assert contract.adhesion_date is not None
    assert contract.cycle_number is not None
    fees, raises = lines(life.tenant, "package"), lines(life.tenant, "package_raise")
    overage, extras = lines(life.tenant, "overage"), lines(life.tenant, "extra_interactions")
    for number in range(contract.cycle_number - 1):
        period = cycle(contract.adhesion_date, number, "America/Sao_Paulo")
        balance = metering.find_cycle(contract_id=contract.id, cycle_start=period.start)
        assert balance is not None
        paid_for = [line.amount_minor for line in fees if line.period_start == period.start]
        raised = [line.amount_minor for line in raises if line.period_start in period]
        assert len(paid_for) == 1
        assert balance.value_micro == (paid_for[0] + sum(raised)) * 10_000

        used = life.used_micro.get(period.start, 0)
        assert balance.used_micro == used
        billed = [line for line in overage if line.period_start == period.start]
        in_advance = sum(line.amount_minor for line in billed if line.invoice.reason == "interim")
        beyond = half_up(max(0, used - balance.value_micro) * percent // 100)  # prices have two decimals
        assert sum(line.amount_minor for line in billed) == max(beyond, in_advance)

        extra = [line for line in extras if line.period_start == period.start]
        assert balance.interactions == life.talked[period.start]
        assert sum(line.quantity for line in extra) == max(0, life.talked[period.start] - 500)
        assert [line.amount_minor for line in extra] == [line.quantity * 3_00 for line in extra]
    after = {
        past.cycle.start: (past.value_micro, past.ceiling_micro) for past in metering.cycles(contract.id)
    }
    assert {start: after[start] for start in life.over} == life.over
    for renewal in Invoice.objects.filter(contract_id=contract.id, reason="renewal"):
        assert renewal.issued_at is not None
        assert renewal.due_date == local_date(renewal.issued_at, "America/Sao_Paulo")
    assert all(line.amount_minor >= 0 for line in fees + raises + overage)


@pytest.mark.rule("LIM-1", part="overage price: other")
@pytest.mark.rule("INV-1", "INV-3", "LIM-4", "CHG-5", "PAY-7", "TIM-3", "TIM-4", "INT-6")
@slow
@pytest.mark.timeout(400)  # a life is hundreds of statements, and there are dozens
@example(percent=150, deeds=[("wait", 1), ("raise", "brl-250")])
@example(
    percent=33,
    deeds=[("card", "lost"), ("raise", "brl-250"), ("card", "ok"), ("month", None), ("answer", True)],
)
@example(
    percent=0,
    deeds=[("card", "lost"), ("raise", "brl-250"), ("card", "ok"), ("month", None), ("raise", "brl-500")],
)
@example(percent=1000, deeds=[("send", 364), ("interim", False), ("raise", "brl-250"), ("send", 700)])
@example(
    percent=100,
    deeds=[("send", 364), ("card", "lost"), ("interim", True), ("wait", 1), ("send", 364), ("answer", True)],
)
@example(
    percent=150,
    deeds=[("send", 364), ("card", "lost"), ("interim", True), ("month", None), ("answer", False)],
)
@example(
    percent=33,
    deeds=[("wait", -90), ("hold", 200), ("wait", 1), ("send", 1), ("raise", "brl-250"), ("confirm", None)],
)
@example(
    percent=0, deeds=[("talk", 520), ("month", None), ("talk_late", 30), ("month", None), ("talk_late", 1)]
)
@example(percent=1000, deeds=[("wait", EVENING), ("month", None), ("talk", 1)])
@example(percent=100, deeds=[("card", "lost"), ("raise", "brl-250"), ("wait", 1), ("answer", True)])
@given(percent=st.sampled_from([0, 33, 100, 150, 1000]), deeds=steps)
def test_any_life_is_billed_as_the_obvious_reckoning_says(
    gateway: FakeGateway, percent: int, deeds: list[tuple[str, object]]
) -> None:
    """percent   what sends beyond the package cost, of their session prices"""
    with transaction.atomic():
        gateway.book.clear()
        set_value(setting=OVERAGE_PRICE_PERCENT, value=percent, actor="olga", why="agreed", now=JUNE_1 - DAY)
        life = Life(make_padaria())
        for what, with_ in deeds:
            life.do(what, with_)
        life.come_to_rest()

        check(life, gateway, percent)
        assert check_books() == []
        paid = Invoice.objects.filter(state="paid").aggregate(sum=Sum("total_minor"))["sum"]
        asked = Attempt.objects.filter(state="paid").aggregate(sum=Sum("amount_minor"))["sum"]
        assert paid == asked
        transaction.set_rollback(True)
