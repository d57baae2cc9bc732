"""Many at once against the real database: one contract, one charge, one invoice, and numbers without gaps."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from abono.domain.contracts import actions as signups
from abono.domain.contracts.models import Contract
from abono.domain.customers.models import Customer
from abono.domain.invoicing.errors import AmountChanged
from abono.domain.invoicing.models import Invoice
from abono.domain.metering import queries as metering
from abono.domain.notices.models import Notice
from abono.domain.settings.actions import set_value
from abono.domain.settings.trials import TRIAL_DAYS
from abono.flows.check_books import check_books
from abono.flows.collecting.charge import charge_invoice
from abono.flows.limits.interim import issue_interim
from abono.flows.limits.tell_thresholds import tell_thresholds
from abono.flows.signup import terms
from abono.flows.signup.quote import quote_of
from abono.kernel.errors import Refusal
from tests.concurrency.together import together
from tests.examples import by_day
from tests.scenarios.test_cycles import JULY_1
from tests.work import renew_due
from tests.world import DAY, JUNE_1, begin_signup, bigger, load_catalog, make_padaria, moment, sign, use

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = by_day(4, full=8)
LATER = JUNE_1 + DAY


@pytest.fixture(autouse=True)
def catalog(gateway):
    load_catalog()


def at_once[R](work: Callable[[int], R], *, threads: int = THREADS) -> list[R | Refusal]:
    """Run `work(n)` in threads that start together; a refusal is an answer, any other error a failure."""

    def run(number: int) -> R | Refusal:
        try:
            return work(number)
        except Refusal as refusal:
            return refusal

    return together(run, threads)


@pytest.mark.rule("CON-4", part="never a second charge")
@pytest.mark.rule("PAY-7", part="never repeated blindly")
def test_many_presses_of_the_button_make_one_contract_and_one_charge(gateway):
    signup_id = begin_signup()
    answers = at_once(lambda _n: sign(signup_id=signup_id))
    assert Contract.objects.count() == Customer.objects.count() == 1
    assert list(gateway.book.values()) == [1_349_00]
    assert {a.contract_id for a in answers if not isinstance(a, Refusal)} == {Contract.objects.get().id}
    assert [
        a for a in answers if isinstance(a, Refusal)
    ] == []  # who comes second is told what the first made
    assert check_books() == []


@pytest.mark.rule("CON-5", part="unique")
@pytest.mark.rule("INV-4", part="gapless")
@pytest.mark.rule("INV-10", part="trial: other")
def test_of_orders_of_an_organization_pressed_at_once_one_has_the_trial(gateway):
    set_value(setting=TRIAL_DAYS, value=14, actor="olga", why="to be tried", now=JUNE_1 - DAY)
    signups.keep_text(
        terms_hash=terms.fingerprint("pt-br"), text=terms.text("pt-br")
    )  # or they wait for that
    orders = [begin_signup() for _ in range(4)]
    seen = quote_of(signups.read_signup(orders[0]), now=JUNE_1).fingerprint
    answers = at_once(lambda n: sign(signup_id=orders[n % 4], accepted=seen))
    [contract] = Contract.objects.all()
    assert contract.trial_until is not None
    assert (gateway.calls, Invoice.objects.count()) == ([], 0)
    assert {type(one) for one in answers if isinstance(one, Refusal)} == {AmountChanged}
    assert {one.contract_id for one in answers if not isinstance(one, Refusal)} == {contract.id}


def test_contracts_made_at_once_have_numbers_without_gap_or_double():
    many = by_day(8, full=16)
    at_once(lambda n: sign(package=["brl-100", "brl-250"][n % 2]), threads=many)
    numbers = sorted(Invoice.objects.values_list("number", flat=True))
    assert numbers == list(range(1, many + 1))
    assert len(set(Contract.objects.values_list("number", flat=True))) == many
    assert check_books() == []


@pytest.mark.rule("INV-1", "INV-4")
def test_many_workers_renew_each_contract_once(gateway):
    padaria = make_padaria()
    use(padaria.contract_id, 200)
    at_once(lambda _n: renew_due(now=JULY_1 + 31 * DAY))  # two cycles are due
    totals = list(Invoice.objects.order_by("number").values_list("total_minor", flat=True))
    assert totals == [1_349_00, 710_00, 700_00]
    assert sorted(gateway.book.values()) == [700_00, 710_00, 1_349_00]
    assert check_books() == []


@pytest.mark.rule("LIM-3", "LIM-4", "PAY-7")
def test_many_hands_pay_one_interim_invoice_once(gateway):
    padaria = make_padaria()
    use(padaria.contract_id, 364)

    def press(_n: int) -> bool:
        invoice_id = issue_interim(
            contract_id=padaria.contract_id, customer_id=padaria.customer_id, actor="ana", now=LATER
        )
        return charge_invoice(
            invoice_id=invoice_id,
            customer_id=padaria.customer_id,
            method_id=None,
            off_session=False,
            actor="ana",
            moment=moment(LATER),
        ).paid

    answers = at_once(press)
    assert [a for a in answers if a is True] == [True]
    assert sum(gateway.book.values()) == 1_349_00 + 99_65
    balance = metering.balance(contract_id=padaria.contract_id, at=LATER)
    assert balance.ceiling_micro == 300_000_000
    at_once(lambda _n: tell_thresholds())
    assert Notice.objects.filter(kind="sending_blocked").count() == 1


@pytest.mark.rule("LIM-4", "CHG-7")
def test_many_hands_raise_the_package_once(gateway):
    padaria = make_padaria()
    at_once(lambda _n: bigger(padaria, now=LATER))
    assert padaria.contract.package_code == "brl-250"
    assert sum(gateway.book.values()) == 1_349_00 + 150_00
    balance = metering.balance(contract_id=padaria.contract_id, at=LATER)
    assert (balance.value_micro, balance.ceiling_micro) == (250_000_000, 500_000_000)
    assert check_books() == []
