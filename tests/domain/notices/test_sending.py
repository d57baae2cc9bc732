"""The outbox against a real SMTP server on loopback."""

from __future__ import annotations

import io
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.message import EmailMessage
from uuid import UUID

import pytest
from django.db import connection
from pypdf import PdfReader

from abono.domain.notices import actions as notices
from abono.domain.notices.models import Email
from abono.domain.notices.types import Recipient
from abono.kernel.ids import uuid7
from abono.platform import outbox
from tests.domain.invoicing.samples import invoice
from tests.domain.invoicing.test_documents import paper_of
from tests.domain.notices.conftest import (
    ANA,
    ELENA,
    NOW,
    OLGA,
    PostOffice,
    link_for,
    new_customer,
    no_paper,
    send,
)
from tests.domain.notices.samples import FACTS

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def tell(
    customer_id: UUID,
    *recipients: Recipient,
    kind: str = "package_80",
    key: str = "k",
    now: datetime = NOW,
    attachment: UUID | None = None,
) -> None:
    notices.tell(
        customer_id=customer_id,
        kind=kind,
        key=key,
        facts=FACTS[kind],
        recipients=recipients,
        now=now,
        attachment=attachment,
    )


def only(messages: list[EmailMessage]) -> EmailMessage:
    (message,) = messages
    return message


@pytest.mark.rule("LNG-1")
@pytest.mark.rule("NOT-1", part="in the product and by e-mail")
@pytest.mark.rule("NOT-1", part="invoices and payments")
def test_each_reader_gets_one_mail_in_their_language_with_the_invoice(
    post: PostOffice, padaria: UUID
) -> None:
    paper = invoice()

    def attach(invoice_id: UUID, language: str) -> tuple[str, bytes]:
        assert invoice_id == paper.id
        return f"{paper.title}.pdf", paper_of(paper, language)

    tell(padaria, ANA, ELENA, OLGA, kind="invoice_issued", attachment=paper.id)
    assert notices.send_due(now=NOW, limit=50, attach=attach, link_for=link_for) == 3
    assert notices.send_due(now=NOW + MINUTE, limit=50, attach=attach, link_for=link_for) == 0

    day = {"pt-br": "11 de julho de 2026", "es": "11 de julio de 2026", "en": "11 July 2026"}
    for reader in (ANA, ELENA, OLGA):
        message = only(post.to(reader.email))
        text, html = message.get_body(("plain",)), message.get_body(("html",))
        assert text is not None
        assert html is not None
        assert message["Content-Language"] == reader.language
        assert day[reader.language] in text.get_content()
        assert day[reader.language] in html.get_content()
        (pdf,) = message.iter_attachments()
        assert pdf.get_content_type() == "application/pdf"
        assert pdf.get_filename() == "A-000042.pdf"
        words = PdfReader(io.BytesIO(pdf.get_content())).pages[0].extract_text()
        assert "Padaria Sol" in words
        assert "A-000042" in words


def test_mail_that_cannot_be_sent_now_is_sent_later(post: PostOffice, padaria: UUID) -> None:
    tell(padaria, ANA, ELENA)
    post.close()

    assert send(now=NOW) == 0
    assert Email.objects.filter(sent_at=None).count() == 2
    assert Email.objects.exclude(failure="").count() == 1  # the other one need not find that out as well

    post.open()
    assert send(now=NOW + timedelta(seconds=1)) == 1  # the one not tried yet; the other pauses
    assert send(now=NOW + MINUTE) == 1
    assert len(post.received) == 2
    assert set(Email.objects.values_list("failure", flat=True)) == {""}


def test_a_server_that_stays_away_costs_no_mail(post: PostOffice, padaria: UUID) -> None:
    tell(padaria, ANA)
    post.close()
    now = NOW
    for _ in range(30):
        send(now=now)
        now = Email.objects.get().send_at
    pause = Email.objects.get().send_at - now
    assert pause <= timedelta(minutes=10)

    post.open()
    assert send(now=now) == 1
    assert len(post.received) == 1


