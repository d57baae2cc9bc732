"""Money that is not what was asked, or belongs to nobody: kept, shown, never applied silently (PAY-12)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from abono.domain.contracts import actions as contracts
from abono.domain.contracts.states import State as ContractState
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import Status
from abono.domain.notices.models import Notice
from abono.domain.payments import unmatched
from abono.domain.payments.errors import CardUnclear, NeverReceived, PaymentUnderWay
from abono.domain.payments.models import Attempt, PaymentMethod
from abono.domain.payments.ports.port import CardDetails, ChargeReply, Outcome
from abono.domain.payments.ports.push import Arrival, Received
from abono.domain.payments.rules import heard, is_whole
from abono.domain.payments.states import State, Why
from abono.flows.collecting.hear import hear
from abono.flows.collecting.look_at import given_back, look_again
from abono.flows.due_work import run_due_work
from abono.flows.signup.progress import Stage, progress
from abono.flows.wallet import save_card
from abono.kernel.ids import uuid7
from abono.kernel.money import Money
from abono.platform import clock
from abono.platform.models import Event
from tests.books import check_books
from tests.examples import first_by_day, through_the_database
from tests.scenarios.taking_back import unpaid_renewal
from tests.scenarios.test_cycles import JULY_1
from tests.scenarios.test_limits import LATER
from tests.scenarios.test_requests import asked, stands
from tests.work import ask_gateways, gateway_tells
from tests.world import HOUR, begin_signup, bigger, make_padaria, moment, sign

DOORS = ("answer", "chase", "webhook")
BRL_150 = Money(150_00, "BRL")
OTHERS = (Money(1, "BRL"), Money(150_01, "BRL"), Money(150_00, "USD"))
# By each door each of them: first each door once, each of them once.
BY_DOOR = [(door, OTHERS[(place + shift) % 3]) for shift in range(3) for place, door in enumerate(DOORS)]


def raise_with_another_sum(padaria, gateway, door, taken):
    """Ask for BRL 150.00; by whichever door, the gateway says that it took something else."""
    card = f"other:{taken.minor}:{taken.currency}" if door == "answer" else "vanish"
    save_card(customer_id=padaria.customer_id, frame_ref=card, use=True, actor="ana", now=LATER)
    raised = bigger(padaria, now=LATER)
    if door == "answer":
        return raised
    key = str(Attempt.objects.latest("id").id)
    gateway.book[key], gateway.taken[key] = taken.minor, taken
    if door == "chase":
        ask_gateways(real=clock.now() + HOUR)
    else:
        gateway_tells(key=key, real=clock.now())
    return raised


@pytest.mark.rule("PAY-12", part="compared")
@pytest.mark.rule("PAY-12", part="shown, never applied")
@pytest.mark.parametrize(("door", "taken"), first_by_day(BY_DOOR, len(OTHERS)))
def test_another_sum_or_currency_pays_for_nothing_and_is_shown(gateway, door, taken):
    padaria = make_padaria()
    assert not raise_with_another_sum(padaria, gateway, door, taken).paid

    assert padaria.contract.package_code == "brl-100"
    assert Invoice.objects.get(reason="change").state == "draft"
    attempt = Attempt.objects.latest("id")
    assert attempt.state == "differs"
    [money] = unmatched.open_money()
    assert (money.why, money.taken, money.asked) == (Why.DIFFERS, taken, BRL_150)
    event = Event.objects.get(name="payment.unmatched")
    assert (event.data["taken_minor"], event.data["asked_minor"]) == (taken.minor, 150_00)
    assert Notice.objects.filter(customer_id=padaria.customer_id, kind="payment_checked").count() == 1
    assert "another sum was taken than was asked for" in [found.what for found in check_books()]


@pytest.mark.rule("PAY-12", part="shown, never applied")
def test_while_it_is_looked_at_nobody_is_charged_again_and_no_card_is_taken_out(gateway):
    padaria = make_padaria()
    raise_with_another_sum(padaria, gateway, "answer", Money(1, "USD"))
    charged = len(gateway.calls)
    with pytest.raises(PaymentUnderWay):
        bigger(padaria, now=LATER)
    with pytest.raises(PaymentUnderWay):
        bigger(padaria, "brl-500", now=LATER)
    assert len(gateway.calls) == charged


@pytest.mark.rule("PAY-12", part="shown, never applied")
def test_a_first_charge_of_another_sum_activates_nothing(gateway):
    signed = sign(card="other:1:BRL")
    assert not signed.active
    assert ContractState(Attempt.objects.get().invoice.contract.state) is ContractState.PENDING


@pytest.mark.rule("PAY-12", part="shown, never applied")
def test_a_renewal_of_another_sum_leaves_its_invoice_pending(gateway):
    padaria = make_padaria()
    save_card(customer_id=padaria.customer_id, frame_ref="other:1:BRL", use=True, actor="ana", now=LATER)
    run_due_work(now=JULY_1)
    assert Invoice.objects.get(key="cycle:1").state == "pending"
    assert unmatched.open_count() == 1


@pytest.mark.rule("PAY-12", part="shown, never applied")
def test_the_gateway_that_mends_its_answer_pays_and_nothing_is_left_to_look_at(gateway):
    padaria = make_padaria()
    raise_with_another_sum(padaria, gateway, "answer", Money(1, "USD"))
    [money] = unmatched.open_money()
    gateway.taken[money.key] = BRL_150

    look_again(money_id=money.id, real=clock.now())

    assert padaria.contract.package_code == "brl-250"
    assert unmatched.open_money() == []
    assert check_books() == []


@pytest.mark.rule("PAY-12", part="shown, never applied")
def test_money_that_was_given_back_lets_the_customer_pay_anew_and_decides_nothing_later(gateway):
    padaria = make_padaria()
    raise_with_another_sum(padaria, gateway, "answer", Money(1, "USD"))
    [money] = unmatched.open_money()

    given_back(money_id=money.id, how="refunded at the gateway, re_1", actor="olga", real=clock.now())

    assert Event.objects.get(name="payment.matched").why == "refunded at the gateway, re_1"
    assert check_books() == []
    save_card(customer_id=padaria.customer_id, frame_ref="ok", use=True, actor="ana", now=LATER)
    gateway_tells(key=money.key, real=clock.now())  # it still says that a dollar came
    assert bigger(padaria, now=LATER).paid
    assert unmatched.open_money() == []


@pytest.mark.rule("PAY-12", part="shown, never applied")
@pytest.mark.parametrize("key", ["01900000-0000-7000-8000-00000000dead", "an order of another shop"])
def test_money_that_belongs_to_nobody_is_kept_once_and_pays_for_nothing(gateway, key):
    make_padaria()
    gateway.book[key], gateway.taken[key] = 99_00, Money(99_00, "BRL")
    for _twice in range(2):
        gateway_tells(key=key, real=clock.now())
    [money] = unmatched.open_money()
    assert (money.why, money.taken, money.asked, money.key) == (Why.NOBODY, Money(99_00, "BRL"), None, key)
    assert "money at a gateway belongs to nobody" in [found.what for found in check_books()]


@pytest.mark.rule("PAY-12", part="shown, never applied")
@pytest.mark.rule("PAY-7", part="news twice, late, in any order")
def test_a_pix_of_nobody_is_kept_once_and_leaves_once_it_went_back(bank):
    make_padaria()
    came = Received("E20261130", Money(99_00, "BRL"), LATER.date())
    bank.strays["E20261130"] = Arrival(None, "another-shop-1", came)
    bank.says = "unheard"
    tell_of_pix("E20261130")
    assert unmatched.open_money() == []
    bank.says = "payable"
    ask_gateways(real=clock.now() + HOUR)  # the bank is asked again by itself
    for _twice in range(2):
        tell_of_pix("E20261130")
    tell_of_pix("E2026113", key=str(uuid7()))  # no such Pix
    [money] = unmatched.open_money()
    assert (money.why, money.taken, money.asked) == (Why.NOBODY, Money(99_00, "BRL"), None)
    assert (money.gateway, money.key, money.reference) == ("bank", "E20261130", "another-shop-1")
    assert "money at a gateway belongs to nobody" in [found.what for found in check_books()]

    bank.strays["E20261130"] = Arrival(None, "another-shop-1", replace(came, back=came.amount))
    for _twice in range(2):
        tell_of_pix("E20261130")
    assert unmatched.open_money() == []
    assert check_books() == []


@pytest.mark.rule("PAY-12", part="shown, never applied")
def test_a_pix_pays_what_its_supplier_says_and_is_nobodys_where_that_is_none_of_ours(bank, gateway):
    padaria = make_padaria()
    request = asked(padaria, unpaid_renewal(padaria).id)
    bank.pay(request.id.hex, on=LATER.date())
    [came] = bank.came[request.id.hex]
    bank.strays[came.reference] = Arrival(str(request.id), request.reference, came)
    for key in (str(uuid7()), None):  # the news say another, and none
        tell_of_pix(came.reference, key=key)
    assert stands(request.invoice_id) == (Status.PAID, 0)
    gateway.book[str(request.id)] = 700_00  # the same account, at its door for cards
    gateway_tells(key=str(request.id), real=clock.now())
    assert unmatched.open_money() == []

    key = str(uuid7())  # of a supplier whose news name its charges alone
    bank.asked[key] = request.for_supplier("2026-000099", LATER.date())
    bank.pay(key, 5_00, on=LATER.date())
    for _twice in range(2):
        gateway_tells(key=key, name="bank", real=clock.now())
    assert [(one.why, one.taken.minor) for one in unmatched.open_money()] == [(Why.NOBODY, 5_00)]


def tell_of_pix(received, *, key=None):
    gateway_tells(key=key, received=received, name="bank", real=clock.now())


@pytest.mark.rule("PAY-12", part="shown, never applied")
def test_money_that_came_twice_is_shown_too(gateway):
    padaria = make_padaria()
    raise_with_another_sum(padaria, gateway, "answer", Money(1, "USD"))
    [money] = unmatched.open_money()
    given_back(money_id=money.id, how="sent back", actor="olga", real=clock.now())
    save_card(customer_id=padaria.customer_id, frame_ref="ok", use=True, actor="ana", now=LATER)
    assert bigger(padaria, now=LATER).paid

    hear(
        attempt_id=money.attempt_id,
        reply=ChargeReply(Outcome.PAID, "late", BRL_150),
        actor="system",
        moment=moment(LATER),
    )

    [twice] = unmatched.open_money()
    assert (twice.why, twice.taken) == (Why.SURPLUS, BRL_150)


@pytest.mark.rule("PAY-12", part="compared")
@given(
    minor=st.integers(min_value=0, max_value=10**9),
    currency=st.sampled_from(["BRL", "USD", "COP"]),
    outcome=st.sampled_from(Outcome),
    reference=st.text(max_size=200),
)
def test_only_the_sum_that_was_asked_is_a_payment(minor, currency, outcome, reference):
    asked, said = Money(150_00, "BRL"), Money(minor, currency)
    state = heard(ChargeReply(outcome, reference, said), asked)
    assert (state is State.PAID) == (outcome is Outcome.PAID and said == asked and len(reference) <= 120)
    assert heard(ChargeReply(Outcome.PAID, reference), asked) is State.UNKNOWN


@pytest.mark.rule("PAY-12", "PAY-7")
@through_the_database(25)
@given(
    answers=st.lists(
        st.one_of(
            st.sampled_from([Outcome.UNKNOWN, Outcome.WAITING, Outcome.DECLINED, Outcome.NEVER_RECEIVED]),
            st.sampled_from([Money(150_00, "BRL"), Money(1, "BRL"), Money(150_00, "USD")]),
        ),
        max_size=6,
    )
)
def test_whatever_a_gateway_says_in_whatever_order_only_the_right_sum_releases(padaria, answers):
    with transaction.atomic():
        save_card(customer_id=padaria.customer_id, frame_ref="vanish", use=True, actor="ana", now=LATER)
        bigger(padaria, now=LATER)
        attempt = Attempt.objects.latest("id")
        for said in answers:
            paid = isinstance(said, Money)
            reply = ChargeReply(Outcome.PAID if paid else said, "ch_1", said if paid else None)
            hear(attempt_id=attempt.id, reply=reply, actor="system", moment=moment(LATER))

        released = padaria.contract.package_code == "brl-250"
        attempt.refresh_from_db()
        assert released == (attempt.state == "paid")
        assert not released or BRL_150 in answers
        if attempt.state == "differs":
            assert unmatched.open_count() == 1
        transaction.set_rollback(True)


# Card details


WHOLE = CardDetails("tok_1", "visa", "4242", "ANA SOUZA", 12, 2030)


@pytest.mark.rule("PAY-12", "WAL-3")
@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("token", ""),
        ("token", "t" * 5_000),
        ("token", 7),
        ("brand", "v" * 21),
        ("brand", ""),
        ("last4", "424"),
        ("last4", "42424"),
        ("last4", "４２４２"),
        ("holder", "h" * 81),
        ("holder", "ANA\nSOUZA"),
        ("exp_month", 0),
        ("exp_month", 99),
        ("exp_month", True),
        ("exp_month", "12"),
        ("exp_year", 30),
        ("exp_year", 20_300),
    ],
)
def test_a_card_whose_details_cannot_be_is_no_clear_answer_and_is_not_saved(
    gateway, monkeypatch, part, value
):
    padaria = make_padaria()
    odd = replace(WHOLE, **{part: value})
    assert is_whole(WHOLE)
    assert not is_whole(odd)
    gateway.cards[f"{padaria.customer_id}:ok"] = odd
    kept = PaymentMethod.objects.count()
    with pytest.raises(CardUnclear):
        save_card(customer_id=padaria.customer_id, frame_ref="ok", use=True, actor="ana", now=LATER)
    assert PaymentMethod.objects.count() == kept


# Nobody said no


@pytest.mark.rule("PAY-7", "CHG-7")
def test_a_charge_that_nobody_took_is_not_a_declined_card_and_can_be_made_again_at_once(gateway):
    padaria = make_padaria()
    save_card(customer_id=padaria.customer_id, frame_ref="refused", use=True, actor="ana", now=LATER)
    with pytest.raises(NeverReceived):
        bigger(padaria, now=LATER)
    assert Attempt.objects.latest("id").state == "lost"
    assert Notice.objects.filter(kind__in=["payment_failed", "payment_unknown"]).count() == 0
    save_card(customer_id=padaria.customer_id, frame_ref="ok", use=True, actor="ana", now=LATER)
    assert bigger(padaria, now=LATER).paid


@pytest.mark.rule("CON-4", "WAL-6")
def test_a_first_charge_that_nobody_took_leaves_the_order_open_and_blames_no_card(gateway):
    signup_id = begin_signup()
    with pytest.raises(NeverReceived):
        sign(signup_id=signup_id, card="refused")
    stand = progress(contracts.read_signup(signup_id))
    assert (stand.stage, stand.open, stand.hint) == (Stage.NEVER_RECEIVED, True, "")
    assert sign(signup_id=signup_id, card="ok").active


@pytest.mark.rule("NOT-1", "PAY-7")
def test_a_renewal_that_reaches_nobody_again_and_again_is_asked_for_with_growing_pauses_and_told_once(
    gateway,
):
    padaria = make_padaria()
    save_card(customer_id=padaria.customer_id, frame_ref="refused", use=True, actor="ana", now=LATER)
    asked = []
    for hour in range(8):
        before = len(gateway.calls)
        run_due_work(now=JULY_1 + hour * HOUR)
        asked.append(len(gateway.calls) > before)
    # at 0, then 1 hour, 2 hours and 4 hours later
    assert asked == [True, True, False, True, False, False, False, True]
    told = Notice.objects.filter(customer_id=padaria.customer_id, kind="payment_failed")
    assert [notice.facts["hint"] for notice in told] == ["never_received"]


@pytest.mark.rule("WAL-3", "WAL-6")
def test_a_card_whose_check_reached_nobody_is_not_called_declined(gateway):
    padaria = make_padaria()
    with pytest.raises(NeverReceived):
        save_card(customer_id=padaria.customer_id, frame_ref="unheard", use=True, actor="ana", now=LATER)
