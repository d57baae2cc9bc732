"""Two of the seller, or the seller and its customer, press at once: one of them is done, once, and the other is told so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pytest

from abono.domain.contracts import arrangements, changes
from abono.domain.contracts.states import Arranged, ChangeState
from abono.domain.coupons import actions as coupons
from abono.domain.coupons.models import Redemption
from abono.domain.coupons.types import NewCoupon
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import FiscalType
from abono.domain.notices.models import Notice
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import CHANGE_HELD_FOR, REVIEW_FOR
from abono.flows.arrangements.arrange import Asked, arrange, end
from abono.flows.billing.review import issue_due, issue_reviewed, park_reviewed
from abono.flows.changes.confirm import approve_change, refuse_change
from abono.flows.changes.hold import lapse
from abono.flows.changes.undo import undo_change
from abono.flows.changes.withdraw import withdraw_change
from abono.flows.check_books import check_books
from abono.flows.coupons.redeem import redeem_coupon, take_back_coupon
from abono.flows.one_off.draft import Written, discard_draft, rewrite_draft, seen, write_draft
from abono.flows.one_off.issue import issue_one_off
from abono.kernel.errors import Refusal
from abono.kernel.ids import uuid7
from abono.platform.models import Event
from tests.concurrency.test_flows import THREADS, at_once
from tests.fakes import FakeGateway
from tests.scenarios.test_cycles import JULY_1
from tests.stories import made_coupon
from tests.work import renew_due
from tests.world import (
    DAY,
    HOUR,
    JUNE_1,
    PADARIA,
    accept,
    bigger,
    load_catalog,
    make_padaria,
    moment,
    quote,
    sign,
)

pytestmark = pytest.mark.django_db(transaction=True)
NOW = JUNE_1 + DAY
TRAINING = Written("Training", 1, 100_000_000, FiscalType.SVA)
ADD_ON = Asked(Arranged.ADD_ON, 90_000_000, since=date(2026, 6, 5), why="a test", name="Support")


@pytest.fixture(autouse=True)
def catalog(gateway: FakeGateway) -> None:
    load_catalog()


def done(answers: list[object]) -> int:
    return len([one for one in answers if not isinstance(one, Refusal)])


def in_turns(*acts: Callable[[], object], threads: int = THREADS) -> list[object]:
    return list(at_once(lambda n: acts[n % len(acts)](), threads=threads))


@pytest.mark.rule("INV-8", part="cycles, dates, conditions")
def test_a_coupon_for_two_contracts_is_given_to_two() -> None:
    new = NewCoupon(code="two", rate_micro=100_000, amounts=None, cycles=1, most=2, most_each=9)
    coupons.make(new, why="a test", actor="olga", now=JUNE_1)
    who = [sign(customer=PADARIA).contract_id for _ in range(6)]
    answers = at_once(
        lambda n: redeem_coupon(contract_id=who[n], code="two", actor="ana", now=NOW), threads=6
    )
    assert done(answers) == Redemption.objects.count() == 2


@pytest.mark.rule("INV-8", part="cycles, dates, conditions")
def test_a_contract_is_given_one_coupon_and_loses_it_once() -> None:
    padaria = make_padaria()
    for code in ("one", "two"):
        made_coupon(code)
    given = {"contract_id": padaria.contract_id, "actor": "ana", "now": NOW}
    assert done(in_turns(*(partial(redeem_coupon, code=code, **given) for code in ("one", "two")))) == 1
    assert done(in_turns(partial(take_back_coupon, whole=True, why="a test", **given))) == 1
    assert [one.position for one in Redemption.objects.order_by("position")] == [1, 2]
    renew_due(now=JULY_1)
    assert Invoice.objects.get(key="cycle:1").total_minor == 700_00


@pytest.mark.rule("INV-10", part="one-off")
@pytest.mark.parametrize("beside", ["discard", "rewrite", "issue"])
def test_a_one_off_invoice_is_issued_as_it_was_seen_or_not_at_all(gateway: FakeGateway, beside: str) -> None:
    padaria = make_padaria()
    named = uuid7()
    write = partial(write_draft, contract_id=padaria.contract_id, named=named, lines=[TRAINING], now=NOW)
    assert len({one.id for one in in_turns(write)}) == 1  # type: ignore[attr-defined]
    draft = write()
    issue = partial(
        issue_one_off, invoice_id=draft.id, accepted=seen(draft), why="a test", actor="olga", now=NOW
    )
    others = {
        "discard": partial(discard_draft, invoice_id=draft.id, now=NOW),
        "rewrite": partial(rewrite_draft, invoice_id=draft.id, lines=[TRAINING, TRAINING], now=NOW),
        "issue": issue,
    }
    in_turns(issue, others[beside])
    renew_due(now=NOW)
    found = Invoice.objects.get(id=draft.id)
    issued = found.number is not None
    assert (found.state, found.total_minor) in {
        "discard": [("paid", 100_00), ("cancelled", 100_00)],
        "rewrite": [("paid", 100_00), ("draft", 200_00)],
        "issue": [("paid", 100_00)],
    }[beside]
    assert sum(gateway.book.values()) == 1_349_00 + 100_00 * issued
    assert Notice.objects.filter(kind="invoice_issued").count() == issued
    assert check_books() == []


@pytest.mark.rule("INV-10", part="review: other")
def test_an_invoice_in_review_is_issued_once_or_parked(gateway: FakeGateway) -> None:
    set_value(setting=REVIEW_FOR, value=timedelta(hours=12), actor="olga", why="a test", now=JUNE_1)
    padaria = make_padaria()
    renew_due(now=JULY_1)
    [waits] = invoices.drafts_of(padaria.contract_id)
    told = {"invoice_id": waits, "why": "a test", "actor": "olga", "now": JULY_1 + DAY}
    in_turns(
        partial(issue_reviewed, **told),
        partial(park_reviewed, **told),
        partial(issue_due, invoice_id=waits, now=JULY_1 + DAY),
    )
    renew_due(now=JULY_1 + DAY)
    if not invoices.get(waits).title:  # parked first, and nobody issued it after that
        issue_reviewed(invoice_id=waits, why="a test", actor="olga", now=JULY_1 + DAY)
        renew_due(now=JULY_1 + DAY)
    assert Invoice.objects.get(id=waits).state == "paid"
    assert Event.objects.filter(name="invoice.issued", subject_id=waits).count() == 1
    assert sorted(gateway.book.values()) == [700_00, 1_349_00]
    assert check_books() == []


@pytest.mark.rule("CAT-11", part="own prices")
@pytest.mark.rule("CAT-11", part="add-ons")
def test_own_prices_of_two_at_once_are_one_and_an_add_on_pressed_often_is_one() -> None:
    padaria = make_padaria()
    given = {"contract_id": padaria.contract_id, "actor": "olga", "now": NOW}
    prices = [
        Asked(Arranged.PLAN, price, since=date(2026, 6, 5), why="a test") for price in (1_000_000, 2_000_000)
    ]
    assert done(in_turns(*(partial(arrange, asked=one, **given) for one in prices))) == 1
    named = replace(ADD_ON, named=uuid7())
    assert len({*in_turns(partial(arrange, asked=named, **given))}) == 1
    [plan, added] = sorted(
        arrangements.of_contract(padaria.contract_id), key=lambda one: one.kind.value != "plan"
    )
    last = {"arrangement_id": added.id, "last": date(2026, 7, 5), "why": "a test"}
    assert done(in_turns(partial(end, **last, **given))) == 1
    assert len(arrangements.of_contract(padaria.contract_id)) == 2
    renew_due(now=JULY_1)
    assert Invoice.objects.get(key="cycle:1").total_minor == plan.price.minor + 100_00 + 90_00


@pytest.mark.rule("CHG-6", part="the seller approves: other")
def test_a_change_that_waits_for_the_seller_has_one_answer(gateway: FakeGateway) -> None:
    set_value(setting=CHANGE_HELD_FOR, value="approval", actor="olga", why="a test", now=JUNE_1)
    padaria = make_padaria()
    asked = quote(padaria, package="brl-250", now=NOW)
    accept(padaria, asked, now=NOW)
    at = moment(NOW + HOUR)
    in_turns(
        partial(approve_change, change_id=asked, actor="olga", moment=at),
        partial(refuse_change, change_id=asked, why="a test", actor="otto", moment=at),
        partial(withdraw_change, change_id=asked, customer_id=padaria.customer_id, actor="ana", now=at.now),
        partial(lapse, change_id=asked, now=at.now + 8 * DAY),
    )
    change = changes.get(asked)
    applied = ChangeState(change.state) is ChangeState.APPLIED
    assert change.ended_at is not None
    assert sum(gateway.book.values()) == 1_349_00 + 150_00 * applied
    assert (padaria.contract.package_code == "brl-250") is applied
    ends = ["change.applied", "change.refused", "change.withdrawn", "change.lapsed"]
    assert Event.objects.filter(name__in=ends).count() == 1
    assert check_books() == []


@pytest.mark.rule("CHG-9", part="goes back exactly")
def test_a_change_is_undone_once_however_many_press(gateway: FakeGateway) -> None:
    padaria = make_padaria()
    asked = bigger(padaria, now=NOW).change_id
    undo = partial(
        undo_change, change_id=asked, customer_id=padaria.customer_id, actor="ana", now=NOW + HOUR / 2
    )
    assert done(in_turns(undo)) == THREADS
    assert Event.objects.filter(name="credit_note.issued").count() == 1
    assert padaria.contract.package_code == "brl-100"
    assert check_books() == []
