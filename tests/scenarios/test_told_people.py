"""Who is told, and who is not any more (NOT-1)."""

from __future__ import annotations

from contextlib import suppress

import pytest

from abono.domain.identity.models import Membership, Person
from abono.domain.notices.models import Email, Notice
from abono.domain.notices.wording import Reader, word
from abono.domain.payments.errors import CardDeclined
from abono.flows.collecting.chase import chase_unknown
from abono.flows.due_work import renew_due
from abono.platform import clock
from tests.fakes import Died
from tests.scenarios.test_cycles import JULY_1
from tests.world import HOUR, JUNE_1, make_padaria, sign


@pytest.mark.rule("NOT-1", "LIC-5")
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


@pytest.mark.rule("NOT-1", "PAY-7", "CON-4")
@pytest.mark.parametrize("card", ["vanish", "dies-before"])
def test_who_was_told_that_a_payment_is_being_confirmed_is_told_that_it_failed(gateway, card):
    with suppress(Died):
        sign(card=card)
    chase_unknown(real=clock.now() + HOUR)
    failed = Notice.objects.get(kind="payment_failed")
    wording = word("payment_failed", failed.facts, Reader("Padaria Sol", "America/Sao_Paulo", "en"))
    assert wording.body[0] == "Your card was declined. Nothing was charged."
    assert dict(wording.rows).keys() == {"Contract"}  # its invoice has no number yet


@pytest.mark.rule("NOT-1")
def test_who_sees_the_decline_on_the_page_gets_no_mail_about_it(gateway):
    with pytest.raises(CardDeclined):
        sign(card="decline:cvv")
    assert not Notice.objects.exists()
