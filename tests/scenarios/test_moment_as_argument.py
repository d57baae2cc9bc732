"""No rule reads a clock: all of a month comes true at moments that are only said (TIM-1)."""

from __future__ import annotations

from datetime import date

import pytest

import tests.scenarios.paying
import tests.world
from abono.domain.invoicing import queries as invoices
from abono.domain.metering.rules import SendingState
from abono.flows import due_work
from abono.flows.check_books import overdue_renewals
from abono.kernel.moment import Moment
from abono.platform import clock
from tests.books import check_books
from tests.scenarios.paying import interim, pay
from tests.scenarios.test_cycles import JULY_1
from tests.scenarios.test_limits import LATER, block, state_of
from tests.world import DAY, HOUR, bigger, make_padaria


@pytest.fixture
def no_clock(monkeypatch):
    """Whoever reads the clock is found; the tests' own helpers say that real time is the story's."""

    def read():
        raise AssertionError("a rule read the clock")

    monkeypatch.setattr(clock, "now", read)
    for module in (tests.world, tests.scenarios.paying):
        monkeypatch.setattr(module, "moment", lambda now: Moment(now, now))


@pytest.mark.rule("TIM-1", part="an argument")
def test_a_contract_lives_two_months_while_nobody_can_read_a_clock(gateway, no_clock):
    padaria = make_padaria()
    block(padaria)
    invoice_id = interim(padaria)
    assert pay(padaria, invoice_id).paid
    assert bigger(padaria, now=LATER + HOUR).paid
    for day in range(62):
        due_work.run_due_work(now=LATER + day * DAY, real=LATER + day * DAY)

    assert padaria.contract.cycle_number == 2
    assert state_of(padaria, at=JULY_1 + 31 * DAY).sending_state is SendingState.OK
    issued = [(one.reason.value, one.due_date) for one in invoices.list_for_customer(padaria.customer_id)]
    assert issued[::-1] == [
        ("first", date(2026, 6, 1)),
        ("interim", date(2026, 6, 3)),
        ("change", date(2026, 6, 3)),
        ("renewal", date(2026, 7, 1)),
        ("renewal", date(2026, 8, 1)),
    ]
    assert check_books() == []
    assert overdue_renewals(now=LATER + 61 * DAY) == []
    assert [finding.where for finding in overdue_renewals(now=LATER + 93 * DAY)] == [str(padaria.contract_id)]
