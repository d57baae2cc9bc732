"""A new password by a link in a mail: the same answer for everybody, and a link that goes into no log."""

from __future__ import annotations

import io
import logging
import re

import pytest
from django.core import mail
from django.test import Client

from abono.domain.identity import queries as people
from abono.entrypoints.portal.account import tries
from abono.entrypoints.site.links import ResetTokens
from abono.platform import clock, rate
from abono.platform.models import Event
from abono.platform.running import metrics
from tests.entrypoints.portal.reading import words
from tests.entrypoints.public.test_sign_in import SIGN_IN, ana, choose, is_signed_in, padaria, sign_in
from tests.work import run_jobs
from tests.world import PASSWORD, code, give_codes

__all__ = ["ana", "padaria"]
FORGOT = "/en/sign-in/forgot/"
NEW = "a whole new one for ana"
pytestmark = pytest.mark.django_db


def ask(client: Client, email: str = "ana@padaria.example", **other: str) -> str:
    reply = client.post(FORGOT, {"email": email}, **other)
    assert reply.status_code == 200
    run_jobs()
    return reply.content.decode()


def link_in_mail() -> str:
    found = re.search(r"http://127.0.0.1:8000(/en/set-password/\S+)", str(mail.outbox[-1].body))
    assert found is not None
    return found[1]


@pytest.mark.rule("ACC-3", part="password")
def test_the_link_in_the_mail_sets_a_new_password_once(client: Client, ana: object) -> None:
    old = Client()
    sign_in(old)
    ask(client, "ANA@padaria.example")
    assert mail.outbox[-1].to == ["Ana Souza <ana@padaria.example>"]
    assert client.get(link_in_mail())["Location"] == "/en/set-password/"
    assert choose(client, NEW)["Location"] == "/en/home/"
    assert is_signed_in(client)
    assert not is_signed_in(old)
    assert sign_in(Client(), PASSWORD).status_code == 422
    assert sign_in(Client(), NEW).status_code == 302
    again = Client()
    again.get(link_in_mail())
    assert again.get("/en/set-password/").status_code == 404
    assert [e.name for e in Event.objects.filter(name__startswith="password.").order_by("id")] == [
        "password.link_asked",
        "password.changed",
    ]


@pytest.mark.rule("ACC-3", part="password")
def test_an_unknown_address_gets_the_same_answer_and_no_mail(client: Client, ana: object) -> None:
    known = ask(client)
    unknown = ask(client, "nobody@padaria.example")
    assert unknown.replace("nobody@", "ana@") == known
    assert len(mail.outbox) == 1


