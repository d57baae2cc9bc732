"""An order that begins with a trial (INV-10): what is said before, and that nothing is charged."""

from __future__ import annotations

import pytest

from abono.domain.contracts.models import Contract
from abono.domain.invoicing.models import Invoice
from abono.domain.settings.actions import set_value
from abono.domain.settings.trials import TRIAL_DAYS
from abono.platform import clock
from tests.entrypoints.portal.reading import words
from tests.entrypoints.public.conftest import Browser, Till


@pytest.mark.rule("INV-10", part="trial: other")
def test_an_order_with_a_trial_says_what_comes_when_and_charges_nothing(browser: Browser, till: Till) -> None:
    set_value(setting=TRIAL_DAYS, value=14, actor="olga", why="to be tried", now=clock.now())
    prices = words(browser.get("/en/plans/?currency=BRL&plan=specialist&package=brl-100"))
    assert "First charge: R$1,349.00 after 14 free days" in prices
    assert "Today nothing: the first 14 days are a trial." in prices
    order = browser.ready_to_pay()
    page = words(browser.get(f"{order}pay/"))
    assert "Make the contract and begin the trial" in page
    assert "Today R$0.00 On" in page
    assert "Nothing is charged now. R$1,349.00 is charged to this card on" in page
    assert "you can send for 10% of the package at no cost" in page

    browser.pay(order)

    contract = Contract.objects.get()
    assert (contract.state, till.taken, Invoice.objects.count()) == ("active", [], 0)
    done = words(browser.get(f"{order}done/"))
    assert "Try it until" in done
    assert "Nothing is charged before" in done
