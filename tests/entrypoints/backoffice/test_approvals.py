"""Back office › Second person: asked for on the page of the act, decided here (ACC-5)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from abono.domain.approvals import queries as approvals
from abono.domain.approvals.states import State
from abono.domain.contracts import queries as contracts
from abono.domain.contracts.models import Arrangement
from abono.domain.contracts.states import Arranged
from abono.domain.identity.roles import Role
from abono.domain.identity.staff import colleagues
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.models import CreditNote
from abono.domain.notices.models import Notice
from abono.domain.notices.wording import Reader, word
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import SECOND_PERSON_CREDIT, SECOND_PERSON_PRICES
from abono.flows.approvals.ask import ask_arrangement
from abono.flows.arrangements.arrange import Asked
from abono.kernel.periods import local_date
from abono.platform import clock
from tests.entrypoints.api.conftest import program
from tests.entrypoints.portal.reading import hidden, menu, signed_in, words
from tests.fakes import FakeGateway
from tests.remembered import lately
from tests.world import load_catalog, make_colleague, make_olga, make_padaria

PAGE = "/en/back-office/approvals/"
WHY = "The plan was not there for ten days."


@pytest.fixture
def invoice_url(db: None, gateway: FakeGateway) -> str:
    load_catalog()
    padaria = make_padaria(now=lately() - timedelta(days=10))
    set_value(setting=SECOND_PERSON_CREDIT, value="BRL 100", actor="olga", why="x", now=clock.now())
    [first] = invoices.list_for_customer(padaria.customer_id)
    return f"/en/back-office/invoices/{first.public_id}/"


@pytest.fixture
def olga(invoice_url: str) -> Client:
    make_olga()
    return signed_in("olga@abono.example")


@pytest.fixture
def otto(olga: Client) -> Client:
    make_colleague("Otto Brandão", Role.BILLING)
    return signed_in("otto@abono.example")


def ask(olga: Client, invoice_url: str) -> str:
    """Returns the address of what waits."""
    note = hidden(olga.get(invoice_url), "note")
    typed = {"line_1": "150.00", "why": WHY, "note": note}
    seen = olga.post(invoice_url, {**typed, "preview": "1"})
    assert "So much needs a second person" in words(seen)
    assert "Ask a second person" in words(seen)
    answer = olga.post(invoice_url, {**typed, "seen": hidden(seen, "seen"), "confirm": "1"})
    assert re.fullmatch(rf"{PAGE}apr_\w+/", answer["Location"])
    again = olga.post(invoice_url, {**typed, "seen": hidden(seen, "seen"), "confirm": "1"})
    assert again["Location"] == answer["Location"]
    return answer["Location"]


@pytest.mark.rule("ACC-5", part="second person: other")
def test_it_is_asked_for_on_the_page_of_the_invoice_and_done_when_somebody_else_agrees(
    olga, otto, invoice_url
):
    url = ask(olga, invoice_url)
    own = olga.get(url)
    assert "May decide Otto Brandão" in words(own)
    assert "Agree and do it now" not in words(own)
    assert "You asked for this yourself" in words(olga.post(url, {"approve": "1"}))
    assert not CreditNote.objects.exists()
    assert "Second person 1" in menu(otto.get(PAGE))
    assert "Padaria Sol Ltda." in words(otto.get(PAGE))
    done = otto.post(url, {"approve": "1"}, follow=True)
    assert "You agreed, and it is done." in words(done)
    assert "Decided by Otto Brandão" in words(done)
    assert "Somebody else has to agree" not in words(done)
    assert CreditNote.objects.count() == 1
    assert "decided, withdrawn or ran out before" in words(otto.post(url, {"approve": "1"}))
    assert CreditNote.objects.count() == 1


def test_a_refusal_needs_a_reason(olga, otto, invoice_url):
    url = ask(olga, invoice_url)
    answer = otto.post(url, {"refuse": "1", "why": ""})
    assert answer.status_code == 422
    assert "Say why you refuse" in words(answer)
    assert otto.post(url, {"refuse": "1", "why": "\x00\u200b"}).status_code == 422
    assert approvals.waiting_count() == 1
    done = otto.post(url, {"refuse": "1", "why": "It is\x00 right."}, follow=True)
    assert "You refused." in words(done)
    assert "It is right." in words(olga.get(url))
    assert not CreditNote.objects.exists()


def test_whoever_asked_may_withdraw(olga, invoice_url):
    url = ask(olga, invoice_url)
    assert "Nobody else may. An owner can give somebody the role" in words(olga.get(url))
    assert "It is withdrawn." in words(olga.post(url, {"withdraw": "1"}, follow=True))
    [one] = approvals.ended(limit=1)
    assert one.state is State.WITHDRAWN


def test_what_is_none_is_not_there(olga):
    assert olga.get(f"{PAGE}apr_0/").status_code == 404
    assert olga.get(f"{PAGE}apr_01jfst0000e008000000000001/").status_code == 404


@pytest.mark.rule("ACC-5", part="no longer possible")
@pytest.mark.rule("LNG-1", part="back office")
@pytest.mark.rule("LNG-1", part="e-mails")
def test_why_it_could_not_be_done_is_read_in_the_language_of_whoever_reads(olga, otto, invoice_url):
    set_value(setting=SECOND_PERSON_PRICES, value="BRL 40", actor="olga", why="x", now=clock.now())
    [contract] = contracts.all_running()
    yesterday = clock.now() - timedelta(days=1)
    asked = ask_arrangement(
        contract_id=contract.id,
        asked=Asked(
            kind=Arranged.ADD_ON,
            price_micro=150_000_000,
            since=local_date(clock.now(), "America/Sao_Paulo"),  # yesterday it was still to come
            why="Agreed in May",
            name="Training",
        ),
        actor=next(one.actor for one in colleagues() if one.name.startswith("Olga")),
        now=yesterday,
    )
    spanish = f"/es/back-office/approvals/{asked.public_id}/"
    seen = otto.post(spanish, {"approve": "1"}, follow=True)
    assert "Esto no se puede acordar: revisa «Desde»." in words(seen)
    assert "This cannot be arranged: look at “From”." in words(olga.get(spanish.replace("es", "en", 1)))
    said = replace(program(None), language="pt-BR").get(f"/approvals/{asked.public_id}").json()
    assert (said["failed_with"], said["answer"]) == (
        "contracts.arrangement_wrong",
        "Isso não pode ser combinado: veja “De”.",
    )
    told = Notice.objects.get(kind="approval_ended")
    assert word(told.kind, told.facts, Reader("Abono", "UTC", "es")).body[-1].endswith("revisa «Desde».")
    assert not Arrangement.objects.exists()
