"""A slow gateway: few wait for it, a worker sends the charges of the others, each once (PAY-7, CON-4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.states import State as ContractState
from abono.domain.notices.models import Notice
from abono.domain.payments import waiting
from abono.domain.payments.errors import CardDeclined, CardUnclear, PaymentUnderWay
from abono.domain.payments.models import Attempt
from abono.flows.wallet import open_fields, save_card
from abono.platform import clock
from tests.books import check_books
from tests.scenarios.test_limits import LATER
from tests.work import ask_gateways
from tests.world import HOUR, bigger, make_padaria, sign


@pytest.fixture
def nobody_is_free() -> Iterator[None]:
    """Every place in which to wait for a charge is taken by somebody else."""
    waiting.CHARGES.limit(1)
    with waiting.CHARGES.place():
        yield
    waiting.CHARGES.limit(None)


@pytest.mark.rule("CON-4", part="being confirmed")
@pytest.mark.rule("CON-4", part="active when known")
@pytest.mark.usefixtures("nobody_is_free")
def test_a_first_charge_for_which_nobody_is_free_is_sent_by_a_worker_once(gateway):
    signed = sign()
    assert not signed.active
    assert gateway.calls == []

    ask_gateways(real=clock.now())

    assert contracts.get(signed.contract_id).state is ContractState.ACTIVE
    assert list(gateway.book.values()) == [1_349_00]
    ask_gateways(real=clock.now() + HOUR)
    assert len(gateway.calls) == 1
    assert check_books() == []


def test_a_raise_that_waits_for_a_worker_is_under_way_for_everybody_else(gateway):
    padaria = make_padaria()
    waiting.CHARGES.limit(1)
    try:
        with waiting.CHARGES.place():
            charged = bigger(padaria, now=LATER)
            assert not charged.paid
            with pytest.raises(PaymentUnderWay):
                bigger(padaria, "brl-500", now=LATER)
        assert len(gateway.calls) == 1
    finally:
        waiting.CHARGES.limit(None)
    ask_gateways(real=clock.now())
    assert padaria.contract.package_code == "brl-250"


@pytest.mark.rule("NOT-1")
def test_a_decline_that_a_worker_hears_is_told_because_nobody_is_there_to_see_it(gateway):
    padaria = make_padaria()
    save_card(customer_id=padaria.customer_id, frame_ref="decline:balance", use=True, actor="ana", now=LATER)
    waiting.CHARGES.limit(1)
    try:
        with waiting.CHARGES.place():
            bigger(padaria, now=LATER)
    finally:
        waiting.CHARGES.limit(None)
    ask_gateways(real=clock.now())
    told = Notice.objects.get(customer_id=padaria.customer_id, kind="payment_failed")
    assert told.facts["hint"] == "balance"
    with pytest.raises(CardDeclined):
        bigger(padaria, now=LATER)


@pytest.mark.rule("PAY-7", part="never repeated blindly")
@pytest.mark.usefixtures("nobody_is_free")
@pytest.mark.parametrize("late", [timedelta(seconds=60), timedelta(minutes=10)])
def test_a_charge_that_no_worker_sent_in_time_is_never_sent_and_counts_as_lost(gateway, late):
    sign()
    ask_gateways(real=clock.now() + late)
    assert gateway.calls == []
    ask_gateways(real=clock.now() + HOUR)
    assert Attempt.objects.get().state == "lost"
    assert gateway.book == {}


def test_without_a_place_a_card_is_not_checked_and_no_fields_are_opened(gateway):
    padaria = make_padaria()
    waiting.CARDS.limit(1)
    try:
        with waiting.CARDS.place():
            with pytest.raises(CardUnclear):
                save_card(customer_id=padaria.customer_id, frame_ref="ok", use=True, actor="ana", now=LATER)
            fields = {"language": "es", "parent_origin": "https://a.example", "key": "k"}
            assert open_fields(customer_reference="c", **fields) is None
    finally:
        waiting.CARDS.limit(None)


def test_a_place_is_free_again_when_the_wait_ends_badly():
    places = waiting.Places()
    places.limit(1)
    for _twice in range(2):
        with pytest.raises(ZeroDivisionError), places.place():
            1 / 0  # noqa: B018
    with places.place(), pytest.raises(waiting.Busy), places.place():
        pass
