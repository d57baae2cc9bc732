"""A change is undone shortly after it, if nothing of it was used: money and allowances go back exactly (CHG-9)."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest

from abono.domain.contracts import changes
from abono.domain.contracts.errors import UndoLate, UndoLaterChange, UndoNothing, UndoTooOften, UndoUsed
from abono.domain.contracts.states import ChangeState
from abono.domain.credit import queries as credit
from abono.domain.invoicing.models import Invoice
from abono.domain.metering import actions as metering
from abono.domain.notices.models import Notice
from abono.flows.changes.undo import preview_undo, undo_change
from abono.flows.changes.withdraw import withdraw_change
from abono.flows.licences.said import Word
from abono.flows.limits.tell_thresholds import tell_thresholds
from tests import sql
from tests.books import check_books
from tests.domain.licences.office import Office
from tests.scenarios.taking_back import take_back
from tests.scenarios.test_change_plan import JUNE_19, newest
from tests.scenarios.test_cycles import JULY_1, lines_of
from tests.scenarios.test_limits import block, state_of
from tests.work import renew_due
from tests.world import HOUR, Tenant, accept, change, make_padaria, quote, use

MINUTE = timedelta(minutes=1)


@pytest.fixture
def padaria(gateway):
    return make_padaria()


def made(padaria: Tenant, *, now=JUNE_19, **wanted: str | int) -> UUID:
    asked = quote(padaria, now=now, **wanted)
    accept(padaria, asked, now=now)
    return asked


def undo(padaria: Tenant, change_id: UUID, *, now=JUNE_19 + MINUTE):
    return undo_change(change_id=change_id, customer_id=padaria.customer_id, actor="ana", now=now)


def stands(padaria: Tenant) -> dict[str, object]:
    return metering.stands(contract_id=padaria.contract_id, cycle_start=padaria.contract.cycle_start)


@pytest.mark.rule("CHG-9", part="goes back exactly")
@pytest.mark.rule("CHG-9", part="becomes credit")
@pytest.mark.parametrize(
    "wanted", [{"plan": "professional"}, {"package": "brl-250"}, {"plan": "expert", "package": "brl-500"}]
)
def test_money_and_allowances_go_back_exactly(padaria, gateway, wanted):
    use(padaria.contract_id, 200)  # 110.00: warned at 80 % and 100 %
    before, terms = stands(padaria), (padaria.contract.plan_code, padaria.contract.package_code)
    asked = made(padaria, **wanted)
    paid = newest(padaria).total_minor
    seen = preview_undo(change_id=asked, customer_id=padaria.customer_id, now=JUNE_19 + MINUTE)
    assert (seen.credit.minor, seen.until) == (paid, JUNE_19 + HOUR)

    for _ in range(2):
        assert undo(padaria, asked).state is ChangeState.UNDONE

    assert stands(padaria) == before
    assert (padaria.contract.plan_code, padaria.contract.package_code) == terms
    assert credit.balance(padaria.contract_id) == paid
    told = Notice.objects.get(kind="change_undone")
    assert told.facts["credit_minor"] == paid
    assert check_books() == []
    renew_due(now=JULY_1)
    july = newest(padaria)
    assert lines_of(july) == [("plan", 1, 600_00), ("package", 1, 100_00), ("overage", 1, 10_00)]
    assert july.credit_used_minor == min(paid, 710_00)
    assert check_books() == []


@pytest.mark.rule("CHG-9", part="nothing was used")
def test_what_was_used_at_the_new_price_stays(padaria):
    asked = made(padaria, package="brl-250")
    use(padaria.contract_id, 1, at=JUNE_19 + MINUTE)
    with pytest.raises(UndoUsed):
        undo(padaria, asked, now=JUNE_19 + 2 * MINUTE)
    assert padaria.contract.package_code == "brl-250"


@pytest.mark.rule("CHG-9", part="nothing was used")
def test_sends_at_the_same_price_go_on_and_stop_no_undo_of_a_plan(padaria):
    use(padaria.contract_id, 100)
    asked = made(padaria, plan="expert")  # of the same limit
    use(padaria.contract_id, 60, at=JUNE_19 + MINUTE)  # 88.00 of 100.00: warned at 80 %
    warned = stands(padaria)["warned"]
    undo(padaria, asked, now=JUNE_19 + 2 * MINUTE)
    after = stands(padaria)
    assert (after["included_interactions"], after["warned"]) == (500, warned)
    assert warned


@pytest.mark.rule("LIM-4")
def test_a_plan_of_the_same_limit_opens_no_blocked_sending_and_leaves_the_interim(padaria):
    block(padaria)
    tell_thresholds()
    waits = Invoice.objects.get(reason="interim")
    change(padaria, plan="expert", now=JUNE_19)
    assert state_of(padaria).blocked_at is not None
    waits.refresh_from_db()
    assert waits.state == "pending"


@pytest.mark.rule("CHG-9", part="nothing was used")
def test_interactions_above_the_old_total_stay(padaria):
    asked = made(padaria, plan="expert")
    sql.run("UPDATE metering_cycle SET interactions = 501 WHERE contract_id = %s", padaria.contract_id)
    with pytest.raises(UndoUsed):
        undo(padaria, asked)
    sql.run("UPDATE metering_cycle SET interactions = 500 WHERE contract_id = %s", padaria.contract_id)
    assert undo(padaria, asked).state is ChangeState.UNDONE


@pytest.mark.rule("CHG-9", part="nothing was used")
@pytest.mark.parametrize("wanted", [{"licences": 2}, {"plan": "expert"}], ids=["licences", "plan"])
def test_a_licence_above_the_old_number_stays_also_after_its_person_went(padaria, wanted):
    asked = made(padaria, **wanted)
    office = Office(padaria, now=JUNE_19 + MINUTE)
    office.fill(10)
    preview_undo(change_id=asked, customer_id=padaria.customer_id, now=office.now)
    office.claim("ana")
    office.leave("ana")
    for undoing in (preview_undo, partial(undo_change, actor="ana")):
        with pytest.raises(UndoUsed):
            undoing(change_id=asked, customer_id=padaria.customer_id, now=office.later(MINUTE).now)


@pytest.mark.rule("CHG-9", part="nothing was used")
def test_people_within_the_old_number_stop_no_undo(padaria):
    asked = made(padaria, licences=2)
    office = Office(padaria, now=JUNE_19 + MINUTE)
    office.fill(10)
    assert undo(padaria, asked, now=office.now).state is ChangeState.UNDONE
    assert office.claim("ana").word is Word.ALL_IN_USE


@pytest.mark.rule("CHG-9", part="own refusals")
def test_after_an_hour_or_another_change_it_is_too_late(padaria):
    asked = made(padaria, plan="expert")
    with pytest.raises(UndoLate):
        undo(padaria, asked, now=JUNE_19 + HOUR)
    later = made(padaria, plan="professional", now=JUNE_19 + MINUTE)
    with pytest.raises(UndoLaterChange):
        undo(padaria, asked, now=JUNE_19 + 2 * MINUTE)
    undo(padaria, later, now=JUNE_19 + 2 * MINUTE)
    assert padaria.contract.plan_code == "expert"
    assert undo(padaria, asked, now=JUNE_19 + 3 * MINUTE).state is ChangeState.UNDONE
    assert padaria.contract.plan_code == "specialist"
    assert check_books() == []


@pytest.mark.rule("CHG-9", part="own refusals")
def test_once_its_cycle_is_over_it_is_too_late_also_before_somebody_renewed(padaria):
    asked = made(padaria, plan="expert", now=JULY_1 - MINUTE)
    for look in (preview_undo, partial(undo_change, actor="ana")):
        with pytest.raises(UndoLate):
            look(change_id=asked, customer_id=padaria.customer_id, now=JULY_1)


@pytest.mark.rule("CHG-9", part="twice a cycle")
def test_a_third_change_of_a_cycle_is_not_undone(padaria):
    for _ in range(2):
        undo(padaria, made(padaria, plan="expert"))
    with pytest.raises(UndoTooOften):
        undo(padaria, made(padaria, plan="expert"))
    assert padaria.contract.plan_code == "expert"


def test_a_step_down_is_withdrawn_not_undone_and_one_of_both_goes_back_whole(padaria):
    down = made(padaria, plan="starter")
    with pytest.raises(UndoNothing):
        undo(padaria, down)
    made(padaria, package="brl-250")
    both = made(padaria, plan="expert", package="brl-100")
    assert changes.get(both).state == "scheduled"
    undo(padaria, both)
    assert state_of(padaria, at=JULY_1).value_micro == 250_000_000
    renew_due(now=JULY_1)
    assert (padaria.contract.plan_code, padaria.contract.package_code) == ("specialist", "brl-250")
    assert check_books() == []


@pytest.mark.rule("CHG-9", "CHG-4")
def test_a_change_on_the_last_minutes_of_a_day_is_undone_on_the_next_and_costs_nothing(padaria):
    late = JUNE_19.replace(hour=2, minute=45) + timedelta(days=1)  # 23:45 in São Paulo
    asked = made(padaria, plan="professional", now=late)
    undo(padaria, asked, now=late + 30 * MINUTE)
    renew_due(now=JULY_1)
    assert newest(padaria).total_minor == 700_00
    change(padaria, plan="professional", now=JULY_1 + HOUR)
    assert check_books() == []


@pytest.mark.rule("CHG-9", part="becomes credit")
@pytest.mark.parametrize("some", [100_00, 480_00])
def test_what_a_credit_note_took_back_of_a_change_is_not_given_back_twice(padaria, some):
    asked = made(padaria, plan="expert")  # 480.00: 720.00 less 240.00
    take_back(newest(padaria), (2, some), now=JUNE_19)
    seen = preview_undo(change_id=asked, customer_id=padaria.customer_id, now=JUNE_19 + MINUTE)
    assert seen.credit.minor == 480_00 - some
    undo(padaria, asked)
    assert Notice.objects.get(kind="change_undone").facts.get("credit_minor", 0) == 480_00 - some
    assert credit.balance(padaria.contract_id) == 480_00
    assert check_books() == []


@pytest.mark.rule("CHG-9", part="goes back exactly")
@pytest.mark.rule("CHG-3", part="withdrawn")
def test_what_held_at_once_is_undone_also_once_the_rest_was_withdrawn(padaria):
    before = stands(padaria)
    both = made(padaria, plan="starter", package="brl-250")
    whose = {"change_id": both, "customer_id": padaria.customer_id}
    withdraw_change(actor="ana", now=JUNE_19 + MINUTE, **whose)
    assert (padaria.contract.plan_code, padaria.contract.package_code) == ("specialist", "brl-250")
    assert preview_undo(now=JUNE_19 + 2 * MINUTE, **whose).credit.minor == 150_00
    assert undo(padaria, both, now=JUNE_19 + 2 * MINUTE).state is ChangeState.UNDONE
    assert stands(padaria) == before
    renew_due(now=JULY_1)
    assert (padaria.contract.plan_code, padaria.contract.package_code) == ("specialist", "brl-100")
    assert check_books() == []
    down = made(padaria, plan="starter", now=JULY_1 + HOUR)  # of which nothing ever held
    withdraw_change(change_id=down, customer_id=padaria.customer_id, actor="ana", now=JULY_1 + HOUR + MINUTE)
    with pytest.raises(UndoNothing):
        undo(padaria, down, now=JULY_1 + HOUR + MINUTE)
