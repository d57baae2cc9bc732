"""The world that the demo begins with: one organization in each state, made through use cases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.test import TestCase, override_settings
from pytest_django.plugin import DjangoDbBlocker

from abono.demo import bank, life, world
from abono.demo.cards import Simulator
from abono.demo.cast import PASSWORD, TENANTS, log_ins
from abono.demo.life import Life, known
from abono.domain.billing_runs import queries as runs
from abono.domain.contracts.types import ContractInfo
from abono.domain.customers import queries as customers
from abono.domain.identity import queries as people
from abono.domain.identity.types import Profile
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import Reason
from abono.domain.licences import queries as licences
from abono.domain.licences.types import Spell, Used
from abono.domain.metering import queries as metering
from abono.domain.notices.models import Email, Notice
from abono.domain.payments import queries as payments
from abono.domain.payments import refunds, registry
from abono.domain.payments.pushed import requests
from abono.domain.payments.states import RequestState
from abono.domain.payments.states import State as AttemptState
from abono.flows.check_books import check_books
from abono.flows.due_work import tell_thresholds, work_off
from abono.kernel.due import Means
from abono.kernel.periods import local_date
from abono.platform import clock
from abono.platform.models import Event
from tests import stand_ins
from tests.pushes import SLIP_BANK
from tests.world import load_catalog

pytestmark = pytest.mark.django_db  # what a test changes is taken back after it, the world after all of them

# The same people with a fraction of the use: what matters here is their state.
SMALLER = {"brl-500": "brl-100", "brl-250": "brl-100", "usd-100": "usd-20", "usd-50": "usd-20"}
SMALL = [replace(tenant, package=SMALLER.get(tenant.package, tenant.package)) for tenant in TENANTS]
NOW = clock.now()


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with stand_ins.start_simulator(tmp_path_factory.mktemp("simulator")) as running:
        options = {"base_url": running.url, "secret": running.secret, "public_url": running.url}
        adapter = "abono.gateways.simulator.adapter.SimulatorGateway"
        pix = {"base_url": running.url, "secret": running.secret}
        gateways = {
            "simulator": {"adapter": adapter, "options": options},
            "simulator_pix": {"adapter": "abono.gateways.simulator.pix.SimulatorPix", "options": pix},
            bank.NAME: {"adapter": SLIP_BANK, "options": json.loads(bank.ACCOUNT)},
        }
        by = {"pix": "simulator_pix", "slip": bank.NAME}
        with override_settings(GATEWAYS=gateways, PUSH_GATEWAYS=by):
            registry.gateway.cache_clear()
            yield Simulator(running.url, running.secret)
            registry.gateway.cache_clear()


@pytest.fixture(scope="module")
def made(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, simulator: Simulator
) -> Iterator[dict[str, ContractInfo]]:
    """The world, small, for all tests of this file; contracts by the name of their tenant."""
    with django_db_blocker.unblock():
        atomics = TestCase._enter_atomics()
        try:
            load_catalog()
            world.make(SMALL, simulator=simulator, now=NOW)
            yield {tenant.slug: contract for tenant in SMALL if (contract := known(tenant))}
        finally:
            TestCase._rollback_atomics(atomics)


def sending(contract: ContractInfo) -> str:
    return metering.balance(contract_id=contract.id, at=clock.now()).sending_state.value


def states_of_invoices(contract: ContractInfo) -> list[tuple[str, str]]:
    """Reason and state, oldest first."""
    found = invoices.list_for_customer(contract.customer_id)
    return [(one.reason.value, one.state.value) for one in reversed(found)]


@pytest.mark.rule("CON-6", "INV-4", "OPS-2")
def test_there_is_an_organization_in_each_state_and_the_books_agree(made, simulator):
    assert {slug: contract.state.value for slug, contract in made.items()} == {
        tenant.slug: {
            "prisma": "pending",
            "atelie": "ended",
            "oficina": "restricted",
            "academia": "ending",
        }.get(tenant.slug, "active")
        for tenant in TENANTS
    }
    assert (made["academia"].ends_at, sending(made["academia"])) == (made["academia"].cycle_end, "overage")
    running = {slug: sending(one) for slug, one in made.items() if one.state.value == "active"}
    assert running == {
        "padaria": "ok",
        "luna": "ok",
        "clinica": "warning",
        "livraria": "overage",
        "transportes": "blocked",
        "faro": "ok",
        "grafica": "ok",
        "floricultura": "ok",
        "confeitaria": "ok",
    }
    first, renewed = ("first", "paid"), ("renewal", "paid")
    assert states_of_invoices(made["padaria"]) == [first, renewed, renewed]
    assert states_of_invoices(made["luna"]) == [first, renewed, renewed]
    assert states_of_invoices(made["transportes"]) == [first, renewed, renewed, ("interim", "pending")]
    assert states_of_invoices(made["faro"]) == [first, ("renewal", "pending")]
    assert states_of_invoices(made["oficina"]) == [first, ("renewal", "pending")]
    assert states_of_invoices(made["grafica"]) == [first, ("renewal", "pending")]
    assert states_of_invoices(made["floricultura"]) == [first, ("renewal", "pending")]
    assert states_of_invoices(made["academia"]) == [first]
    assert states_of_invoices(made["prisma"]) == []
    [parked] = invoices.drafts(reasons=[Reason.RENEWAL])
    assert (parked.contract_id, parked.parked_why) == (made["clinica"].id, "Desconto combinado por telefone?")
    [back] = refunds.of_invoices([one.id for one in invoices.list_for_customer(made["atelie"].customer_id)])
    assert back.state.value == "done"
    assert check_books() == []

    [slip] = requests.of_invoice(invoices.pending(customer_id=made["grafica"].customer_id)[0].id)
    assert (slip.means, slip.state) == (Means.SLIP, RequestState.PAYABLE)
    charge = invoices.find(made["prisma"].id, key="first")
    assert payments.newest_attempt(charge.id).state is AttemptState.UNKNOWN
    paid = sum(invoice.total_minor for one in made.values() for invoice in _paid(one))
    assert sum(move["amount_minor"] for move in simulator.book()) == paid + back.amount.minor


def _paid(contract: ContractInfo) -> list[invoices.InvoiceDetail]:
    return [one for one in invoices.list_for_customer(contract.customer_id) if one.state.value == "paid"]


def test_numbers_run_with_the_days_and_nothing_lies_in_the_future(made):
    contracts = sorted(made.values(), key=lambda one: one.number)
    assert [one.signed_at for one in contracts] == sorted(one.signed_at for one in contracts)
    issued = [one for contract in contracts for one in invoices.list_for_customer(contract.customer_id)]
    numbered = sorted(issued, key=lambda one: one.title)
    for sandbox in (False, True):  # paper of a sandbox has a series of its own
        moments = [one.issued_at for one in numbered if one.sandbox is sandbox]
        assert moments
        assert moments == sorted(moments)
        assert moments[-1] <= clock.now()


@pytest.mark.rule("TIM-4")
@pytest.mark.parametrize(
    "now",
    [
        datetime(2027, 1, 1, 0, 5, tzinfo=UTC),
        datetime(2027, 3, 31, 12, tzinfo=UTC),
        datetime(2028, 2, 29, 23, 59, tzinfo=UTC),
        datetime(2027, 4, 30, 11, 10, tzinfo=UTC),
        datetime(2026, 11, 1, 6, 30, tzinfo=UTC),
    ],
)
def test_on_any_day_each_life_begins_with_its_contract_and_ends_now(made, simulator, monkeypatch, now):
    monkeypatch.setattr(life, "known", lambda tenant: None)
    for tenant in TENANTS:
        steps = list(Life(tenant, simulator=simulator, now=now).steps())
        moments = [step.at for step in steps]
        assert moments == sorted(moments), tenant.slug
        assert moments[-1] <= now, tenant.slug
        renewals = [step for step in steps if "_renew" in str(step.do)]
        assert len(renewals) == max(0, len(tenant.shares) - 1), tenant.slug


@pytest.mark.rule("LIC-10", part="peak")
def test_people_come_and_go_and_on_a_busy_day_there_are_more_of_them_than_licences(made):
    padaria, luna = (_licences(made[slug]) for slug in ("padaria", "luna"))
    hours = {at.hour for at, _peak in padaria.peaks}
    assert len(hours) == 10  # from eight to six in São Paulo; at six all are gone
    assert max(peak for _at, peak in padaria.peaks) == 10  # of twelve people
    assert (padaria.refused, luna.refused) == (True, False)
    assert {peak for _at, peak in luna.peaks} <= set(range(1, 7))


def _licences(contract: ContractInfo) -> Used:
    return licences.used(contract.id, since=NOW - timedelta(days=8), until=NOW, at=NOW)


def test_nothing_is_due_so_that_the_worker_has_nothing_to_catch_up(made):
    assert work_off(now=NOW) == 0
    assert tell_thresholds() == 0


@pytest.mark.rule("INV-1")
def test_each_renewal_is_that_of_a_billing_run_as_a_worker_has_it(made):
    renewed = Invoice.objects.filter(reason=Reason.RENEWAL.value)
    assert renewed.exists()
    assert not renewed.filter(billing_run_id=None).exists()
    seen = runs.page(limit=100)
    assert sum(one.done for one in seen) == renewed.count()
    assert all(one.ended_at is not None and not one.parked for one in seen)


@pytest.mark.rule("END-1", part="notices")
@pytest.mark.parametrize(
    ("slug", "told"),
    [
        ("padaria", []),
        ("faro", [("invoice_overdue", 3)]),
        ("oficina", [("invoice_overdue", 3), ("invoice_overdue", 7), ("contract_restricted", 10)]),
    ],
)
def test_whose_card_pays_no_renewal_is_told_and_at_last_restricted(made, slug, told):
    """Days of its cycle, at the first instant of each; the invoice was due on the first."""
    one, kinds = made[slug], ("invoice_overdue", "contract_restricted")
    zone = customers.get(one.customer_id).time_zone
    found = Notice.objects.filter(customer_id=one.customer_id, kind__in=kinds).order_by("created_at")
    first = local_date(one.cycle_start, zone)
    days = [(notice.kind, (local_date(notice.created_at, zone) - first).days) for notice in found]
    assert days == told


def test_only_mail_of_the_last_days_waits_for_the_inbox(made):
    waiting = Email.objects.filter(sent_at=None)
    assert waiting.exists()
    week = clock.now() - timedelta(days=10)  # a week of use is told at its end
    assert not waiting.filter(created_at__lt=week).exists()
    assert Email.objects.exclude(sent_at=None).count() > 3 * waiting.count()


def test_everybody_signs_in_with_the_printed_password_and_ana_belongs_to_two(made):
    for _name, _organization, email, _sees in log_ins():
        person = people.find_person(email)
        assert person.check_password(PASSWORD), email
    ana = people.find_person("ana@padaria.example")
    hers = [customers.get(one.customer_id).legal_name for one in people.memberships(ana.id)]
    assert hers == ["Padaria Sol Ltda.", "Confeitaria Lua Ltda."]
    profiles = {one.email: one.profile for one in people.members(made["padaria"].customer_id)}
    assert profiles["bruno@padaria.example"] is Profile.VIEWER
    assert profiles["carla@padaria.example"] is Profile.AGENT


def test_making_it_again_changes_nothing(made, simulator):
    assert world.is_made()
    before, book = everything(made), simulator.book()
    tomorrow = NOW + timedelta(days=1)
    world.make(SMALL, simulator=simulator, now=tomorrow)  # as after a start that was cut short
    assert everything(made) == before
    assert simulator.book() == book
    assert check_books() == []


def everything(made: dict[str, ContractInfo]) -> dict[str, object]:
    return {
        slug: (one.number, states_of_invoices(one), metering.cycles(one.id), _events(one), *_at_work(one))
        for slug, one in made.items()
    }


def _at_work(contract: ContractInfo) -> tuple[Used, list[Spell]]:
    spells = licences.spells(contract.id, since=NOW - timedelta(days=8), until=NOW, limit=100)
    return _licences(contract), spells


def _events(contract: ContractInfo) -> list[str]:
    found = Event.objects.filter(customer_id=contract.customer_id).order_by("id")
    return list(found.values_list("name", flat=True))
