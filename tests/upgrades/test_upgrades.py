"""Whoever runs a released version comes to this one with all that they have (OPS-5)."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from pytest_django import DjangoDbBlocker

from abono.domain.contracts.models import Contract
from abono.domain.identity import queries as people
from abono.domain.identity.models import Person
from abono.domain.invoicing.models import Invoice
from abono.domain.metering import queries as metering
from abono.entrypoints.cli.management.commands import migrate
from abono.flows.check_books import check_books
from abono.platform.models import Due, Event
from abono.platform.postgres import doors, roles, schema
from abono.platform.postgres.roles import Role
from tests.concurrency.own_database import leading_to
from tests.installed.conftest import database
from tests.upgrades import dumps
from tests.upgrades.shape import shape
from tests.work import renew_due
from tests.world import hold, settle

PAGES = {"es": "Inicio", "pt-br": "Início", "en": "Home"}


@pytest.mark.timeout(240)
@pytest.mark.rule("OPS-5", part="every released schema")
def test_a_released_version_with_its_data_becomes_this_one(installation: str, fresh: list[str]) -> None:
    call_command("migrate", interactive=False, verbosity=0)
    assert shape() == fresh
    assert schema.state() == schema.State((), (), (), empty=False)
    assert check_books() == []

    owed = Invoice.objects.filter(state="pending").exclude(reason="interim")
    taken_up = Due.objects.filter(kind="follow_up").values_list("subject", flat=True)
    assert set(taken_up) == set(owed.values_list("id", flat=True))

    padaria = Contract.objects.get(customer__legal_name="Padaria Sol Ltda.")
    lived_until = Event.objects.order_by("-happened_at")[0].happened_at
    before = metering.balance(contract_id=padaria.id, at=lived_until)
    now = lived_until + timedelta(seconds=1)
    ids, answers = hold(padaria.id, count=3, at=now)
    assert [answer.status.granted for answer in answers] == [True] * 3
    settle(padaria.id, ids[:2], at=now)
    after = metering.balance(contract_id=padaria.id, at=now)
    assert after.used_micro - before.used_micro == 2 * (after.held_micro - before.held_micro) > 0
    assert renew_due(now=padaria.cycle_end + timedelta(hours=1)) >= 1
    assert not Contract.objects.filter(state="restricted").exists()  # nobody before a word and a week (END-1)
    assert check_books() == []

    ana = Client()
    ana.force_login(Person.objects.get(id=people.find_person("ana@padaria.example").id))
    for language, title in PAGES.items():
        page = ana.get(f"/{language}/home/", follow=True).content.decode()
        assert f"<title>{title}" in page.replace("\n", "")


@pytest.mark.nightly
@pytest.mark.timeout(240)
def test_models_that_are_drawn_alone_make_the_tables_that_django_makes(
    fresh: list[str], django_db_blocker: DjangoDbBlocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "each_model_by_itself", nullcontext)
    with django_db_blocker.unblock(), database() as dsn, leading_to(dsn):
        call_command("migrate", interactive=False, verbosity=0)
        assert shape() == fresh


@pytest.mark.rule("OPS-5", part="every released schema")
def test_a_migration_that_was_released_is_never_edited() -> None:
    now = schema.prints()
    for version in dumps.released():
        assert dumps.file_of(version).exists(), (
            f"{version} is released: it needs its dump (docs/releasing.md)"
        )
        assert dumps.prints(dumps.read(version)).items() <= now.items(), version


@pytest.mark.django_db
@pytest.mark.rule("OPS-5", part="without stopping")
def test_statements_of_the_version_before_serve_on_and_older_ones_go() -> None:
    who = {"for_role": roles.named(Role.METER), "not_for": roles.named(Role.WEB)}
    said = {"0.1.7": "SELECT 1", "0.1.9": "SELECT 2", "0.1.10": "SELECT 3"}
    for version, statement in said.items():
        doors.make({"made_up": statement}, **who)
        with connection.cursor() as cursor:
            cursor.execute(f"COMMENT ON FUNCTION {doors.named('made_up', statement)}() IS '{version}'")
    doors.make({"made_up": "SELECT 4"}, **who)
    with connection.cursor() as cursor:
        cursor.execute("SELECT proname FROM pg_proc WHERE proname ^@ 'door_made_up'")
        there = {name for (name,) in cursor.fetchall()}
    assert there == {doors.named("made_up", statement) for statement in ("SELECT 3", "SELECT 4")}
