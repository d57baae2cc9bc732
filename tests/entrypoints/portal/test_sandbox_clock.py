"""The clock of a sandbox on the page of its contract (TIM-2)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from abono.domain.contracts.states import State
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import Reason
from abono.entrypoints.portal.contracts import clock as clock_page
from abono.flows import due_work
from abono.flows.billing.project import project_invoice
from abono.kernel.ids import public
from abono.kernel.periods import local_date
from abono.platform.formats import long_day
from tests.entrypoints.portal.reading import hidden, signed_in, words
from tests.world import DAY, HOUR, make_padaria, use

PAGE = "/en/settings/contracts/"
CLOCK = "/en/settings/contracts/clock/"


@pytest.mark.rule("TIM-2", part="says what happened")
def test_advancing_to_the_next_cycle_tells_what_happened(signed_at):
    padaria = make_padaria(now=signed_at, sandbox=True)
    use(padaria.contract_id, 200, at=signed_at + HOUR)  # 110.00
    ana = signed_in("ana@padaria.example")
    projected = project_invoice(contract_id=padaria.contract_id)
    page = ana.get(CLOCK)
    assert "It cannot be turned back." in words(page)
    result = words(ana.post(CLOCK, {"to": hidden(page, "to")}, follow=True))
    assert "What happened" in result
    assert "The next cycle began" in result
    assert "R$0.00 of the package was left and is lost." in result
    assert "over R$710.00 was issued" in result  # 600 + 100 + 10 beyond
    assert "was paid: R$710.00" in result

    contract = padaria.contract
    assert contract.cycle_number == 1
    renewal = invoices.find(padaria.contract_id, key="cycle:1")
    assert renewal.reason is Reason.RENEWAL
    # What the page projected is what the renewal invoiced (FIN-5).
    assert [(line.kind, line.amount.minor) for line in projected.lines] == [
        (line.kind, line.amount_minor) for line in renewal.lines
    ]


@pytest.mark.rule("TIM-2", part="says what happened")
@pytest.mark.rule("END-3", part="cancel")
def test_of_a_cancelled_contract_the_clock_goes_to_its_end_and_the_last_day_is_one_day_everywhere(signed_at):
    padaria = make_padaria(now=signed_at, sandbox=True)
    ana, contract = signed_in("ana@padaria.example"), public("ctr", padaria.contract_id)
    ana.post(f"{PAGE}{contract}/cancel/", {"do": "cancel", "why": ""})
    cycle_end = padaria.contract.cycle_end
    last = long_day(cycle_end.date() - DAY, "en")  # it ends at midnight in São Paulo
    assert f"up to and including {last}" in words(ana.get(f"{PAGE}{contract}/cancel/"))
    page = ana.get(CLOCK)
    assert "Advance to the end of the contract" in words(page)
    assert "The contract ends then." in words(page)
    result = words(ana.post(CLOCK, {"to": hidden(page, "to")}, follow=True))
    assert padaria.contract.state is State.ENDED
    assert "next cycle" not in result
    assert "See the new cycle" not in result
    assert f"Ended on {last}" in words(ana.get(PAGE))


@pytest.mark.rule("TIM-2")
def test_the_same_press_twice_advances_once(signed_at):
    padaria = make_padaria(now=signed_at, sandbox=True)
    ana = signed_in("ana@padaria.example")
    to = hidden(ana.get(CLOCK), "to")
    ana.post(CLOCK, {"to": to})
    second = words(ana.post(CLOCK, {"to": to}, follow=True))
    assert padaria.contract.cycle_number == 1
    assert "Nothing new: the clock was there already." in second
    assert len(invoices.list_for_customer(padaria.customer_id)) == 2


@pytest.mark.rule("TIM-2", part="own clock")
def test_a_clock_goes_only_forward_and_not_too_far(signed_at):
    padaria = make_padaria(now=signed_at, sandbox=True)
    ana = signed_in("ana@padaria.example")
    for to in ("", "soon", "2026-13-41", "2026-12-01T00:00:00", "9999-12-31T00:00:00+00:00", "\0"):
        assert ana.post(CLOCK, {"to": to}).status_code == 422, to
    for day in ("", "soon", "2020-01-01", "9999-12-31", "0001-01-01"):
        assert ana.post(CLOCK, {"day": day}).status_code == 422, day
    assert padaria.contract.cycle_number == 0


@pytest.mark.rule("TIM-2", part="says what happened")
def test_a_clock_on_a_long_way_shows_how_far_it_is_and_goes_on(signed_at, monkeypatch):
    padaria = make_padaria(now=signed_at, sandbox=True)
    ana = signed_in("ana@padaria.example")
    monkeypatch.setattr(clock_page, "WITHIN_S", 0)
    day = local_date(padaria.contract.cycle_end, "America/Sao_Paulo") + timedelta(days=40)
    first = ana.post(CLOCK, {"day": day.isoformat()}, follow=True)
    assert "The clock is under way" in words(first)
    assert "<progress" in first.content.decode()
    assert padaria.contract.cycle_number == 1
    second = words(ana.post(CLOCK, {"to": hidden(first, "to")}, follow=True))
    assert padaria.contract.cycle_number == 2
    last = ana.post(CLOCK, {"to": hidden(first, "to")}, follow=True)
    assert "The clock is under way" in second
    assert "The clock is under way" not in words(last)
    assert words(last).count("Due: the next cycle begins") == 2
    assert words(last).count("Due: nothing") == 1
    assert "You were told: " in words(last)
    assert "(e-mail to ana@padaria.example, financeiro@padaria.example)" in words(last)


@pytest.mark.rule("TIM-2", part="says what happened")
def test_work_that_fails_is_told_where_the_clock_stopped(signed_at, monkeypatch):
    padaria = make_padaria(now=signed_at, sandbox=True)
    ana = signed_in("ana@padaria.example")

    def broken(entry, moment):
        raise ValueError("no disk left")

    monkeypatch.setitem(due_work._BY_NAME, "renew", broken)
    page = words(ana.post(CLOCK, {"to": padaria.contract.cycle_end.isoformat()}, follow=True))
    assert "The clock stopped on its way" in page
    assert "renew, try 1: ValueError: no disk left" in page
    assert "Try again, then go on" in page


@pytest.mark.rule("TIM-2")
def test_only_a_sandbox_has_a_clock_to_move(ana, padaria):
    assert "Sandbox clock" not in words(ana.get(PAGE))
    answer = ana.post(CLOCK, {"to": padaria.contract.cycle_end.isoformat()})
    assert answer.status_code == 409
    assert "Only a sandbox organization" in words(answer)
    assert padaria.contract.cycle_number == 0