@pytest.mark.rule("ACC-3", part="password")
def test_the_link_ends_after_an_hour(client: Client, ana: object, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(client)
    monkeypatch.setattr(ResetTokens, "lasts", -ResetTokens.lasts)
    client.get(link_in_mail())
    assert client.get("/en/set-password/").status_code == 404
    assert choose(client, NEW).status_code == 404
    assert sign_in(Client(), PASSWORD).status_code == 302


@pytest.mark.rule("ACC-3", part="second factor")
def test_a_mail_alone_does_not_open_an_account_that_has_a_second_factor(client: Client, ana: object) -> None:
    give_codes(ana)
    ask(client)
    client.get(link_in_mail())
    assert choose(client, NEW)["Location"] == "/en/sign-in/code/"
    assert not is_signed_in(client)
    asked = words(client.get("/en/sign-in/code/"))
    assert "Your password is set." in asked
    assert "signed in" not in asked
    assert client.post("/en/sign-in/code/", {"code": code()}).status_code == 302
    assert is_signed_in(client)


@pytest.mark.rule("ACC-3", part="slow answers")
def test_mails_to_one_address_and_from_one_address_are_bounded(client: Client, ana: object) -> None:
    for _ in range(5):
        ask(client)
    assert len(mail.outbox) == tries.FREE_LETTERS  # and the answer stays the same
    answers = [client.post(FORGOT, {"email": f"p{n}@x.example"}).status_code for n in range(20)]
    assert set(answers) == {200, 429}


@pytest.mark.rule("ACC-3", part="password")
def test_a_link_to_choose_a_password_is_written_to_no_log(
    client: Client, ana: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """V-13: also when its form is refused, or it leads nowhere any more."""
    ask(client)
    address = link_in_mail()
    token = address.rstrip("/").rpartition("/")[2]
    strict, written = Client(enforce_csrf_checks=True), io.StringIO()
    [handler] = [one for one in logging.getLogger().handlers if type(one) is logging.StreamHandler]
    monkeypatch.setattr(handler, "stream", written)
    strict.get(address)
    assert strict.post("/en/set-password/", {"password": NEW, "again": NEW}).status_code == 403
    assert strict.post(address).status_code == 403
    assert strict.get(f"{address}more/").status_code == 404
    assert token not in written.getvalue()
    assert "/set-password/" in written.getvalue()


@pytest.mark.rule("ACC-3", part="slow answers")
def test_guesses_of_one_account_from_many_addresses_are_slowed_but_not_for_who_was_here_before(
    client: Client, ana: object
) -> None:
    """V-08, and no lock that a stranger can hold: her own browser and the link in her mail let her in."""
    hers = Client(REMOTE_ADDR="198.51.100.1")
    assert sign_in(hers).status_code == 302
    hers.post("/en/sign-out/")
    statuses = [
        Client(REMOTE_ADDR=f"203.0.113.{n}")
        .post(SIGN_IN, {"email": "ana@padaria.example", "password": "guess"})
        .status_code
        for n in range(40)
    ]
    assert statuses == [422] * 20 + [429] * 20
    assert sign_in(Client(REMOTE_ADDR="203.0.113.99"), PASSWORD).status_code == 429
    assert sign_in(hers).status_code == 302
    assert Event.objects.filter(name="sign_in.paused").count() == 1
    assert Event.objects.filter(name="sign_in.failed").count() == 20

    ask(client)
    client.get(link_in_mail())
    assert choose(client, NEW).status_code == 302
    client.post("/en/sign-out/")
    assert sign_in(client, NEW).status_code == 302
    assert people.find_person("ana@padaria.example") is not None


@pytest.mark.rule("ACC-3", part="slow answers")
def test_guesses_of_many_accounts_from_many_addresses_are_bounded_together_and_lock_nobody_out(
    client: Client, ana: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S-27: whoever was here before comes in meanwhile, a stranger some seconds later, and right passwords do not count."""

    def guess(n: int) -> int:
        stranger = Client(REMOTE_ADDR=f"203.0.113.{n}")
        return stranger.post(SIGN_IN, {"email": f"person{n}@x.example", "password": "guess"}).status_code

    def counted() -> list[float]:
        labels = (("right", ""), ("wrong", ""), ("slowed", "everybody"))
        return [metrics.SIGN_INS.labels(*one)._value.get() for one in labels]

    monkeypatch.setattr(tries, "WRONG_PER_MINUTE", 3)
    before, hers = counted(), Client(REMOTE_ADDR="198.51.100.1")
    for n in range(5):
        assert sign_in(Client(REMOTE_ADDR=f"198.51.100.{n + 2}"), PASSWORD).status_code == 302
    assert sign_in(hers).status_code == 302
    hers.post("/en/sign-out/")

    assert [guess(n) for n in range(5)] == [422] * 3 + [429] * 2
    new = Client(REMOTE_ADDR="198.51.100.99")
    for _ in range(tries.FREE_TRIES + 1):  # waiting for others costs none of one's own tries
        waits = sign_in(new, PASSWORD)
        assert (waits.status_code, int(waits["Retry-After"]) <= 20) == (429, True)
    assert sign_in(hers).status_code == 302
    rate.forget_old(now=clock.now() + rate.MINUTE)
    assert sign_in(new, PASSWORD).status_code == 302
    changed = [now - then for now, then in zip(counted(), before, strict=True)]
    assert changed == [8, 3, 2 + tries.FREE_TRIES + 1]