def test_pauses_grow(post: PostOffice, padaria: UUID) -> None:
    tell(padaria, ANA)
    post.answer = lambda _message: "451 busy"
    pauses, now = [], NOW
    for _ in range(4):
        send(now=now)
        pauses.append(Email.objects.get().send_at - now)
        now += pauses[-1]

    assert [pause.seconds for pause in pauses] == [30, 60, 120, 240]


def test_one_mailbox_that_refuses_does_not_hold_up_the_others(post: PostOffice, padaria: UUID) -> None:
    tell(padaria, ANA, ELENA, OLGA)
    post.refused = {ANA.email: "550 no such mailbox", ELENA.email: "450 try later"}

    assert send() == 1
    assert len(post.to(OLGA.email)) == 1
    assert Email.objects.get(to_email=ANA.email).failure == "550 no such mailbox"
    assert Email.objects.get(to_email=ELENA.email).failure == "450 try later"


def test_a_mailbox_that_always_refuses_is_left_alone_in_the_end(post: PostOffice, padaria: UUID) -> None:
    tell(padaria, ANA)
    post.refused = {ANA.email: "550 no such mailbox"}
    now = NOW
    for _ in range(20):
        send(now=now)
        now = max(now, Email.objects.get().send_at)

    email = Email.objects.get()
    assert email.tries == outbox.MAX_TRIES
    assert email.sent_at is None


def test_a_mail_that_cannot_be_written_does_not_hold_up_the_others(post: PostOffice, padaria: UUID) -> None:
    def attach(invoice_id: UUID, language: str) -> tuple[str, bytes]:
        raise LookupError("no such invoice")

    tell(padaria, ANA, kind="invoice_issued", attachment=uuid7())
    tell(padaria, ELENA)

    assert notices.send_due(now=NOW, limit=50, attach=attach, link_for=link_for) == 1
    assert Email.objects.get(to_email=ANA.email).failure == "LookupError"
    assert len(post.to(ELENA.email)) == 1


def test_a_customer_whose_clock_runs_ahead_does_not_wait_for_mail(post: PostOffice, padaria: UUID) -> None:
    tell(padaria, ANA, now=NOW + timedelta(days=60))

    assert send(now=NOW) == 1


def test_a_worker_that_died_with_a_mail_in_hand_leaves_it_to_the_next(
    post: PostOffice, padaria: UUID
) -> None:
    tell(padaria, ANA)
    assert outbox._claim(Email, NOW) is not None  # and then the power went

    assert send(now=NOW + MINUTE) == 0  # the claim holds
    assert send(now=NOW + 11 * MINUTE) == 1
    assert len(post.received) == 1


def test_a_run_sends_no_more_than_its_limit(post: PostOffice, padaria: UUID) -> None:
    tell(padaria, ANA, ELENA, OLGA)

    assert send(limit=2) == 2
    assert send(limit=2) == 1


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_send_each_mail_once(post: PostOffice) -> None:
    customer = new_customer("Padaria Sol Ltda.").id
    people = [Recipient(f"p{number}@padaria.example", f"Person {number}", "en") for number in range(6)]
    tell(customer, *people)
    workers = 3
    all_are_sending = threading.Barrier(workers)

    def wait_for_the_others(message: EmailMessage) -> str:
        if len(post.received) == 0:
            all_are_sending.wait(10)  # nobody is done before everybody has begun
        return "250 ok"

    post.answer = wait_for_the_others
    sent: list[int] = []

    def work() -> None:
        sent.append(send())
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sum(sent) == 6
    assert sorted(str(message["To"]) for message in post.received) == sorted(
        f"{person.name} <{person.email}>" for person in people
    )


def test_a_mail_on_its_way_is_not_sent_by_anybody_else(post: PostOffice, padaria: UUID) -> None:
    """The claim is given before the server is asked, so a second run in the middle finds nothing."""
    tell(padaria, ANA)
    during: list[int] = []

    def links(page: str, about: tuple[str, ...], facts: Mapping[str, object], language: str) -> str:
        during.append(send())
        return "https://abono.example/"

    assert notices.send_due(now=NOW, limit=9, attach=no_paper, link_for=links) == 1
    assert during == [0]
    assert len(post.received) == 1
