"""Contracts in force are moved to newer versions in a batch, at their next cycles, exactly as previewed (CAT-5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

import pytest

from abono.domain.catalog import actions as catalog_actions
from abono.domain.catalog import reader
from abono.domain.contracts import actions as contract_actions
from abono.domain.contracts import batches, terms
from abono.domain.contracts.errors import BatchStale, NoSuchBatch, NothingToMove
from abono.domain.contracts.models import BatchLine
from abono.domain.contracts.states import Arranged, State
from abono.domain.interactions import actions as interactions
from abono.domain.interactions.types import ContactEvent
from abono.domain.invoicing.models import InvoiceLine
from abono.domain.metering import queries as metering
from abono.domain.notices.models import Email
from abono.domain.notices.queries import list_for
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import PRICE_KEPT_MONTHS
from abono.flows import locks
from abono.flows.arrangements.arrange import Asked, arrange
from abono.flows.billing.project import project_invoice
from abono.flows.billing.renew import renew
from abono.flows.changes.withdraw import withdraw_change
from abono.flows.price_moves.apply import apply_move
from abono.flows.price_moves.effects import moved
from abono.flows.versions.kind import VERSIONS
from abono.flows.versions.preview import effects, preview_versions
from abono.kernel.ids import uuid7
from abono.kernel.periods import local_date
from abono.platform.models import Event
from tests import sql
from tests.books import check_books
from tests.scenarios.years import a_year, sell_by_the_year
from tests.versions import new_versions
from tests.world import CATALOG, DAY, HOUR, JUNE_1, Tenant, bigger, change, make_luna, make_padaria, use

JULY_1 = datetime.fromisoformat("2026-07-01T03:00:00+00:00")  # midnight in São Paulo: the second cycle
AUGUST_1 = datetime.fromisoformat("2026-08-01T03:00:00+00:00")
LATER = JUNE_1 + 2 * HOUR


def preview(*, plan: str = "specialist", package: str = "brl-100", now: datetime = LATER) -> UUID:
    return preview_versions(plan_code=plan, package_code=package, actor="olga", now=now)


def billed(invoice_id: UUID | None) -> dict[str, int]:
    lines = InvoiceLine.objects.filter(invoice_id=invoice_id)
    return {line.kind: line.amount_minor for line in lines}


@pytest.fixture
def padaria(gateway: object) -> Tenant:
    tenant = make_padaria()
    new_versions()
    return tenant


@pytest.mark.rule("CAT-5", part="moved in a batch after a preview")
def test_a_preview_says_what_each_pays_before_and_after_and_moves_nobody(padaria: Tenant) -> None:
    make_luna()  # in dollars: of the same plan, not of the package
    found = {one.contract_id: one for one in effects(preview())}
    assert len(found) == 2
    mine = found[padaria.contract_id]
    assert (mine.before.minor, mine.after.minor, mine.difference.minor) == (700_00, 750_00, 50_00)
    assert [str(one) for one in mine.plans] == ["specialist v1", "specialist v2"]
    assert (str(mine.packages[1]), str(mine.day)) == ("brl-100 v2", "2026-07-01")
    assert mine.dearer > 0
    assert mine.cheaper == 0
    before = padaria.contract
    renew(contract_id=padaria.contract_id, now=JULY_1)
    assert (padaria.contract.plan_id, padaria.contract.package_id) == (before.plan_id, before.package_id)
    assert not list(Event.objects.filter(name__in=["contract.versions_promised", "contract.terms_changed"]))


@pytest.mark.rule("CAT-5", part="moved in a batch after a preview")
def test_what_was_previewed_happens_at_the_next_cycle_and_not_before(padaria: Tenant) -> None:
    batch_id = preview()
    assert apply_move(VERSIONS, batch_id, actor="person:olga", now=LATER) is True
    assert use(padaria.contract_id, 1, at=LATER + HOUR)[0].price_micro == 550_000
    assert padaria.contract.plan_id == BatchLine.objects.get(batch_id=batch_id).plan_before_id
    coming = project_invoice(contract_id=padaria.contract_id)
    assert coming is not None
    assert coming.total.minor == 750_00

    # a send of the first instant of the cycle, before anybody renewed
    assert use(padaria.contract_id, 1, at=JULY_1)[0].price_micro == 605_000
    invoice_id = renew(contract_id=padaria.contract_id, now=JULY_1 + HOUR)
    assert billed(invoice_id) == {"plan": 650_00, "package": 100_00}
    after = BatchLine.objects.get(batch_id=batch_id)
    assert (padaria.contract.plan_id, padaria.contract.package_id) == (
        after.plan_after_id,
        after.package_after_id,
    )
    balance = metering.balance(contract_id=padaria.contract_id, at=JULY_1 + DAY)
    assert balance.included_interactions == 400
    assert check_books() == []

    [promised] = Event.objects.filter(name="contract.versions_promised")
    assert promised.before == {
        "plan": "specialist v1",
        "package": "brl-100 v1",
        "extra_licences": 0,
        "monthly_minor": 700_00,
    }
    assert promised.after == {
        "plan": "specialist v2",
        "package": "brl-100 v2",
        "extra_licences": 0,
        "monthly_minor": 750_00,
    }
    assert promised.actor == "person:olga"
    [changed] = Event.objects.filter(name="contract.terms_changed")
    assert changed.after == {"plan": "specialist v2", "package": "brl-100 v2", "extra_licences": 0}


@pytest.mark.rule("CAT-5", part="moved in a batch after a preview")
@pytest.mark.rule("LNG-1", part="e-mails")
def test_each_customer_is_told_the_day_and_the_amounts(padaria: Tenant) -> None:
    apply_move(VERSIONS, preview(), actor="olga", now=LATER)
    for language, title, figure in (
        ("en", "Your contract goes on with new conditions on 1 July 2026", "R$700.00 → R$750.00"),
        ("pt-br", "Seu contrato continua com novas condições em 1 de julho de 2026", "R$\xa0700,00 → R$\xa0750,00"),
        ("es", "Tu contrato sigue con nuevas condiciones desde el 1 de julio de 2026", "R$\xa0700,00 → R$\xa0750,00"),
    ):  # fmt: skip
        [notice] = [one for one in list_for(padaria.customer_id, language) if one.kind == "versions_change"]
        assert (notice.wording.title, notice.wording.figure) == (title, figure)
    assert Email.objects.filter(notice__kind="versions_change").exists()


@pytest.mark.rule("CAT-5", part="moved in a batch after a preview")
def test_applied_twice_it_is_done_once(padaria: Tenant) -> None:
    batch_id = preview()
    assert apply_move(VERSIONS, batch_id, actor="olga", now=LATER) is True
    assert apply_move(VERSIONS, batch_id, actor="olga", now=LATER + HOUR) is False
    assert Event.objects.filter(name="contract.versions_promised").count() == 1
    with pytest.raises(NothingToMove):  # who waits is in no other preview
        preview()
    with pytest.raises(NoSuchBatch):
        apply_move(VERSIONS, uuid7(), actor="olga", now=LATER)


def _raised(padaria: Tenant) -> None:
    bigger(padaria, now=LATER + HOUR)


def _renewed(padaria: Tenant) -> None:
    renew(contract_id=padaria.contract_id, now=JULY_1)


def _ending(padaria: Tenant) -> None:
    with locks.contract(padaria.contract_id) as contract:
        contract_actions.move(contract, State.ENDING, actor="ana", reason="asked", now=LATER + HOUR)


def _yet_newer(_padaria: Tenant) -> None:
    catalog_actions.apply(catalog=reader.read(CATALOG), actor="olga", now=LATER + HOUR)


def _own_price(padaria: Tenant) -> None:
    own = Asked(Arranged.PLAN, 590_000_000, local_date(JULY_1, "America/Sao_Paulo"), "agreed")
    arrange(contract_id=padaria.contract_id, asked=own, actor="olga", now=LATER + HOUR)


def _in_another_batch(padaria: Tenant) -> None:
    apply_move(VERSIONS, preview(package=""), actor="olga", now=LATER + HOUR)


@pytest.mark.rule("CAT-5", part="moved in a batch after a preview")
@pytest.mark.parametrize("meanwhile", [_raised, _renewed, _ending, _yet_newer, _own_price, _in_another_batch])
def test_if_anything_moved_meanwhile_nothing_is_done_for_anybody(padaria: Tenant, meanwhile: object) -> None:
    luna = make_luna()
    batch_id = preview()
    assert callable(meanwhile)
    meanwhile(padaria)
    told = Event.objects.filter(name="contract.versions_promised").count()
    with pytest.raises(BatchStale):
        apply_move(VERSIONS, batch_id, actor="olga", now=LATER + 2 * HOUR)
    assert Event.objects.filter(name="contract.versions_promised").count() == told
    assert batches.get(batch_id).applied_at is None
    if meanwhile is not _in_another_batch:
        assert not terms.ahead().filter(contract_id=luna.contract_id).exists()


@pytest.mark.rule("CAT-5", part="moved in a batch after a preview")
def test_after_its_cycle_has_ended_a_preview_is_stale_although_nobody_renewed(padaria: Tenant) -> None:
    batch_id = preview()
    with pytest.raises(BatchStale):
        apply_move(VERSIONS, batch_id, actor="olga", now=JULY_1)


@pytest.mark.rule("CAT-5", part="moved in a batch after a preview")
def test_a_package_that_the_customer_raises_while_it_waits_stays_as_they_chose_it(padaria: Tenant) -> None:
    apply_move(VERSIONS, preview(), actor="olga", now=LATER)
    bigger(padaria, now=LATER + DAY)  # the newest version of BRL 250
    invoice_id = renew(contract_id=padaria.contract_id, now=JULY_1)
    assert billed(invoice_id) == {"plan": 650_00, "package": 250_00}
    assert padaria.contract.package_code == "brl-250"
    balance = metering.balance(contract_id=padaria.contract_id, at=JULY_1)
    assert (balance.value_micro, balance.included_interactions) == (250_000_000, 400)
    assert check_books() == []


@pytest.mark.rule("CAT-5", part="moved in a batch after a preview")
@pytest.mark.rule("INT-6", part="billed at the extra price on the next invoice")
def test_what_was_used_before_costs_what_the_old_version_said(padaria: Tenant) -> None:
    apply_move(VERSIONS, preview(), actor="olga", now=LATER)
    _talk(padaria, 501, JULY_1 - DAY)
    assert billed(renew(contract_id=padaria.contract_id, now=JULY_1))["extra_interactions"] == 3_00
    _talk(padaria, 1, JULY_1 - HOUR, told=JULY_1 + DAY)  # late, still of June
    _talk(padaria, 401, JULY_1 + 2 * DAY)
    lines = InvoiceLine.objects.filter(
        invoice_id=renew(contract_id=padaria.contract_id, now=AUGUST_1), kind="extra_interactions"
    )
    assert sorted(line.amount_minor for line in lines) == [3_00, 4_00]


def _talk(padaria: Tenant, count: int, at: datetime, *, told: datetime | None = None) -> None:
    interactions.observe(
        [
            ContactEvent(padaria.contract_id, uuid7(), uuid7(), "webchat", "contact_message", at, told or at)
            for _ in range(count)
        ]
    )


@pytest.mark.rule("CAT-5", part="moved in a batch after a preview")
@pytest.mark.rule("OPS-2", part="proves the books")
def test_a_promise_that_was_not_kept_is_found(padaria: Tenant) -> None:
    apply_move(VERSIONS, preview(), actor="olga", now=LATER)
    renew(contract_id=padaria.contract_id, now=JULY_1)
    sql.run("UPDATE contracts_contract SET term_id = (SELECT id FROM contracts_term WHERE position = 1)")
    assert [finding.what for finding in check_books()] == [
        "contract is not on the terms that hold in its cycle"
    ]


@pytest.mark.rule("CAT-13", part="price moves keep to it")
@pytest.mark.rule("CAT-13", part="twelve months: default")
@pytest.mark.rule("CAT-13", part="twelve months: other")
@pytest.mark.parametrize(
    ("months", "day", "waits"),
    [
        (12, "2027-06-01", "kept"),  # contracted on 1 June 2026
        ("CL 0, BR 6", "2026-12-01", "kept"),
        ("CL 0", "2027-06-01", "kept"),  # of countries that are not named: twelve
        (0, "2026-07-01", None),
    ],
)
def test_a_price_does_not_rise_before_its_months_are_over(
    padaria: Tenant, months: object, day: str, waits: str | None
) -> None:
    set_value(setting=PRICE_KEPT_MONTHS, value=months, actor="olga", why="a test", now=LATER)
    batch_id = preview()
    [mine] = effects(batch_id)
    assert (str(mine.day), mine.waits) == (day, waits)
    apply_move(VERSIONS, batch_id, actor="olga", now=LATER)
    paid, at = 700_00, JULY_1
    while paid == 700_00:
        at = padaria.contract.cycle_end or JULY_1
        paid = sum(billed(renew(contract_id=padaria.contract_id, now=at)).values())
    assert (paid, str(local_date(at, "America/Sao_Paulo"))) == (750_00, day)
    assert use(padaria.contract_id, 1, at=at)[0].price_micro == 605_000
    assert check_books() == []


@pytest.mark.rule("CAT-13", part="30 days' notice and preview")
def test_a_rise_is_told_thirty_days_before_and_what_is_cheaper_comes_at_once(padaria: Tenant) -> None:
    [told] = effects(preview(now=LATER + DAY))  # 29 days before 1 July
    assert (str(told.day), told.waits) == ("2026-08-01", "notice")
    batch_id = preview()  # of 1 June, exactly 30 before
    assert str(effects(batch_id)[0].day) == "2026-07-01"
    with pytest.raises(BatchStale):  # and a day later it would be told too late
        apply_move(VERSIONS, batch_id, actor="olga", now=LATER + DAY)
    assert not Event.objects.filter(name="contract.versions_promised").exists()
    shipped = reader.read(CATALOG)
    plans = [
        replace(one, prices=tuple(replace(p, price_minor=550_00) for p in one.prices))
        for one in shipped.plans
    ]
    catalog_actions.apply(catalog=replace(shipped, plans=tuple(plans)), actor="olga", now=LATER + HOUR)
    [less] = effects(preview(package="", now=LATER + 20 * DAY))
    assert (str(less.day), less.waits, less.difference.minor) == ("2026-07-01", None, -50_00)


@pytest.mark.rule("CAT-5", part="moved in a batch after a preview")
@pytest.mark.rule("CAT-10", part="the rest monthly")
def test_a_plan_by_the_year_is_no_part_of_what_a_month_costs(gateway: object) -> None:
    """6,000.00 a year become 6,600.00: 50.00 more a month, for a second person, and nothing of the monthly 100.00."""
    padaria = a_year()
    set_value(setting=PRICE_KEPT_MONTHS, value=0, actor="olga", why="a test", now=LATER)
    sell_by_the_year(now=LATER, dearer=600_00)
    batch_id = preview(package="", now=LATER + DAY)
    [mine] = effects(batch_id)
    assert (mine.before.minor, mine.after.minor, str(mine.day)) == (100_00, 100_00, "2027-06-01")
    assert [one.minor for one in mine.years] == [6_000_00, 6_600_00]
    assert [one.minor for one in moved(effects(batch_id))] == [50_00]
    apply_move(VERSIONS, batch_id, actor="olga", now=LATER + DAY)
    [told] = [one for one in list_for(padaria.customer_id, "en") if one.kind == "versions_change"]
    assert "costs R$6,600.00 a year, channel package R$100 and extra licences R$100.00 a month" in " ".join(
        told.wording.body
    )
    assert padaria.contract.interval == "year"


@pytest.mark.rule("CAT-5", part="moved in a batch after a preview")
@pytest.mark.rule("CAT-11", part="own prices")
def test_a_price_of_its_own_that_is_to_begin_by_then_is_what_it_pays(padaria: Tenant) -> None:
    own = Asked(Arranged.PLAN, 590_000_000, local_date(AUGUST_1, "America/Sao_Paulo"), "agreed")
    arrange(contract_id=padaria.contract_id, asked=own, actor="olga", now=LATER)
    batch_id = preview(now=LATER + DAY)  # too late for 1 July
    [mine] = effects(batch_id)
    apply_move(VERSIONS, batch_id, actor="olga", now=LATER + DAY)
    renew(contract_id=padaria.contract_id, now=JULY_1)
    paid = sum(billed(renew(contract_id=padaria.contract_id, now=AUGUST_1)).values())
    assert paid == 690_00
    assert (mine.before.minor, mine.after.minor) == (700_00, paid)


@pytest.mark.rule("CAT-13", part="price moves keep to it")
@pytest.mark.rule("CHG-3")
def test_what_was_promised_for_a_later_cycle_stays_when_a_step_down_is_withdrawn(gateway: object) -> None:
    padaria = make_padaria(package="brl-250")
    new_versions()
    set_value(setting=PRICE_KEPT_MONTHS, value=2, actor="olga", why="a test", now=LATER)
    apply_move(VERSIONS, preview(package=""), actor="olga", now=LATER)
    accepted = change(padaria, package="brl-100", now=LATER + HOUR)
    withdraw_change(
        change_id=accepted.change_id, customer_id=padaria.customer_id, actor="ana", now=LATER + 2 * HOUR
    )
    for day, paid in ((JULY_1, 850_00), (AUGUST_1, 900_00)):
        assert sum(billed(renew(contract_id=padaria.contract_id, now=day)).values()) == paid
