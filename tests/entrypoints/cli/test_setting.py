"""`abono setting` shows what holds and for whom, as `set` reads it."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from abono.domain.settings.models import Value
from abono.entrypoints.api.events.events import recorded
from abono.kernel.ids import public
from abono.platform import events
from tests.pushes import slips_by_files
from tests.world import Tenant, make_padaria


@pytest.fixture
def padaria(db: None, gateway: object) -> Tenant:
    return make_padaria()


def setting(*words: str) -> str:
    out = StringIO()
    call_command("setting", *words, stdout=out)
    return out.getvalue()


def put(*words: str) -> None:
    assert setting("set", *words, "--why", "agreed by mail") == "set\n"


def test_the_list_shows_values_of_plans_and_contracts_and_those_to_come(padaria: Tenant) -> None:
    number = padaria.contract.number
    put("limit_percent", "50", "--plan", "professional")
    put("limit_percent", "unlimited", "--contract", number)
    put("overage_price_percent", "120", "--plan", "expert", "--since", "2030-01-01T00:00:00Z")
    said = setting("list")
    assert "limit_percent = as-wider  (LIM-1; for: plan, contract)" in said
    assert f"    plan professional = 50\n    contract {number} = unlimited\n" in said
    assert "    plan expert = 120  from 2030-01-01 00:00Z\n" in said
    put("limit_percent", "as-wider", "--plan", "professional")
    assert "plan professional = 50" not in setting("list")
    with pytest.raises(CommandError):
        setting("set", "limit_percent", "50", "--contract", "2026-999999-9", "--why", "no such")


@pytest.mark.parametrize("levels", ["package_80,limit_90", ""])
def test_what_the_list_shows_can_be_set_again(padaria: Tenant, levels: str) -> None:
    put("warn_levels", levels)
    [line] = [line for line in setting("list").splitlines() if line.startswith("warn_levels")]
    shown = line.partition(" = ")[2].partition("  ")[0]
    assert shown == (levels or "''")  # two quotes are nothing, for a shell
    put("warn_levels", shown.strip("'"))
    assert len({str(row.value) for row in Value.objects.all()}) == 1


def test_amounts_are_shown_as_they_are_typed(padaria: Tenant) -> None:
    assert "second_person_credit = BRL 5000, USD 1000  (ACC-5" in setting("list")
    put("second_person_credit", "BRL 5000, USD 2000")
    put("second_person_credit", "never")
    assert "second_person_credit = BRL 5000, USD 2000  everybody" in setting("history")


@pytest.mark.rule("PAY-4", part="bank files")
def test_accounts_of_a_setting_are_those_that_there_are(
    padaria: Tenant, bank: object, settings: object
) -> None:
    with pytest.raises(CommandError, match="No bank account is set up here"):
        put("remittances_at", "banco 17:00")
    put("remittances_at", "")
    slips_by_files(settings)
    put("remittances_at", "banco 9:30")
    for key, wrong in (("remittances_at", "banco 17:00, banca 17:00"), ("remittances_from", "banca 2")):
        with pytest.raises(CommandError, match=r"no bank account banca here\. There are: banco\."):
            put(key, wrong)
    assert "remittances_at = banco 09:30  (PAY-4" in setting("list")
    assert "remittances_from = ''  (PAY-4" in setting("list")


def test_history_and_events_name_a_contract_as_people_do(padaria: Tenant) -> None:
    number = padaria.contract.number
    put("limit_percent", "50", "--contract", number)
    put("limit_percent", "10", "--plan", "professional")
    told = setting("history", "limit_percent")
    assert f"limit_percent = 50  contract {number}  cli: agreed by mail" in told
    assert "limit_percent = 10  plan professional  cli: agreed by mail" in told
    changed = [one for one in events.page(customer_id=None, limit=99) if one.name == "setting.changed"]
    said = [recorded(one).data["of"] for one in changed]
    assert sorted(said) == sorted(["professional", public("ctr", padaria.contract_id)])


def test_for_whom_a_setting_can_be_is_said_in_words(padaria: Tenant) -> None:
    with pytest.raises(CommandError, match="limit_percent can only be set for one plan or one contract"):
        setting("set", "limit_percent", "50", "--why", "x")
    with pytest.raises(CommandError, match="hold_lasts can only be set for everybody"):
        setting("set", "hold_lasts", "PT6H", "--why", "x", "--plan", "professional")


@pytest.mark.django_db
def test_a_moment_may_be_written_with_any_offset_but_must_be_one_in_utc() -> None:
    put("warn_levels", "", "--since", "2030-01-01T00:00:00+20:00")  # PostgreSQL itself ends at 15:59
    assert "from 2029-12-31 04:00Z" in setting("list")
    for wrong in ("9999-12-31T23:00:00-15:00", "2030-02-30T00:00:00Z", "2030-01-01T00:00:00", "tomorrow"):
        with pytest.raises(CommandError, match="is no moment with its zone"):
            setting("set", "warn_levels", "", "--since", wrong, "--why", "no such")
    assert Value.objects.count() == 1
