"""The life of one organization of the demo: it contracts, sends week by week, renews. All through use cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, partial
from heapq import merge
from itertools import batched, count, takewhile
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from abono.demo import bank
from abono.demo.cards import Simulator
from abono.demo.cast import Colleague, Tenant
from abono.demo.days import Span
from abono.demo.usage import DayPlan, Usage
from abono.domain.catalog import queries as catalog
from abono.domain.contracts import actions as contract_actions
from abono.domain.contracts import queries as contracts
from abono.domain.contracts.types import ContractInfo
from abono.domain.customers import queries as customers
from abono.domain.identity import actions as identity
from abono.domain.identity import queries as people
from abono.domain.invoicing import keys
from abono.domain.invoicing import queries as invoices
from abono.domain.licences import queries as licences
from abono.domain.payments.files import bank_files
from abono.domain.payments.registry import gateway, serving
from abono.domain.settings import queries as setting_values
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import REVIEW_FOR
from abono.domain.settings.restriction import RESTRICT_AFTER
from abono.domain.settings.types import Whose
from abono.flows.bank_files.remit import remit, to_ask
from abono.flows.bank_files.take import take
from abono.flows.billing import run as billing_run
from abono.flows.billing.review import park_reviewed
from abono.flows.due_work import REAL, work_off
from abono.flows.endings.cancel import cancel
from abono.flows.endings.regret import regret
from abono.flows.licences.ask import ask_licences
from abono.flows.licences.facts import Claim, Fact, Leave
from abono.flows.requests.ask import ask_for
from abono.flows.requests.choose import choose_means
from abono.flows.signup.quote import quote_of
from abono.flows.signup.sign import sign_contract
from abono.gateways.simulator.company.cards import Behaviour
from abono.kernel.due import Means
from abono.kernel.ids import uuid7
from abono.kernel.moment import Moment
from abono.kernel.periods import Period, add_months, cycle, day_start, local_date
from abono.platform import clock
from abono.platform.use_case import use_case

SIGNS_AT = time(10, 30)
RENEWED_AFTER = timedelta(seconds=20)  # the worker looks every minute
CHOSEN_BEFORE, ASKED_AFTER = timedelta(seconds=10), timedelta(hours=9)
WEEK = 7
REGRETS_AFTER = timedelta(hours=1)
CANCELLED_BEFORE = timedelta(days=3)
REVIEWED = timedelta(days=2)
AT_WORK = timedelta(days=7)  # for which hours are lived, people coming and going
MONTH = 30  # days for which the interactions of a cycle are meant to last


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happens in an organization's life, and when."""

    at: datetime
    do: Callable[[], None]


