"""Whichever flow asks a card for money: where the answer is lost after it was taken, nobody is charged twice (PAY-7).

What was taken is counted in the gateway's own book.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

import abono
from abono.domain.payments.errors import PaymentUnderWay
from abono.domain.payments.models import Attempt
from abono.flows.payment_links.pay import pay_by_link
from abono.kernel.money import Money
from abono.platform import clock
from tests.books import check_books
from tests.payment_links import make
from tests.scenarios.paying import card, interim, pay
from tests.scenarios.taking_back import unpaid_renewal
from tests.scenarios.test_cycles import JULY_1
from tests.scenarios.test_limits import LATER, block
from tests.work import ask_gateways, renew_due
from tests.world import DAY, HOUR, begin_signup, bigger, change, make_padaria, moment, sign

type Press = Callable[[], object]


def signing() -> Press:
    signup_id = begin_signup()
    return lambda: sign(signup_id=signup_id, card="lost")


def raising_the_package() -> Press:
    padaria = _padaria()
    return lambda: bigger(padaria, now=LATER)


def changing_the_plan() -> Press:
    padaria = _padaria()
    return lambda: change(padaria, plan="expert", now=LATER)


def buying_licences() -> Press:
    padaria = _padaria()
    return lambda: change(padaria, licences=2, now=LATER)


def paying_the_overage() -> Press:
    padaria = _padaria()
    block(padaria)
    overage = interim(padaria)
    return lambda: pay(padaria, overage)


def renewing() -> Press:
    padaria = _padaria()
    return lambda: renew_due(now=JULY_1, customer_id=padaria.customer_id)


def trying_again() -> Press:
    padaria = make_padaria()
    unpaid_renewal(padaria)
    card(padaria, "lost", now=JULY_1)
    return lambda: renew_due(now=JULY_1 + 10 * DAY)


def paying_what_was_declined() -> Press:
    padaria = make_padaria()
    declined = unpaid_renewal(padaria)
    card(padaria, "lost", now=JULY_1)
    return lambda: pay(padaria, declined.id, now=JULY_1 + HOUR)


def paying_by_a_link() -> Press:
    padaria = make_padaria()
    owed = Money(unpaid_renewal(padaria).total_minor, "BRL")
    link = make(padaria)
    return lambda: pay_by_link(link_id=link.id, frame_ref="lost", accepted=owed, moment=moment(JULY_1 + HOUR))


FLOWS = {
    signing: ["flows/signup/first_invoice.py", "flows/signup/sign.py"],
    raising_the_package: ["flows/changes/accept.py"],
    changing_the_plan: ["flows/changes/accept.py"],
    buying_licences: ["flows/changes/accept.py"],
    paying_the_overage: ["entrypoints/portal/financial/invoice.py", "entrypoints/api/invoices/payments.py"],
    renewing: ["flows/collecting/collect.py"],
    trying_again: ["flows/collecting/collect.py"],
    paying_what_was_declined: ["entrypoints/portal/financial/invoice.py"],
    paying_by_a_link: ["flows/payment_links/pay.py"],
}
"""Each with the files of ours that ask a card in it."""


def _padaria():  # type: ignore[no-untyped-def]
    """Its second card is charged and nobody hears of it."""
    padaria = make_padaria()
    card(padaria, "lost")
    return padaria


@pytest.mark.rule("PAY-7", part="asked until known")
@pytest.mark.rule("PAY-7", part="never repeated blindly")
@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.__name__)
def test_money_whose_answer_was_lost_is_taken_once_however_often_it_is_pressed(gateway, flow):
    press = flow()
    press()
    asked = Attempt.objects.get(state="unknown")
    for _impatient in range(2):
        with suppress(PaymentUnderWay):  # so they are told
            press()

    for hours in (1, 2, 24):
        ask_gateways(real=clock.now() + hours * HOUR)
        renew_due(now=max(JULY_1, asked.created_at) + hours * HOUR)

    attempts = {str(attempt.id): attempt for attempt in Attempt.objects.select_related("invoice")}
    taken = Counter(attempts[key].invoice.title for key in gateway.book)
    assert set(taken.values()) == {1}
    assert attempts[str(asked.id)].invoice.state == "paid"
    assert gateway.book[str(asked.id)] == asked.amount_minor
    assert check_books() == []


def test_every_place_that_asks_a_card_is_lived_here():
    asks = re.compile(r"\b(charge_invoice|begin_charge)\(|collecting\.charge import [^\n]*\bbegin\b")
    folder = Path(abono.__file__).parent
    found = {
        file.relative_to(folder).as_posix() for file in folder.rglob("*.py") if asks.search(file.read_text())
    }
    found -= {"flows/collecting/charge.py"}  # where it is defined
    assert found == {file for files in FLOWS.values() for file in files}
