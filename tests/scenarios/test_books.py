"""The command that proves the books: silent when they agree, precise when somebody cooked them."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection

from abono.domain.settings.actions import set_value
from abono.domain.settings.known import CHANGE_HELD_FOR, REVIEW_FOR
from abono.entrypoints.cli.management.commands import check_books as check_books_command
from abono.flows.check_books import check_nightly
from abono.flows.endings.regret import regret
from abono.kernel.ids import public, uuid7
from abono.platform.models import Event
from tests import sql
from tests.books import check_books
from tests.remembered import lately, remembered
from tests.scenarios.test_cycles import JULY_1
from tests.work import renew_due
from tests.world import DAY, HOUR, JUNE_1, accept, make_padaria, moment, quote, use


@pytest.fixture
def padaria(gateway):
    return _after_a_month(lately())


@remembered
def _after_a_month(now):
    tenant = make_padaria()
    use(tenant.contract_id, 200)
    renew_due(now=max(JULY_1, now))  # the command asks for what is overdue by the real clock
    return tenant


@pytest.mark.rule("OPS-2", part="proves the books")
def test_the_books_agree_after_a_month_of_use(padaria, capsys):
    assert check_books() == []
    call_command("check_books")
    assert "the books agree" in capsys.readouterr().out


COOKED = [
    ("UPDATE metering_cycle SET used_micro = used_micro - 550000 WHERE used_micro > 0", "used_micro"),
    ("UPDATE invoicing_invoice SET total_minor = total_minor + 1 WHERE number = 1", "sum of its lines"),
    ("UPDATE invoicing_invoice SET number = 907 WHERE number = 2", "have a gap"),
    ("UPDATE platform_counter SET value = 9 WHERE name = 'invoice:A'", "counter of a series"),
    ("UPDATE payments_attempt SET state = 'declined'", "without the money"),
    ("DELETE FROM platform_due WHERE kind = 'renew'", "renewal is not in the agenda"),
    ("UPDATE payments_attempt SET state = 'unknown'", "the agenda asks for none"),
    ("UPDATE metering_cycle SET cycle_end = cycle_end - '15 min'::interval", "the one before it ends"),
    (
        "UPDATE contracts_contract SET cycle_start = cycle_start - '1 day'::interval, cycle_end = now() - '61 min'::interval",
        "renewal is overdue",
    ),
]


@pytest.mark.rule("OPS-2", part="proves the books")
def test_a_cooked_book_is_found(padaria, capsys):
    for cook, what in COOKED:
        with sql.taken_back():
            sql.run("SET LOCAL session_replication_role = replica")  # past the guards of the tables
            sql.run(cook)
            with pytest.raises(CommandError):
                call_command("check_books")
            assert what in capsys.readouterr().err, cook


@pytest.mark.rule("OPS-2", part="proves the books")
@pytest.mark.parametrize(
    "cooked", ["refund SET amount_minor = amount_minor + 1", "attempt SET state = 'lost'"]
)
def test_more_that_goes_back_to_a_card_than_it_paid_is_found(gateway, cooked):
    padaria = make_padaria()
    regret(contract_id=padaria.contract_id, actor="ana", moment=moment(JUNE_1 + DAY))
    assert check_books() == []
    sql.run(f"UPDATE payments_{cooked}")
    assert "more goes back to a card than it paid" in {finding.what for finding in check_books()}


@pytest.mark.rule("OPS-2", part="proves the books")
def test_what_is_in_no_agenda_and_would_never_be_done_is_found(gateway):
    for setting, value in ((CHANGE_HELD_FOR, "approval"), (REVIEW_FOR, DAY)):
        set_value(setting=setting, value=value, actor="olga", why="a test", now=JUNE_1 - DAY)
    held, regretted = make_padaria(), make_padaria()
    regret(contract_id=regretted.contract_id, actor="ana", moment=moment(JUNE_1 + DAY))
    renew_due(now=JULY_1)
    accept(held, quote(held, package="brl-250", now=JULY_1 + HOUR), now=JULY_1 + HOUR)
    before = {finding.what for finding in check_books()}
    sql.run("DELETE FROM platform_due")
    assert {finding.what for finding in check_books()} - before == {
        "contract runs, and its end or its renewal is not in the agenda",
        "money is to go back and the agenda asks no gateway for it",
        "invoice is in review and the agenda never issues it",
        "change waits for somebody's word and never lapses",
    }


@pytest.mark.rule("OPS-2", part="proves the books")
def test_many_differences_of_one_kind_do_not_hide_another(gateway, capsys, monkeypatch):
    monkeypatch.setattr(check_books_command, "SHOWN", 1)
    for _twice in range(2):
        make_padaria()
    sql.run("SET LOCAL session_replication_role = replica")  # past the guards of the tables
    sql.run("UPDATE payments_attempt SET state = 'unknown'")
    with pytest.raises(CommandError):
        call_command("check_books")
    said = capsys.readouterr().err
    assert said.count("without the money") == said.count("the agenda asks for none") == 1


@pytest.mark.rule("OPS-2", part="nightly")
def test_a_night_that_finds_a_difference_leaves_an_event(padaria):
    assert check_nightly(now=JULY_1) == 0
    assert not Event.objects.filter(name="books.differ").exists()
    sql.run("UPDATE metering_cycle SET used_micro = used_micro - 550000 WHERE used_micro > 0")
    assert check_nightly(now=JULY_1) == 2  # and more was billed than that costs
    event = Event.objects.get(name="books.differ")
    assert (event.actor, event.data["differences"]) == ("system", 2)
    assert event.data["first"]["what"].startswith("used_micro")


@pytest.mark.rule("OPS-2", part="proves the books")
@pytest.mark.parametrize(
    "cooked", ["amount_minor = amount_minor + 1", "currency = 'USD'", "state = 'unknown'"]
)
def test_money_that_is_not_what_the_invoice_asks_for_is_found(padaria, cooked):
    sql.run(
        f"UPDATE payments_attempt SET {cooked}"
        " WHERE invoice_id = (SELECT id FROM invoicing_invoice WHERE number = 1)"
    )
    found = {finding.what for finding in check_books()}
    assert "invoice is paid without the money, or the money is there and it is not paid" in found
    assert found <= {
        "invoice is paid without the money, or the money is there and it is not paid",
        "charge has no clear answer and the agenda asks for none",  # of one that was made unclear by hand
        "clearing of the journal is not what gateways say",
    }


@pytest.mark.rule("OPS-2")
def test_one_contract_can_be_proven_alone(padaria, capsys):
    call_command("check_books", "--contract", public("ctr", padaria.contract_id))
    assert "the books agree" in capsys.readouterr().out
    sql.run("UPDATE metering_cycle SET used_micro = used_micro - 550000 WHERE used_micro > 0")
    call_command("check_books", "--contract", str(uuid7()))
    with pytest.raises(CommandError):
        call_command("check_books", "--contract", str(padaria.contract_id))


@pytest.mark.rule("INV-4")
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE invoicing_invoice SET total_minor = total_minor + 1 WHERE number = 1",
        "UPDATE invoicing_invoice SET buyer = '{}' WHERE number = 1",
        "DELETE FROM invoicing_invoice WHERE number = 1",
        "UPDATE invoicing_invoiceline SET amount_minor = 0",
        "DELETE FROM invoicing_invoiceline",
        """INSERT INTO invoicing_invoiceline SELECT (jsonb_populate_record(l, '{"id": 0, "position": 99}')).*
             FROM (SELECT l FROM invoicing_invoiceline l LIMIT 1) x""",
        "UPDATE contracts_move SET reason = 'another'",
        "DELETE FROM contracts_acceptance",
        "UPDATE platform_event SET actor = 'nobody'",
    ],
)
def test_the_database_refuses_to_change_what_was_issued_or_recorded(padaria, change):
    with pytest.raises(DatabaseError, match="never change"), connection.cursor() as cursor:
        cursor.execute(change)
