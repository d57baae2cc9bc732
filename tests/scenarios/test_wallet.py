"""Cards of a wallet: the one that was typed is the one that pays, and none is left behind."""

from __future__ import annotations

import pytest

from abono.domain.payments import queries as payments
from abono.domain.payments.errors import CardDeclined, WalletFull
from abono.domain.payments.models import PaymentMethod
from abono.flows.wallet import remove_card, save_card
from tests.scenarios.test_limits import LATER
from tests.world import begin_signup, make_padaria, sign


def add(tenant, frame, *, use=False):
    return save_card(customer_id=tenant.customer_id, frame_ref=frame, use=use, actor="ana", now=LATER)


@pytest.mark.rule("CON-4", "WAL-4")
def test_many_cards_may_be_declined_before_one_pays_for_the_contract(gateway):
    signup_id = begin_signup()
    for n in range(7):
        with pytest.raises(CardDeclined):
            sign(signup_id=signup_id, card=f"decline:balance#{n}")

    signed = sign(signup_id=signup_id, card="ok")

    assert signed.active
    [card] = payments.wallet(signed.customer_id)  # what was declined is not in the wallet
    assert card.in_use
    assert list(gateway.book.values()) == [1_349_00]


@pytest.mark.rule("CON-4", "WAL-3")
def test_going_back_to_the_page_of_an_earlier_card_never_charges_another_one(gateway):
    signup_id = begin_signup()
    for frame in ("decline:balance#a", "decline:cvv#b"):
        with pytest.raises(CardDeclined):
            sign(signup_id=signup_id, card=frame)
    with pytest.raises(CardDeclined):
        sign(signup_id=signup_id, card="decline:balance#a")
    charged = [call.method_token.split("|")[0] for call in gateway.calls]
    assert "decline:cvv" not in charged[2:]


@pytest.mark.rule("WAL-3")
def test_the_same_card_saved_again_to_be_used_is_used(gateway):
    padaria = make_padaria()
    first = add(padaria, "ok#1")
    assert not first.in_use
    again = add(padaria, "ok#1", use=True)
    assert (again.id, again.in_use) == (first.id, True)
    assert payments.card_in_use(padaria.customer_id).id == first.id


@pytest.mark.rule("WAL-4")
def test_a_form_sent_again_after_its_card_was_removed_is_refused(gateway):
    padaria = make_padaria()
    card = add(padaria, "ok#1")
    remove_card(customer_id=padaria.customer_id, method_id=card.id, actor="ana", now=LATER)
    with pytest.raises(CardDeclined):
        add(padaria, "ok#1")
    assert len(payments.wallet(padaria.customer_id)) == 1


@pytest.mark.rule("WAL-4")
def test_what_a_full_wallet_does_not_take_is_forgotten_by_the_gateway_too(gateway):
    padaria = make_padaria()
    cards = [add(padaria, f"ok#{n}") for n in range(4)]
    assert add(padaria, "ok#3") == cards[3]  # the same press again is no sixth card
    with pytest.raises(WalletFull):
        add(padaria, "ok#4")
    [refused] = gateway.forgotten
    assert refused not in PaymentMethod.objects.values_list("token", flat=True)
    assert len(payments.wallet(padaria.customer_id)) == 5
