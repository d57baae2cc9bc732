"""What the highest number of licences in use beyond those owned costs in each cycle (LIC-4)."""

from __future__ import annotations

from datetime import datetime

import pytest

from abono.domain.contracts.models import Contract
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import LineKind
from abono.domain.invoicing.types import Calculation, LineDetail
from abono.domain.licences import queries
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import CYCLE_BEGINS
from abono.domain.settings.licences import LICENCES_OVER_PERCENT
from abono.domain.settings.trials import TRIAL_DAYS
from abono.domain.settings.types import Setting
from tests import sql
from tests.domain.licences.office import MINUTE, Office
from tests.work import renew_due
from tests.world import DAY, HOUR, JUNE_1, Tenant, change, load_catalog, make_padaria, sign

JUNE_15, JULY_1, JULY_15, AUGUST_1 = (
    datetime.fromisoformat(f"2026-{day}T03:00Z") for day in ("06-15", "07-01", "07-15", "08-01")
)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("gateway"),
    pytest.mark.rule("LIC-4", part="when all are in use: other"),
]


@pytest.fixture(autouse=True)
def _unlimited() -> None:
    load_catalog()
    choose(LICENCES_OVER_PERCENT, "unlimited")


def choose(setting: Setting[object], value: object) -> None:
    set_value(setting=setting, value=value, actor="olga", why="a test", now=JUNE_1 - DAY)


def billed(office: Office) -> list[LineDetail]:
    """For it, by the newest invoice."""
    [newest, *_earlier] = invoices.list_for_customer(office.tenant.customer_id)
    return [one for one in invoices.get(newest.id).lines if one.kind is LineKind.LICENCE_PEAK]


def test_in_a_part_of_a_month_it_costs_the_share_of_its_days_and_what_is_known_later_the_rest():
    choose(CYCLE_BEGINS, "month")
    office = Office(make_padaria(now=JUNE_15 + 4 * DAY), JUNE_15 + 4 * DAY + HOUR)  # 12 of 30 days are left
    office.fill(12)
    renew_due(now=JULY_1)
    [line] = billed(office)
    assert (line.amount_minor, line.calculation) == (172_00, Calculation(215_00, 12, 30, 2))
    sql.run("UPDATE licences_peak SET peak = 13, over = 3")  # of a host whose clock is behind
    office.now = JULY_1 + HOUR
    office.fill(11)
    renew_due(now=AUGUST_1)
    assert [(one.quantity, one.amount_minor) for one in billed(office)] == [(1, 86_00), (1, 215_00)]


def test_in_a_trial_it_costs_what_extra_licences_do_nothing():
    choose(TRIAL_DAYS, 14)
    signed = sign()
    office = Office(Tenant(signed.customer_id, signed.contract_id, {}))
    office.fill(12)
    renew_due(now=JUNE_15)
    assert billed(office) == []
    office.now = JUNE_15 + HOUR
    office.fill(12)
    renew_due(now=JULY_15)
    assert [(one.quantity, one.amount_minor) for one in billed(office)] == [(2, 430_00)]


def test_who_is_in_when_a_cycle_begins_counts_in_it_though_the_first_who_is_heard_of_goes():
    office = Office(make_padaria())
    office.now = office.tenant.contract.cycle_end - MINUTE
    office.fill(12)
    office.later(MINUTE).leave("p00")
    assert queries.most_over(office.tenant.contract_id, since=office.now, until=office.now + DAY) == 2


def test_a_cycle_that_begins_within_an_hour_has_a_peak_of_its_own():
    office = Office(make_padaria())
    office.fill(11)
    began = office.later(MINUTE).now
    Contract.objects.filter(id=office.tenant.contract_id).update(cycle_start=began)  # by a change
    office.beat("p00")
    office.claim("ana")
    for since, over in ((began - HOUR, 1), (began, 2)):
        assert queries.most_over(office.tenant.contract_id, since=since, until=since + HOUR) == over


def test_who_is_in_still_when_a_contract_does_not_run_any_more_counts_for_no_cycle_before():
    office = Office(make_padaria())
    change(office.tenant, licences=2, now=office.now)
    change(office.tenant, licences=0, now=office.now)  # from the next cycle on
    office.now = office.tenant.contract.cycle_end - MINUTE
    office.fill(12)
    Contract.objects.filter(id=office.tenant.contract_id).update(state="restricted")
    office.later(MINUTE).leave("p00")
    assert queries.most_over(office.tenant.contract_id, since=JUNE_1 - DAY, until=office.now + DAY) == 0
