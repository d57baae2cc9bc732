"""Files for a bank that are written by themselves, carried on, and answered (PAY-4)."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import pytest

from abono.domain.identity.roles import Role
from abono.domain.notices.models import Email
from abono.domain.payments.files import bank_files, bank_orders
from abono.domain.payments.files.bank_files import APPLY
from abono.domain.payments.ports.push import Act
from abono.domain.payments.states import Did
from abono.domain.payments.tables.requested import PaymentRequest
from abono.domain.settings.actions import set_value
from abono.domain.settings.bank_files import REMITTANCES_AT, REMITTANCES_FROM
from abono.flows.bank_files.daily import NOBODY, WRITE, keep_schedule, next_at
from abono.flows.bank_files.given_up import tell_of_parked
from abono.flows.bank_files.remit import remit, to_ask
from abono.flows.bank_files.watch import fetch
from abono.gateways.simulator.slip_bank import answers
from abono.kernel.due import Means
from abono.platform import agenda
from tests.pushes import slips_by_files
from tests.scenarios.taking_back import unpaid_renewal
from tests.scenarios.test_bank_files import DAY, did, sent, taken
from tests.scenarios.test_requests import asked, paid
from tests.work import ask_gateways
from tests.world import make_colleague

pytestmark = [pytest.mark.rule("PAY-4", part="bank files"), pytest.mark.django_db]
FRIDAY = datetime(2026, 7, 3, 20, tzinfo=UTC)  # 17:00 in Sao Paulo
MONDAY = FRIDAY + timedelta(days=3)
NOON = datetime(2026, 7, 3, 15, tzinfo=UTC)


@pytest.fixture
def account(bank, settings):
    return slips_by_files(settings)


@pytest.fixture
def owing(padaria, account):
    return unpaid_renewal(padaria)


def choose(setting, value):
    set_value(
        setting=setting, value=value, actor="olga", why="so we do it", now=datetime(2026, 6, 1, tzinfo=UTC)
    )


def files():
    return [(one.number, one.lines, one.actor) for one in reversed(bank_files.newest())]


def test_it_is_written_at_its_time_on_bank_days_goes_on_with_the_numbers_of_before_and_says_nothing_for_nothing(
    padaria, owing
):
    choose(REMITTANCES_AT, "banco 17:00, other 09:00")
    choose(REMITTANCES_FROM, "banco 1234")
    keep_schedule(real=NOON)
    assert (
        agenda.find(WRITE.name, subject=NOBODY, key="banco").due_at == next_at("banco", real=NOON) == FRIDAY
    )
    ask_gateways(real=FRIDAY)
    assert files() == []  # nobody asked for a slip

    asked(padaria, owing.id, Means.SLIP)
    assert next_at("banco", real=FRIDAY) == MONDAY
    saturday = FRIDAY + timedelta(hours=12)
    assert next_at("banco", real=saturday) == MONDAY
    agenda.note(WRITE, subject=NOBODY, key="banco", due_at=FRIDAY, now=NOON)  # Friday's run was missed
    for moment in (saturday, MONDAY - timedelta(minutes=1)):
        keep_schedule(real=moment)
        ask_gateways(real=moment)
    assert files() == []
    assert agenda.find(WRITE.name, subject=NOBODY, key="banco").due_at == MONDAY
    late = MONDAY + timedelta(days=2)  # nothing ran for two days
    keep_schedule(real=late)
    for _machine in range(2):
        ask_gateways(real=late)
    assert files() == [(1234, 1, "system")]

    choose(REMITTANCES_AT, "banco 9:30")
    keep_schedule(real=late)
    assert next_at("banco", real=late) == datetime(2026, 7, 9, 12, 30, tzinfo=UTC)
    assert agenda.find(WRITE.name, subject=NOBODY, key="banco").due_at == next_at("banco", real=late)
    choose(REMITTANCES_AT, None)
    keep_schedule(real=late)
    assert agenda.find(WRITE.name, subject=NOBODY, key="banco") is None


def told():
    mails = Email.objects.filter(notice__kind="bank_file_waits").order_by("id")
    return [(mail.to_email, mail.notice.facts["what"], mail.notice.facts.get("orders")) for mail in mails]


def test_who_handles_money_is_told_once_of_a_file_that_nobody_fetches_or_answers(padaria, owing):
    for name, role in (("Otto Lang", Role.BILLING), ("Rita Melo", Role.READER)):
        make_colleague(name, role)
    otto = "otto@abono.example"
    asked(padaria, owing.id, Means.SLIP)
    file = remit(gateway="banco", actor="olga", real=FRIDAY)
    ask_gateways(real=MONDAY - timedelta(minutes=1))
    assert told() == []
    for _twice in range(2):
        ask_gateways(real=MONDAY)
    assert told() == [(otto, "not_fetched", None)]
    assert fetch(file_id=file.id, carries=True, actor="otto", real=MONDAY)[1] == bank_files.content(file.id)
    ask_gateways(real=MONDAY + timedelta(days=1))
    assert told() == [(otto, "not_fetched", None), (otto, "not_answered", 1)]

    taken(answers(bank_files.content(file.id), DAY, 31)[0])
    assert bank_orders.unanswered(file.id) == 0


def test_who_handles_money_is_told_once_that_files_are_not_written_any_more_or_lines_not_applied(
    padaria, owing
):
    make_colleague("Otto Lang", Role.BILLING)
    asked(padaria, owing.id, Means.SLIP)
    file, _new = taken(answers(bank_files.content(sent().id), DAY, 31)[0])
    agenda.park(APPLY, subject=file.id, key="2", reason="DataError: no such day")
    agenda.park(WRITE, subject=NOBODY, key="banco", reason="BankTakesNoFile: no wallet")
    assert [tell_of_parked(real=NOON) for _minute in range(2)] == [2, 0]
    mails = Email.objects.filter(notice__kind="bank_file_given_up").order_by("id").select_related("notice")
    assert [(one.to_email, one.notice.facts["why"], one.notice.link) for one in mails] == [
        ("otto@abono.example", "BankTakesNoFile: no wallet", "backoffice:bank-files"),
        ("otto@abono.example", "DataError: no such day", "backoffice:bank-file"),
    ]
    agenda.release_parked(real=NOON, kind=WRITE)
    agenda.withdraw(WRITE, subject=NOBODY, key="banco")
    agenda.park(WRITE, subject=NOBODY, key="banco", reason="once more")
    assert tell_of_parked(real=MONDAY) == 1


@pytest.mark.parametrize("at_bank", ["341", "756"])
def test_a_write_off_that_the_bank_refuses_is_asked_again_twice_and_then_left_to_a_person(
    padaria, bank, settings, at_bank
):
    make_colleague("Otto Lang", Role.BILLING)
    slips_by_files(settings, at_bank)
    owing = unpaid_renewal(padaria)
    slip = asked(padaria, owing.id, Means.SLIP)
    PaymentRequest.objects.filter(id=slip.id).update(payer=asdict(replace(slip.payer, name="Padaria STAYS")))
    taken(answers(bank_files.content(sent().id), DAY, 31)[0])
    paid(bank, asked(padaria, owing.id))
    for number in range(3):
        assert list(to_ask("banco").values()) == [Act.WRITE_OFF]
        [refused] = answers(bank_files.content(sent().id), DAY, 33 + number)
        file, _new = taken(refused)
        assert (did(file), told()) == (
            [Did.NOT_DONE],
            [("otto@abono.example", "not_written_off", None)] * (number == 2),
        )
    assert to_ask("banco") == {}
    assert [one.id for one in bank_orders.given_up("banco")] == [slip.id]
