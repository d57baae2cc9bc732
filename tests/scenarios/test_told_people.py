"""Who is told, and who is not any more (NOT-1)."""

from __future__ import annotations

from contextlib import suppress

import pytest

from abono.domain.contracts.models import Contract
from abono.domain.identity.models import Membership, Person
from abono.domain.notices.models import Email, Notice
from abono.domain.notices.wording import Reader, word
from abono.domain.payments.errors import CardDeclined
from abono.platform import clock
from tests.fakes import Died
from tests.scenarios.test_cycles import JULY_1
from tests.work import ask_gateways, renew_due
from tests.world import HOUR, JUNE_1, make_padaria, sign

SAID = {
    "en": (
        "Our request never reached the bank. Your card was not declined, and nothing was charged.",
        "You can pay again at any time.",
    ),
    "es": (
        "Nuestra solicitud nunca llegó al banco. Tu tarjeta no fue rechazada y no se cobró nada.",
        "Puedes volver a pagar cuando quieras.",
    ),
    "pt-br": (
        "Nossa solicitação nunca chegou ao banco. Seu cartão não foi recusado e nada foi cobrado.",
        "Você pode pagar de novo quando quiser.",
    ),
}


@pytest.mark.rule("NOT-1", part="invoices and payments")
@pytest.mark.parametrize("how", ["person", "membership"])
def test_an_administrator_who_left_is_told_nothing_more(gateway, how):
    padaria = make_padaria()
    if how == "person":
        Person.objects.filter(id=padaria.people["ana"]).update(is_active=False)
    else:
        Membership.objects.filter(person_id=padaria.people["ana"]).update(deactivated_at=JUNE_1)
    renew_due(now=JULY_1)
    told = Email.objects.filter(notice__kind="invoice_issued").values_list("to_email", flat=True)
    assert list(told) == ["financeiro@padaria.example"]


@pytest.mark.rule("PAY-7", part="asked until known")
@pytest.mark.rule("NOT-1", part="invoices and payments")
@pytest.mark.parametrize("card", ["vanish", "dies-before"])
@pytest.mark.parametrize("language", ["en", "es", "pt-br"])
def test_a_charge_that_never_arrived_is_not_told_as_a_declined_card(gateway, card, language):
    """They were told that it is being confirmed; nobody said no to their card."""
    with suppress(Died):
        sign(card=card)
    ask_gateways(real=clock.now() + HOUR)
    failed = Notice.objects.get(kind="payment_failed")
    wording = word("payment_failed", failed.facts, Reader("Padaria Sol", "America/Sao_Paulo", language))
    assert wording.body == SAID[language]
    assert wording.page == "public:order-resume"  # there is nothing to check about the card
    assert [value for _label, value in wording.rows] == [
        Contract.objects.get().number
    ]  # no invoice has one yet


@pytest.mark.rule("NOT-1")
def test_who_sees_the_decline_on_the_page_gets_no_mail_about_it(gateway):
    with pytest.raises(CardDeclined):
        sign(card="decline:cvv")
    assert not Notice.objects.exists()
