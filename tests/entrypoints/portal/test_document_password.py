"""Documents open with the password that an organization asked for (FIN-6)."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.core import mail
from pypdf import PdfReader

from abono.domain.identity import document_locks, sealed
from abono.domain.identity.document_locks import Way
from abono.domain.identity.models import DocumentLock
from abono.domain.invoicing import queries as invoices
from abono.domain.notices.models import Notice
from abono.entrypoints.jobs.mail import send_emails
from abono.flows.document_lock import choose_document_password
from abono.kernel.ids import public
from abono.platform import clock
from abono.platform.models import Event
from tests.entrypoints.api.conftest import program
from tests.entrypoints.portal.reading import signed_in, words
from tests.entrypoints.site.test_factors import age
from tests.pdfs import check_accessible
from tests.pdfs import words as said
from tests.stories import credited

PAGE = "/en/settings/financial/password/"
OWN = "pão de queijo"


@pytest.fixture
def papers(padaria):
    """Where each kind of document is taken along from, on pages and by the API."""
    [first] = invoices.list_for_customer(padaria.customer_id)
    contract, invoice, note = public("ctr", padaria.contract_id), first.public_id, credited(padaria).public_id
    cycle = program(padaria.customer_id).get(f"/contracts/{contract}/cycles").json()["items"][0]["day"]
    pages = [
        f"/en/settings/financial/{invoice}/pdf/",
        f"/en/settings/financial/credit/{note}/pdf/",
        f"/en/settings/contracts/{contract}/pdf/",
        "/en/usage/pdf/",
    ]
    calls = [
        f"/invoices/{invoice}/pdf",
        f"/credit-notes/{note}/pdf",
        f"/contracts/{contract}/pdf",
        f"/contracts/{contract}/cycles/{cycle}/pdf",
    ]
    return pages, calls


def choose(tenant, way, own="", at=None):
    choose_document_password(
        customer_id=tenant.customer_id, way=way, own=own, by="Ana Souza", actor="ana", now=at or clock.now()
    )


def locked(pdf):
    return PdfReader(io.BytesIO(pdf)).is_encrypted


def opens(pdf, password):
    return bool(PdfReader(io.BytesIO(pdf)).decrypt(password))


def opened(pdf, password):
    reader = PdfReader(io.BytesIO(pdf))
    assert reader.decrypt(password)
    return " ".join("\n".join(page.extract_text() for page in reader.pages).replace("\u00a0", " ").split())


@pytest.mark.rule("FIN-6", part="opened with the tax id: default")
def test_nobody_is_asked_for_a_password_unless_the_organization_wants_it(ana, padaria, papers):
    pages, calls = papers
    sol = program(padaria.customer_id)
    assert not any(locked(ana.get(url).content) for url in pages)
    assert not any(locked(sol.get(path).content) for path in calls)


@pytest.mark.rule("FIN-6", part="opened with the tax id: other")
def test_every_document_opens_with_the_first_six_characters_of_the_tax_id(ana, padaria, papers):
    pages, calls = papers
    before = said(ana.get(pages[0]).content)
    done = ana.post(PAGE, {"way": "tax_id"}, follow=True)
    assert "Saved. It holds from the next document on." in words(done)
    sol = program(padaria.customer_id)
    for pdf in [*(ana.get(url).content for url in pages), *(sol.get(path).content for path in calls)]:
        assert opens(pdf, "112223")  # of 11.222.333/0001-81
        assert not opens(pdf, "112224")
        assert not opens(pdf, "")
    assert opened(ana.get(pages[0]).content, "112223") == before


@pytest.mark.rule("FIN-6", part="own password")
def test_every_document_opens_with_the_password_that_was_chosen(ana, padaria, papers):
    pages, calls = papers
    ana.post(PAGE, {"way": "own", "own": OWN})
    sol = program(padaria.customer_id)
    for pdf in [*(ana.get(url).content for url in pages), *(sol.get(path).content for path in calls)]:
        assert opens(pdf, OWN)
        assert not opens(pdf, "112223")
        algorithm = PdfReader(io.BytesIO(pdf)).trailer["/Encrypt"]
        assert (algorithm["/V"], algorithm["/R"]) == (5, 6)  # AES-256
        assert algorithm["/CF"]["/StdCF"]["/CFM"] == "/AESV3"
        assert algorithm["/P"] & 1 << 9  # screen readers may read it
    assert padaria.contract.number in opened(ana.get(pages[2]).content, OWN)


@pytest.mark.rule("FIN-6", part="own password")
def test_the_seller_keeps_them_open(ana, olga, padaria, papers):
    choose(padaria, Way.OWN, OWN)
    _pages, calls = papers
    seller = program(None)
    assert not any(locked(seller.get(path).content) for path in calls)
    url = f"/en/back-office/contracts/{public('ctr', padaria.contract_id)}/pdf/"
    assert not locked(olga.get(url).content)


@pytest.mark.rule("FIN-6", part="own password")
def test_what_goes_by_mail_opens_with_it_too(padaria, signed_at):
    """And what the mail before had attached stays as it is."""
    choose(padaria, Way.OWN, OWN, at=signed_at)
    send_emails()
    papers = [part for one in mail.outbox for part in one.attachments]
    assert papers
    assert all(opens(content, OWN) and not opens(content, "") for _name, content, _type in papers)


@pytest.mark.rule("FIN-6", part="own password")
def test_before_it_is_locked_it_is_the_same_file_with_all_that_readers_need(ana, padaria, papers):
    pages, _calls = papers
    plain = ana.get(pages[2]).content
    choose(padaria, Way.OWN, OWN)
    reader = PdfReader(io.BytesIO(ana.get(pages[2]).content))
    reader.decrypt(OWN)
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    choose(padaria, Way.OPEN)
    assert ana.get(pages[2]).content == plain
    check_accessible(plain, language="en", title=padaria.contract.number)


@pytest.mark.rule("FIN-6", part="own password")
def test_it_is_kept_encrypted_never_shown_told_and_removed(ana, padaria):
    ana.post(PAGE, {"way": "own", "own": OWN})
    row = DocumentLock.objects.get()
    assert OWN not in row.password
    assert sealed.opened(row.password) == OWN
    page = ana.get(PAGE)
    assert "they open with a password of your own" in words(page)
    assert OWN not in page.content.decode()
    assert OWN not in str(list(Event.objects.values_list("data", "before", "after")))
    assert OWN not in str(list(Notice.objects.values_list("facts", flat=True)))
    [told] = Notice.objects.filter(kind="document_password")
    assert told.facts == {"by": "Ana Souza", "way": "own"}

    done = ana.post(PAGE, {"way": "open"}, follow=True)
    assert "Saved." in words(done)
    assert not DocumentLock.objects.exists()
    events = Event.objects.filter(name="documents.password_chosen").order_by("id")
    assert [(one.before, one.after) for one in events] == [
        ({"opens_with": "open"}, {"opens_with": "own"}),
        ({"opens_with": "own"}, {"opens_with": "open"}),
    ]
    assert "Nothing was changed." in words(ana.post(PAGE, {"way": "open"}, follow=True))
    assert Event.objects.filter(name="documents.password_chosen").count() == 2


@pytest.mark.rule("FIN-6", part="own password")
@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"way": "own", "own": "short"}, "Type at least 8 characters."),
        ({"way": "own", "own": ""}, "Type at least 8 characters."),
        ({"way": "own", "own": "tab\tin between"}, "A password of documents has 8 to 64"),
        ({"way": "own", "own": "é" * 64}, "A password of documents has 8 to 64"),  # 128 bytes
        ({"way": "else"}, "Select a valid choice"),
        ({}, "Choose one of them."),
    ],
)
def test_what_no_reader_could_type_is_not_kept(ana, padaria, form, says):
    answer = ana.post(PAGE, form)
    assert answer.status_code == 422
    assert says in words(answer)
    assert not DocumentLock.objects.exists()
    assert not Notice.objects.filter(kind="document_password").exists()


@pytest.mark.rule("FIN-6", part="own password")
def test_only_an_administrator_with_a_fresh_proof_chooses_it(ana, bruno, carla, olga, padaria):
    assert "Password of documents" in words(ana.get("/en/settings/financial/"))
    assert "Password of documents" not in words(bruno.get("/en/settings/financial/"))
    for client in (bruno, carla, olga):
        assert client.post(PAGE, {"way": "tax_id"}).status_code in (403, 404)
    age(ana, timedelta(minutes=16))
    assert ana.post(PAGE, {"way": "tax_id"}).status_code == 302  # to prove who it is
    assert not DocumentLock.objects.exists()


@pytest.mark.rule("FIN-6", part="own password")
def test_one_that_no_key_reads_is_never_a_reason_to_send_it_open(ana, padaria, papers, signed_at):
    choose(padaria, Way.OWN, OWN)
    lost = Fernet(Fernet.generate_key()).encrypt(OWN.encode()).decode()
    DocumentLock.objects.update(password=lost)
    pages, calls = papers
    for url in pages:
        answer = ana.get(url)
        assert answer.status_code == 409
        assert "cannot be read any more" in words(answer)
    answer = program(padaria.customer_id).get(calls[0])
    assert (answer.status_code, answer.json()["code"]) == (409, "identity.document_password_lost")
    send_emails()
    assert mail.outbox
    assert not any(one.attachments for one in mail.outbox)
    choose(padaria, Way.OWN, "another one")
    assert opens(ana.get(pages[0]).content, "another one")


def test_nobody_elses_documents_are_touched(diego, luna, padaria):
    choose(padaria, Way.OWN, OWN)
    [first] = invoices.list_for_customer(luna.customer_id)
    assert not locked(diego.get(f"/en/settings/financial/{first.public_id}/pdf/").content)
    assert document_locks.of(luna.customer_id).way is Way.OPEN
    assert signed_in("diego@luna.example").get(PAGE).status_code == 200
