"""Everything that locks rows of one customer, at once: nobody waits for ever, and every coin is in the books once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from random import Random

import pytest
from django.db.models import Sum

from abono.domain.invoicing.models import Invoice
from abono.domain.metering import queries as metering
from abono.domain.payments import queries as payments
from abono.domain.payments.errors import LastCard, NoSuchMethod, PaymentUnderWay
from abono.domain.payments.models import Attempt
from abono.flows.check_books import check_books
from abono.flows.collecting.charge import charge_invoice
from abono.flows.due_work import run_due_work
from abono.flows.limits.interim import issue_interim
from abono.flows.limits.tell_thresholds import tell_thresholds
from abono.flows.wallet import remove_card, save_card
from abono.kernel.errors import Refusal
from abono.platform import clock
from tests.concurrency.test_flows import LATER, at_once
from tests.examples import by_day, first_by_day
from tests.fakes import FakeGateway
from tests.scenarios.test_cycles import JULY_1
from tests.work import ask_gateways, renew_due
from tests.world import HOUR, Tenant, bigger, load_catalog, make_padaria, moment, quote, use

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = by_day(8, full=12)
ROUNDS = 6
SOON = clock.now() + HOUR  # every charge without an answer may be asked about


@pytest.fixture(autouse=True)
def catalog(gateway: FakeGateway) -> None:
    load_catalog()


def change_card(padaria: Tenant, frame: str) -> None:
    """Another card pays from now on; of those before it only what is charged at this moment stays."""
    for card in payments.wallet(padaria.customer_id):
        with suppress(LastCard, PaymentUnderWay, NoSuchMethod):
            remove_card(customer_id=padaria.customer_id, method_id=card.id, actor="ana", now=LATER)
    save_card(customer_id=padaria.customer_id, frame_ref=frame, use=True, actor="ana", now=LATER)


def deeds(padaria: Tenant, dice: Random) -> list[Callable[[], object]]:
    """What people, programs and the schedule may do to one customer, around the end of its first cycle."""
    who = {"contract_id": padaria.contract_id, "customer_id": padaria.customer_id}
    now = dice.choice([LATER, JULY_1 - timedelta(seconds=1), JULY_1, JULY_1 + HOUR])

    def pay() -> None:
        for invoice in Invoice.objects.filter(customer_id=padaria.customer_id, state="pending"):
            charge_invoice(
                invoice_id=invoice.id,
                customer_id=padaria.customer_id,
                method_id=None,
                off_session=False,
                actor="ana",
                moment=moment(now),
            )

    def card() -> None:
        change_card(
            padaria, f"{dice.choice(['ok', 'ok', 'lost', 'vanish', 'decline:balance'])}#{dice.random()}"
        )

    return [
        pay,
        card,
        lambda: renew_due(now=now),
        lambda: issue_interim(**who, actor="ana", now=now),
        lambda: quote(padaria, package="brl-500", now=now),
        lambda: bigger(padaria, dice.choice(["brl-250", "brl-500"]), now=now),
        lambda: ask_gateways(real=SOON),
        lambda: tell_thresholds(),
        lambda: use(padaria.contract_id, 40, at=now),
    ]


@pytest.mark.rule("PAY-7", "PKG-6", "INV-4")
@pytest.mark.parametrize("seed", first_by_day(range(3)))
def test_all_flows_of_one_customer_at_once_end_and_leave_clean_books(
    gateway: FakeGateway, caplog: pytest.LogCaptureFixture, seed: int
) -> None:
    padaria = make_padaria()
    use(padaria.contract_id, 364)

    def live(number: int) -> None:
        dice = Random(f"{seed}:{number}")
        for _round in range(ROUNDS):
            try:
                dice.choice(deeds(padaria, dice))()
            except Refusal:
                continue

    at_once(live, threads=THREADS)
    ask_gateways(real=SOON)
    change_card(padaria, "ok#last")
    run_due_work(now=JULY_1 + HOUR)

    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
    assert check_books() == []
    assert not Attempt.objects.filter(state__in=["created", "unknown"]).exists()
    paid = Invoice.objects.filter(state="paid").aggregate(sum=Sum("total_minor"))["sum"]
    assert sum(gateway.book.values()) == paid


@pytest.mark.rule("CHG-5", "CHG-8")
@pytest.mark.parametrize("again", first_by_day(range(4)))
def test_hands_that_raise_to_different_packages_pay_for_the_biggest_alone(
    gateway: FakeGateway, again: int
) -> None:
    padaria = make_padaria()
    at_once(lambda n: bigger(padaria, ["brl-250", "brl-500", "brl-1000"][n % 3], now=LATER))
    value_minor = padaria.contract.package_value_minor
    assert value_minor > 100_00
    assert sum(gateway.book.values()) == 1_349_00 + value_minor - 100_00
    balance = metering.balance(contract_id=padaria.contract_id, at=LATER)
    assert balance.value_micro == value_minor * 10_000
    assert not Attempt.objects.exclude(state="paid").exists()
    assert check_books() == []