class Life:
    """What becomes of one tenant until `now`. Everything can be repeated: what was done is found again."""

    def __init__(self, tenant: Tenant, *, simulator: Simulator, now: datetime) -> None:
        self.tenant, self.now = tenant, now
        self._zone = tenant.customer.time_zone
        self._simulator = simulator
        before = known(tenant)
        if before is not None and before.adhesion_date is not None:
            self._signs_at, self._anchor = before.signed_at, before.adhesion_date
        else:
            self._signs_at, self._anchor = self._birth()

    @cached_property
    def contract(self) -> ContractInfo:
        """As it was when somebody first asked: what never changes may be read from it."""
        found = known(self.tenant)
        assert found is not None
        return found

    @cached_property
    def _usage(self) -> Usage:
        return Usage(self.contract, self.tenant.mix)

    def steps(self) -> Iterator[Step]:
        """Its whole life, in order."""
        lived = self._business(), self._at_work(), self._mornings(), self._second_thoughts()
        return merge(*lived, key=lambda step: step.at)

    def _business(self) -> Iterator[Step]:
        yield Step(self._signs_at, self._sign)
        for number in range(len(self.tenant.shares)):
            whole = cycle(self._anchor, number, self._zone)
            if whole.start > self._signs_at:
                at = whole.start + RENEWED_AFTER
                last = number == len(self.tenant.shares) - 1
                if last and self.tenant.last_by is not Means.CARD:
                    yield Step(at - CHOSEN_BEFORE, partial(self._choose_means, at - CHOSEN_BEFORE))
                yield Step(at, partial(self._renew, at, number))
                if last and self.tenant.last_by is Means.SLIP:
                    yield Step(at + ASKED_AFTER, partial(self._ask_for_slip, at + ASKED_AFTER))
            begin, end = max(whole.start, self._signs_at), min(whole.end, self.now - timedelta(minutes=5))
            if number and self._owes:
                end = min(end, self._morning(RESTRICT_AFTER.shipped))
            if begin < end:
                yield from self._weeks(self._span(begin, end), number)
        if self.tenant.regrets:
            at = self._signs_at + REGRETS_AFTER
            yield Step(at, partial(self._regret, at))
        if self.tenant.fill:
            yield Step(self.now, self._fill)

    def _at_work(self) -> Iterator[Step]:
        """Its people come into the software and go, hour by hour; of the last days, for the charts."""
        if self.tenant.people:
            last = self._span(max(self._signs_at, self.now - AT_WORK), self.now - timedelta(minutes=5))
            for at, percent in last.at_work():
                yield Step(at, partial(self._come_and_go, at, percent))

    def _second_thoughts(self) -> Iterator[Step]:
        """It cancels its contract in the middle of a cycle (END-3)."""
        if self.tenant.cancels:
            at = self.now - CANCELLED_BEFORE
            yield Step(at, partial(self._cancel, at))

    @property
    def _owes(self) -> bool:
        """Its card paid the first charge alone."""
        return self.tenant.card is Behaviour.NO_BALANCE_LATER

    def _mornings(self) -> Iterator[Step]:
        """Of the cycle that nobody pays: each day brings what is said of it, and at last the restriction (END-1)."""
        days = count(1) if self._owes else ()
        ats = (self._morning(day) + RENEWED_AFTER for day in days)
        for at in takewhile(lambda at: at < self.now, ats):
            yield Step(at, partial(self._see_to_what_is_due, at))

    def _morning(self, days: int) -> datetime:
        """So many days after the current cycle began, at the first instant."""
        begins = cycle(self._anchor, len(self.tenant.shares) - 1, self._zone).start
        return day_start(local_date(begins, self._zone) + timedelta(days=days), self._zone)

    def _birth(self) -> tuple[datetime, date]:
        """When it contracts, and the day that its cycles are counted from."""
        if not self.tenant.shares:
            at = self.now - timedelta(hours=2)
            return at, local_date(at, self._zone)
        today = local_date(self.now, self._zone)
        closed = len(self.tenant.shares) - 1
        anchor = add_months(today - timedelta(days=self.tenant.days_in), -closed)
        signs_at = datetime.combine(anchor, SIGNS_AT, ZoneInfo(self._zone))
        return signs_at.astimezone(UTC), anchor  # as the database will give it back: the dice read it

    def _span(self, begin: datetime, end: datetime) -> Span:
        return Span(self.tenant.slug, self._zone, Period(begin, end))

    def _weeks(self, span: Span, number: int) -> Iterator[Step]:
        """The days of one cycle, a week at a time."""
        for week in batched(self._days(span, number), WEEK):
            hours = span.hours(week[-1].day)
            assert hours is not None
            yield Step(hours[1], partial(self._live, span, week, hours[1]))

    def _days(self, span: Span, number: int) -> Iterator[DayPlan]:
        """Budgets of the days; together they are the cycle's share of the package."""
        package = catalog.package_on_sale(code=self.tenant.package, at=self._signs_at)
        plan = catalog.plan_on_sale(code=self.tenant.plan, at=self._signs_at)
        weights = span.days()
        micro = package.value_micro * self.tenant.shares[number] // 100
        touches = (plan.included_credits or 0) * self.tenant.busy * len(weights) // (100 * MONTH)
        passed, total = 0, sum(weights.values())
        for day, weight in weights.items():
            before, passed = passed, passed + weight
            yield DayPlan(
                day,
                budget_micro=micro * passed // total - micro * before // total,
                touches=touches * passed // total - touches * before // total,
            )

    def _live(self, span: Span, week: tuple[DayPlan, ...], until: datetime) -> None:
        self._usage.live(span, week, until=until)

    def _come_and_go(self, at: datetime, percent: int) -> None:
        """One call an hour: no heartbeat follows, as nobody comes meanwhile. An hour that was lived changes nothing."""
        contract, people = self.contract, self.tenant.people
        if licences.used(contract.id, since=at, until=at + timedelta(hours=1), at=at).peaks:
            return
        there = -(-len(people) * percent // 100)
        facts: list[Fact] = [Leave(f"{at.date()} {who}", contract.public_id, who) for who in people[there:]]
        facts += [Claim(f"{at.date()} {who}", contract.public_id, who, "Firefox") for who in people[:there]]
        ask_licences(facts, customer_id=contract.customer_id, now=at)

    def _renew(self, at: datetime, number: int) -> None:
        parks = bool(self.tenant.parked) and number == len(self.tenant.shares) - 1
        if parks:
            self._have_it_looked_at(at)
        billing_run.run(now=at)
        self._see_to_what_is_due(at)
        draft = invoices.find(self.contract.id, key=keys.renewal(number)) if parks else None
        if draft is not None:
            park_reviewed(invoice_id=draft.id, why=self.tenant.parked, actor="demo", now=at)

    def _choose_means(self, at: datetime) -> None:
        """On the day of the renewal, from which a slip is possible (PAY-2)."""
        choose_means(
            contract_id=self.contract.id,
            customer_id=self.contract.customer_id,
            means=self.tenant.last_by,
            actor=f"person:{self._chief()}",
            now=at,
        )

    def _ask_for_slip(self, at: datetime) -> None:
        """The seller's next file asks the bank for it, and the bank's says that it can be paid (PAY-4)."""
        moment, whose = Moment(clock.now(), at), self.contract.customer_id
        for owed in invoices.pending(customer_id=whose):
            ask_for(
                invoice_id=owed.id,
                customer_id=whose,
                means=Means.SLIP,
                actor=f"person:{self._chief()}",
                moment=moment,
            )
            if to_ask(bank.NAME):
                file = remit(gateway=bank.NAME, actor="demo", real=moment.real)
                registered, _paid = bank.registered_and_paid(bank_files.content(file.id), moment.real.date())
                take(name="registered.ret", content=registered, actor="demo", real=moment.real)
        work_off(now=moment.real, customer_id=None, kinds=REAL)

    def _see_to_what_is_due(self, at: datetime) -> None:
        work_off(now=at, real=clock.now(), customer_id=self.contract.customer_id)

    def _have_it_looked_at(self, at: datetime) -> None:
        """Its invoices wait from now on (INV-10)."""
        whose = Whose(self.contract.plan_code, self.contract.id)
        if not setting_values.value(REVIEW_FOR, whose=whose, at=at):
            set_value(setting=REVIEW_FOR, value=REVIEWED, whose=whose, actor="demo", why="Demo", now=at)

    def _regret(self, at: datetime) -> None:
        moment = Moment(clock.now(), at)
        regret(contract_id=self.contract.id, actor=f"person:{self._chief()}", moment=moment)
        work_off(now=moment.real, customer_id=self.contract.customer_id, kinds=REAL)

    def _cancel(self, at: datetime) -> None:
        cancel(contract_id=self.contract.id, actor=f"person:{self._chief()}", now=at)

    def _fill(self) -> None:
        self._usage.fill(self._span(self._signs_at, self.now), now=self.now)

    def _sign(self) -> None:
        if known(self.tenant) is None:
            waits = self.tenant.card is Behaviour.PROCESSING  # until somebody settles it by hand
            with self._simulator.levers(**({"settle_ms": 0} if waits else {})):
                self._contract()
        for colleague in self.tenant.colleagues:
            self._join(colleague)

    def _contract(self) -> None:
        """As the site does it: an order, a card typed into the gateway's fields, one press."""
        tenant, at = self.tenant, self._signs_at
        draft, _secret = contract_actions.start_signup(
            plan_code=tenant.plan,
            package_code=tenant.package,
            currency=tenant.currency,
            language=tenant.customer.language,
            typed={},
            now=at,
        )
        frame = gateway(serving()).open_card_frame(
            draft.public_id, tenant.customer.language, settings.PUBLIC_URL, str(uuid7())
        )
        chief = tenant.administrator
        self._simulator.type_card(frame.ref, holder=chief.name, behaviour=tenant.card, year=self.now.year + 3)
        sign_contract(
            signup_id=draft.id,
            customer=tenant.customer,
            administrator=chief,
            accepted=quote_of(draft, now=at).fingerprint,
            frame_ref=frame.ref,
            address="203.0.113.7",
            buyer_id=self._chief(),
            sandbox=tenant.sandbox,
            moment=Moment(clock.now(), at),
        )

    def _chief(self) -> UUID | None:
        """The administrator, when they have an account already: then they contract signed in.

        Whose payment is not confirmed yet would have none before it is: this one gets theirs first, to show that page.
        """
        chief, at = self.tenant.administrator, self._signs_at
        if self.tenant.shares:
            known_before = people.find_person(chief.email)
            return None if known_before is None else known_before.id
        person, _new = identity.ensure_person(
            email=chief.email, name=chief.name, language=self.tenant.customer.language, now=at
        )
        return person.id

    @use_case
    def _join(self, colleague: Colleague) -> None:
        language, at = self.tenant.customer.language, self._signs_at
        person, _new = identity.ensure_person(
            email=colleague.email, name=colleague.name, language=language, now=at
        )
        customer_id = self.contract.customer_id
        if customer_id not in {one.customer_id for one in people.memberships(person.id)}:
            identity.add_member(
                person_id=person.id,
                customer_id=customer_id,
                profile=colleague.profile,
                actor="demo",
                now=at,
            )


def known(tenant: Tenant) -> ContractInfo | None:
    """The tenant's contract, when it was made before."""
    for one in customers.named(country=tenant.customer.country, legal_name=tenant.customer.legal_name):
        return next(iter(contracts.list_for_customer(one.id)), None)
    return None
