"""A contract is given back while somebody else presses too, and while all else happens to it: every coin goes back once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

import pytest

from abono.domain.contracts.states import Arranged, State
from abono.domain.credit import queries as credit
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import FiscalType
from abono.domain.invoicing.types import LineCredit
from abono.domain.metering import queries as metering
from abono.domain.metering.types import HoldStatus
from abono.domain.notices.models import Notice
from abono.domain.payments.models import Attempt
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import REGRET_WITHIN, REVIEW_FOR
from abono.flows.arrangements.arrange import Asked, arrange
from abono.flows.billing.review import issue_reviewed
from abono.flows.changes.undo import undo_change
from abono.flows.check_books import check_books
from abono.flows.corrections.credit_note import issue_credit_note
from abono.flows.coupons.redeem import redeem_coupon, take_back_coupon
from abono.flows.due_work import run_due_work
from abono.flows.endings.regret import Regret, regret
from abono.flows.limits.interim import issue_interim
from abono.flows.one_off.draft import Written, seen, write_draft
from abono.flows.one_off.issue import issue_one_off
from abono.flows.wallet import save_card
from abono.kernel.errors import Refusal
from abono.kernel.ids import public, uuid7
from abono.platform import clock
from tests.concurrency.test_flows import at_once
from tests.concurrency.test_same_instant import while_it_waits
from tests.entrypoints.api.conftest import program
from tests.entrypoints.portal.reading import signed_in
from tests.examples import first_by_day
from tests.fakes import FakeGateway
from tests.scenarios.test_cycles import JULY_1
from tests.stories import made_coupon
from tests.work import ask_gateways, renew_due
from tests.world import (
    DAY,
    HOUR,
    JUNE_1,
    Tenant,
    bigger,
    hold,
    load_catalog,
    make_padaria,
    moment,
    quote,
    use,
)

pytestmark = pytest.mark.django_db(transaction=True)
SOON = clock.now() + HOUR  # every charge and every refund may be asked about
TRAINING = [Written("Training", 1, 12_340_000, FiscalType.SVA)]


@pytest.fixture(autouse=True)
def catalog(gateway: FakeGateway) -> None:
    load_catalog()
    for setting, value in ((REGRET_WITHIN, timedelta(days=90)), (REVIEW_FOR, timedelta(hours=36))):
        set_value(setting=setting, value=value, actor="olga", why="a test", now=JUNE_1 - DAY)


def give_back(tenant: Tenant, *, by: str = "ana", why: str = "", now: datetime = JULY_1) -> Regret:
    return regret(contract_id=tenant.contract_id, why=why, actor=by, moment=moment(now))


def all_went_back(gateway: FakeGateway, tenant: Tenant) -> None:
    ask_gateways(real=SOON)
    assert tenant.contract.state is State.ENDED
    assert sum(one.amount.minor for one in gateway.refunds.values()) == sum(gateway.book.values())
    assert credit.balance(tenant.contract_id) == 0
    assert invoices.unpaid_of(tenant.contract_id) == invoices.drafts_of(tenant.contract_id) == []
    assert not Attempt.objects.filter(state__in=["created", "unknown"]).exists()
    assert Notice.objects.filter(kind="contract_regretted").count() == 1
    assert check_books() == []


@pytest.mark.rule("CON-10", part="full refund in one press")
def test_many_who_give_it_back_at_once_are_told_the_same_and_each_charge_goes_back_once(
    gateway: FakeGateway,
) -> None:
    padaria = make_padaria()
    bigger(padaria, now=JUNE_1 + HOUR)
    hands = [
        {"by": "ana"},
        {"by": "person:beatriz"},
        {"by": "key:shop"},
        {"by": "olga", "why": "By telephone"},
    ]
    answers = at_once(lambda n: give_back(padaria, now=JUNE_1 + DAY, **hands[n % 4]))
    assert {(one.amount.minor, len(one.goes_back)) for one in answers if isinstance(one, Regret)} == {
        (1_499_00, 2)
    }
    assert len([one for one in answers if isinstance(one, Regret)]) == len(answers)
    at_once(lambda _n: ask_gateways(real=SOON), threads=4)
    assert sorted(one.amount.minor for one in gateway.refunds.values()) == [150_00, 1_349_00]
    all_went_back(gateway, padaria)


@pytest.mark.rule("CON-10", part="full refund in one press")
def test_a_page_and_a_program_at_once_are_told_the_same_and_the_money_goes_back_once(
    gateway: FakeGateway,
) -> None:
    padaria = make_padaria(now=clock.now() - HOUR)
    contract, sol = public("ctr", padaria.contract_id), program(padaria.customer_id, "read", "write")
    administrators = [signed_in("ana@padaria.example") for _ in range(2)]

    def press(number: int) -> int:
        if number % 2:
            return sol.post(f"/contracts/{contract}/regret", {}, once=f"key-{number}").status_code
        page = f"/en/settings/contracts/{contract}/regret/"
        return administrators[number // 2].post(page).status_code

    assert at_once(press, threads=4) == [302, 201, 302, 201]
    all_went_back(gateway, padaria)


@pytest.mark.rule("PKG-6", part="any number of callers")
@pytest.mark.parametrize("at", [JUNE_1 + DAY, JULY_1 + HOUR], ids=["this cycle", "the next"])
def test_who_sends_while_it_is_given_back_holds_nothing_afterwards(
    gateway: FakeGateway, at: datetime
) -> None:
    padaria = make_padaria()
    now = JUNE_1 + DAY + HOUR
    while_it_waits(lambda: hold(padaria.contract_id, at=at), lambda: give_back(padaria, now=now))
    assert [one.held_micro for one in metering.cycles(padaria.contract_id)] in ([0], [0, 0])
    _ids, [late] = hold(padaria.contract_id, at=at + DAY)
    assert late.status is HoldStatus.NO_CYCLE
    all_went_back(gateway, padaria)


def deeds(padaria: Tenant, dice: Random, draft: UUID, changed: UUID) -> list[Callable[[], object]]:
    """What may happen to a contract at the moment in which its cycle ends, and it is given back."""
    who = {"contract_id": padaria.contract_id, "actor": "olga", "now": JULY_1}
    [first, *_] = invoices.paid_of(padaria.contract_id)
    price = dice.choice([0, 12_340_000])
    add_on = Asked(Arranged.ADD_ON, price, since=date(2026, 7, 2), why="a test", name="Training")

    def looked_at() -> None:
        for one in invoices.drafts_of(padaria.contract_id):
            issue_reviewed(invoice_id=one, why="seen", actor="olga", now=JULY_1)

    return [
        lambda: renew_due(now=dice.choice([JULY_1, JULY_1 + 2 * DAY])),  # and what waited for its review
        looked_at,
        lambda: bigger(padaria, dice.choice(["brl-250", "brl-500"]), now=JULY_1),
        lambda: quote(padaria, plan="starter", now=JULY_1),
        lambda: undo_change(
            change_id=changed, customer_id=padaria.customer_id, actor="ana", now=JUNE_1 + 2 * HOUR
        ),
        lambda: issue_credit_note(
            invoice_id=first,
            lines=[LineCredit(1, dice.choice([1, 50_00]))],
            why="a test",
            actor="olga",
            now=JULY_1,
        ),
        lambda: redeem_coupon(code="sol10", **who),
        lambda: take_back_coupon(whole=True, why="a test", **who),
        lambda: arrange(asked=add_on, **who),
        lambda: issue_one_off(
            invoice_id=draft, accepted=seen(invoices.get(draft)), why="a test", actor="olga", now=JULY_1
        ),
        lambda: issue_interim(
            contract_id=padaria.contract_id, customer_id=padaria.customer_id, actor="ana", now=JULY_1
        ),
        lambda: use(padaria.contract_id, 40, at=JULY_1),
        lambda: save_card(
            customer_id=padaria.customer_id,
            frame_ref=f"{dice.choice(['ok', 'lost', 'decline:balance'])}#{dice.random()}",
            use=True,
            actor="ana",
            now=JULY_1,
        ),
        lambda: ask_gateways(real=SOON),
        lambda: give_back(padaria),
    ]


@pytest.mark.rule("CON-10", part="full refund in one press")
@pytest.mark.rule("PAY-13", part="proves the books")
@pytest.mark.parametrize("seed", first_by_day(range(40), 2))
def test_whatever_else_happens_at_that_moment_all_that_was_paid_goes_back_once(
    gateway: FakeGateway, caplog: pytest.LogCaptureFixture, seed: int
) -> None:
    made_coupon()
    padaria = make_padaria()
    changed = quote(padaria, licences=2, now=JUNE_1 + HOUR)
    draft = write_draft(contract_id=padaria.contract_id, named=uuid7(), lines=TRAINING, now=JUNE_1 + HOUR)

    def live(number: int) -> None:
        dice = Random(f"{seed}:{number}")
        for _round in range(4):
            try:
                dice.choice(deeds(padaria, dice, draft.id, changed))()
            except Refusal:
                continue

    at_once(live, threads=10)
    ask_gateways(real=SOON)
    give_back(padaria)
    run_due_work(now=JULY_1 + 3 * DAY)  # nothing of it is due any more

    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
    all_went_back(gateway, padaria)
