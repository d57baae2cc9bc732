"""The contract is given back on its page: what goes back, the press, and what stands there afterwards (CON-10)."""

from __future__ import annotations

import pytest

from abono.domain.contracts.states import State
from abono.domain.invoicing import credit_notes
from abono.domain.invoicing import queries as invoices
from abono.domain.payments import refunds
from abono.domain.payments.states import Because
from abono.flows.due_work import REAL, work_off
from abono.kernel.ids import public
from abono.platform import clock
from tests.entrypoints.portal.reading import signed_in, words
from tests.pdfs import words as paper
from tests.remembered import lately
from tests.world import load_catalog, make_padaria

PAGE = "/en/settings/contracts/"


@pytest.fixture
def padaria(db, gateway):
    load_catalog()
    return make_padaria(now=lately())


def url(tenant):
    return f"{PAGE}{public('ctr', tenant.contract_id)}/regret/"


@pytest.mark.rule("CON-10", part="full refund in one press")
def test_an_administrator_gives_the_contract_back_in_one_press(ana, padaria, gateway):
    assert "you can give this contract back, with a full refund" in words(ana.get(PAGE))
    page = words(ana.get(url(padaria)))
    assert "Visa •••• 4243 R$1,349.00 Goes back in all R$1,349.00" in page
    assert "End the contract and get R$1,349.00 back" in page
    assert padaria.contract.state is State.ACTIVE

    done = words(ana.post(url(padaria), follow=True))

    assert "has ended. R$1,349.00 goes back to whoever paid it." in done
    assert "Given back, with a full refund · Ana Souza" in done
    assert padaria.contract.state is State.ENDED
    listed = words(ana.get("/en/settings/financial/"))
    assert "Credited" in listed
    assert "Given back, with a full refund R$1,349.00 PDF" in listed
    [note] = credit_notes.list_for(padaria.customer_id)
    said = paper(ana.get(f"/en/settings/financial/credit/{note.public_id}/pdf/").content)
    assert "Reason: Given back, with a full refund" in said
    assert "R$1,349.00 was paid already: it goes back to whoever paid it." in said
    assert "credit of the contract" not in said
    work_off(now=clock.now(), kinds=REAL)
    assert "Refunded" in words(ana.get("/en/settings/financial/"))
    invoice = ana.get("/en/settings/financial/").content.decode().partition("inv_")[2][:26]
    shown = words(ana.get(f"/en/settings/financial/inv_{invoice}/"))
    assert "Refunds Visa •••• 4243 R$1,349.00 Went back" in shown
    assert ana.get(url(padaria)).status_code == 409


def test_what_did_not_come_from_a_card_is_not_called_a_refund_of_nothing(ana, padaria):
    for one in refunds.left(invoices.paid_of(padaria.contract_id)):
        refunds.ask(
            one,
            because=Because.OTHER,
            actor="olga",
            now=clock.now(),
            real=clock.now(),
        )
    page = words(ana.get(url(padaria)))
    assert "What has no way back we owe you, and pay it otherwise." in page
    assert "End the contract Keep the contract" in page
    assert "has ended." in (done := words(ana.post(url(padaria), follow=True)))
    assert "R$0.00" not in page.split("Goes back in all R$0.00")[1] + done


def test_a_viewer_cannot(bruno, padaria):
    assert bruno.post(url(padaria)).status_code == 403
    assert padaria.contract.state is State.ACTIVE


@pytest.mark.rule("CON-10", part="seven days: default")
def test_after_seven_days_it_is_not_offered_and_says_what_else_is_possible(signed_at, gateway):
    padaria = make_padaria(now=signed_at)  # ten days ago
    ana = signed_in("ana@padaria.example")
    assert "give this contract back" not in words(ana.get(PAGE))
    late = ana.get(url(padaria))
    assert late.status_code == 409
    assert "You can change to a smaller plan or package from the next cycle on" in words(late)
