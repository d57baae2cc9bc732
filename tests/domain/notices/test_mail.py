"""What an e-mail looks like from inside: languages, escaping, who gets which link."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import pytest
from django.core.mail import EmailMultiAlternatives

from abono.domain.notices import actions as notices
from abono.domain.notices.mail import compose
from abono.domain.notices.models import Email
from abono.domain.notices.types import Recipient
from tests.domain.notices.conftest import ANA, ELENA, NOW, OLGA, link_for, new_customer, no_paper
from tests.domain.notices.samples import FACTS
from tests.examples import first_by_day

pytestmark = pytest.mark.django_db


def composed(
    customer_id: UUID,
    kind: str,
    recipient: Recipient,
    *,
    link_for=link_for,
    facts: Mapping[str, object] | None = None,
) -> EmailMultiAlternatives:
    notices.tell(
        customer_id=customer_id,
        kind=kind,
        key=f"{kind} for {recipient.email}",
        facts=facts or FACTS[kind],
        recipients=(recipient,),
        now=NOW,
    )
    email = Email.objects.get(to_email=recipient.email, notice__kind=kind)
    return compose(email.id, attach=no_paper, link_for=link_for)


def html(message: EmailMultiAlternatives) -> str:
    return str(message.alternatives[0][0])


@pytest.mark.rule("NOT-1")
@pytest.mark.rule("LNG-1", part="e-mails")
@pytest.mark.parametrize(
    "recipient", first_by_day([ELENA, ANA, OLGA]), ids=lambda recipient: recipient.language
)
@pytest.mark.parametrize("kind", FACTS)
def test_every_kind_has_text_html_and_a_link_in_the_readers_language(
    padaria: UUID, kind: str, recipient: Recipient
) -> None:
    message = composed(padaria, kind, recipient)

    assert message.subject
    assert message.message()["Content-Language"] == recipient.language
    assert f"https://abono.example/{recipient.language}/" in message.body
    assert f'href="https://abono.example/{recipient.language}/' in html(message)
    assert f'<html lang="{recipient.language}">' in html(message)
    assert recipient.name in message.body
    assert "{" not in message.body


def test_both_parts_say_the_same_figures(padaria: UUID) -> None:
    message = composed(padaria, "invoice_issued", OLGA)

    for part in (message.body, html(message)):
        assert "R$1,900.00" in part
        assert "due on 11 July 2026" in part
        assert "A-000042" in part


@pytest.mark.parametrize(
    ("kind", "says"), [("change_to_confirm", True), ("change_to_approve", True), ("change_lapsed", False)]
)
def test_of_a_change_that_waits_nothing_is_said_to_be_charged(padaria: UUID, kind: str, says: bool) -> None:
    body = composed(padaria, kind, OLGA).body

    assert ("To be charged: R$1,350.00" in body) is says
    assert "Charged on acceptance" not in body


def test_a_name_is_text_and_never_markup() -> None:
    customer = new_customer('<script>alert("1")</script> & Sons').id
    message = composed(customer, "contract_changed", Recipient("a@x.example", "<b>Ana</b>", "en"))

    assert "<script>" not in html(message)
    assert "<b>" not in html(message)
    assert "&lt;script&gt;" in html(message)
    assert '<script>alert("1")</script> & Sons' in message.body


def test_a_name_cannot_add_headers(padaria: UUID) -> None:
    message = composed(padaria, "invoice_issued", Recipient("a@x.example", "Ana\r\nBcc: all@x.example", "en"))

    sent = message.message()
    assert sent["Bcc"] is None
    assert message.recipients() == ["Ana Bcc: all@x.example <a@x.example>"] or message.recipients() == [
        '"Ana Bcc: all@x.example" <a@x.example>'
    ]


def test_only_the_new_administrator_gets_the_link_to_choose_a_password(padaria: UUID) -> None:
    def links(page: str, about: tuple[str, ...], facts: Mapping[str, object], language: str) -> str:
        if page == "portal:set_password":
            return f"https://abono.example/set-password/{facts['person_id']}/token"
        assert "person_id" not in facts
        return "https://abono.example/plans"

    person = str(FACTS["contract_active"]["person_id"])
    to_ana = composed(padaria, "contract_active", ANA, link_for=links)
    to_elena = composed(padaria, "contract_active", ELENA, link_for=links)

    assert f"https://abono.example/set-password/{person}/token" in to_ana.body
    assert f"https://abono.example/set-password/{person}/token" in html(to_ana)
    assert "https://abono.example/plans" in to_elena.body
    assert "set-password" not in to_elena.body + html(to_elena)


def test_an_administrator_who_has_a_password_gets_the_ordinary_link(padaria: UUID) -> None:
    def links(page: str, about: tuple[str, ...], facts: Mapping[str, object], language: str) -> str:
        return "" if page == "portal:set_password" else "https://abono.example/plans"

    assert "https://abono.example/plans" in composed(padaria, "contract_active", ANA, link_for=links).body


def test_the_message_id_is_the_same_each_time_it_is_composed(padaria: UUID) -> None:
    message = composed(padaria, "invoice_issued", ANA)
    again = compose(Email.objects.get().id, attach=no_paper, link_for=link_for)

    assert message.message()["Message-ID"] == again.message()["Message-ID"]
