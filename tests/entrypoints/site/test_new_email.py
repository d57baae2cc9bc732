"""Another e-mail address for one's own account: nothing changes before it is proven, and it can be taken back."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from abono.domain.identity.models import Person
from abono.entrypoints.portal.account import tries
from abono.entrypoints.site import links
from abono.platform.models import Event
from tests.entrypoints.portal.reading import words
from tests.entrypoints.site.test_factors import AGAIN, SECURITY, age, is_signed_in, password
from tests.entrypoints.site.test_sessions import elsewhere
from tests.work import run_jobs
from tests.world import Tenant

pytestmark = [pytest.mark.django_db, pytest.mark.rule("ACC-3", part="password")]
CHANGE, PROOF, BACK = f"{SECURITY}email/", f"{SECURITY}email/proof/", "/en/email/back/"
OLD, NEW = "ana@padaria.example", "ana@sol.example"


def ask(client: Client, address: str = NEW) -> str:
    reply = client.post(CHANGE, {"email": address})
    assert reply.status_code == 200
    run_jobs()
    return words(reply)


def link_of_last() -> str:
    found = re.search(r"http://127.0.0.1:8000(/\S+)", str(mail.outbox[-1].body))
    assert found is not None
    return found[1]


def sent_to(address: str) -> int:
    return sum(address in one.to[0] for one in mail.outbox)


def address_of(person: str, padaria: Tenant) -> str:
    return Person.objects.get(id=padaria.people[person]).email


def changed(client: Client) -> str:
    """She changes it. Returns the link by which it is taken back."""
    ask(client)
    client.get(link_of_last())
    assert client.post(PROOF)["Location"] == SECURITY
    run_jobs()
    return link_of_last()


def test_the_address_changes_once_it_is_proven_and_not_before(ana: Client, padaria: Tenant) -> None:
    phone = elsewhere()
    assert "A mail is on its way to ana@sol.example" in ask(ana, "ANA@sol.example")
    assert mail.outbox[-1].to == [f"Ana Souza <{NEW}>"]
    assert ana.get(link_of_last())["Location"] == PROOF
    assert "Until now ana@padaria.example From now on ana@sol.example" in words(ana.get(PROOF))
    assert address_of("ana", padaria) == OLD  # to look at it changes nothing
    before = ana.session.session_key

    assert ana.post(PROOF)["Location"] == SECURITY
    assert address_of("ana", padaria) == NEW
    assert is_signed_in(ana)
    assert not is_signed_in(phone)
    assert ana.session.session_key != before
    run_jobs()
    assert mail.outbox[-1].to == [f"Ana Souza <{OLD}>"]
    assert NEW in mail.outbox[-1].body
    assert password(Client(), OLD).status_code == 422
    assert password(Client(), NEW).status_code == 302
    assert ana.post(PROOF).status_code == 404  # once
    [event] = Event.objects.filter(name="email.changed")
    assert (event.personal.before, event.personal.after) == ({"email": OLD}, {"email": NEW})
    assert NEW not in str((event.before, event.after, event.data))


def test_it_asks_for_a_fresh_factor_first(ana: Client, padaria: Tenant) -> None:
    age(ana, timedelta(minutes=16))
    for page in (CHANGE, PROOF):
        assert ana.get(page)["Location"].startswith(AGAIN)
    assert ana.post(CHANGE, {"email": NEW})["Location"].startswith(AGAIN)
    run_jobs()
    assert sent_to(NEW) == 0


def test_a_stranger_whose_address_was_typed_by_mistake_gets_nothing(
    ana: Client, diego: Client, padaria: Tenant
) -> None:
    ask(ana)
    link, stranger = link_of_last(), Client()
    stranger.get(link)
    assert stranger.get(PROOF)["Location"].startswith("/en/sign-in/")
    diego.get(link)
    assert diego.get(PROOF).status_code == diego.post(PROOF).status_code == 404
    assert address_of("ana", padaria) == OLD


def test_an_address_that_somebody_has_gets_the_same_answer_and_says_so_in_its_mail_alone(
    ana: Client, padaria: Tenant
) -> None:
    free, taken = ask(ana), ask(ana, "bruno@padaria.example")
    assert taken == free.replace(NEW, "bruno@padaria.example")
    assert mail.outbox[-1].to == ["Bruno Lima <bruno@padaria.example>"]
    assert "nada foi mudado" in mail.outbox[-1].body  # in the language of whoever has it
    assert "email/proof" not in mail.outbox[-1].body


def test_an_address_that_somebody_took_meanwhile_is_refused_and_nothing_changes(
    ana: Client, padaria: Tenant
) -> None:
    ask(ana)
    ana.get(link_of_last())
    Person.objects.filter(id=padaria.people["bruno"]).update(email=NEW)
    answer = ana.post(PROOF)
    assert answer.status_code == 409
    assert "Another account signs in with this address" in words(answer)
    assert address_of("ana", padaria) == OLD


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Type your e-mail."),
        ("ana@", "Type a whole e-mail address."),
        ("ana@sol", "Type a whole e-mail address."),
        ("Ana@Padaria.example", "You sign in with this address already."),
    ],
)
def test_what_is_no_new_address_is_refused_in_words(ana: Client, typed: str, said: str) -> None:
    answer = ana.post(CHANGE, {"email": typed})
    assert answer.status_code == 422
    assert said in words(answer)
    assert not Event.objects.filter(name="email.change_asked").exists()


def test_links_end_with_their_day_a_new_password_or_a_changed_letter(
    ana: Client, padaria: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(ana)
    link = link_of_last()
    ana.get(link[:-2] + "/")
    assert ana.get(PROOF).status_code == 404
    ana.get(link)
    assert ana.get(PROOF).status_code == 200
    with monkeypatch.context() as later:
        later.setattr(links, "EMAIL_PROOF_STANDS", timedelta(seconds=-1))
        assert ana.get(PROOF).status_code == 404
    person = Person.objects.get(id=padaria.people["ana"])
    person.set_password("another one altogether")
    assert links.read_email_proof(link.split("/")[-2]) is not None
    person.save()
    assert links.read_email_proof(link.split("/")[-2]) is None


def test_mails_to_one_address_are_bounded(ana: Client) -> None:
    for _ in range(tries.FREE_LETTERS + 2):
        ask(ana)
    assert sent_to(NEW) == tries.FREE_LETTERS  # and the answer stays the same


def test_from_the_old_address_it_is_taken_back_and_the_password_is_void(ana: Client, padaria: Tenant) -> None:
    thief, link = ana, changed(ana)
    owner = Client()
    assert owner.get(link)["Location"] == BACK
    assert "it becomes ana@padaria.example again" in words(owner.get(BACK))
    assert address_of("ana", padaria) == NEW
    assert owner.post(BACK)["Location"] == "/en/set-password/"
    assert address_of("ana", padaria) == OLD
    assert not is_signed_in(thief)
    assert password(Client(), OLD).status_code == 422  # the thief knew it
    again = {"password": "one that nobody knows", "again": "one that nobody knows"}
    assert owner.post("/en/set-password/", again)["Location"] == "/en/home/"
    assert owner.get(link)["Location"] == BACK
    assert owner.post(BACK).status_code == 404  # it is hers already
    assert Event.objects.filter(name="email.taken_back").count() == 1


def test_whoever_took_the_account_cannot_take_the_way_back(ana: Client, padaria: Tenant) -> None:
    link = changed(ana)
    words_of_thief = {"password": "the thief's own words", "again": "the thief's own words"}
    assert ana.post(f"{SECURITY}password/", words_of_thief)["Location"] == SECURITY
    Person.objects.filter(id=padaria.people["ana"]).update(email="third@sol.example")
    owner = Client()
    owner.get(link)
    assert owner.post(BACK).status_code == 302
    assert address_of("ana", padaria) == OLD


def test_a_thief_who_changed_it_twice_takes_nothing_back(ana: Client, padaria: Tenant) -> None:
    of_owner = changed(ana)  # to the thief's first address
    ask(ana, "second@sol.example")
    ana.get(link_of_last())
    ana.post(PROOF)
    run_jobs()
    of_thief = link_of_last()
    owner, thief, late = Client(), Client(), Client()
    late.get(of_thief)
    assert late.get(BACK).status_code == 200  # open since before
    owner.get(of_owner)
    owner.post(BACK)
    thief.get(of_thief)
    assert [thief.get(BACK).status_code, thief.post(BACK).status_code, late.post(BACK).status_code] == [
        404
    ] * 3
    assert thief.get("/en/set-password/").status_code == late.get("/en/set-password/").status_code == 404
    assert address_of("ana", padaria) == OLD


def test_the_owner_takes_it_back_after_the_thief_went_one_step_back(ana: Client, padaria: Tenant) -> None:
    of_owner = changed(ana)
    ask(ana, "second@sol.example")
    ana.get(link_of_last())
    ana.post(PROOF)
    run_jobs()
    thief, owner = Client(), Client()
    thief.get(link_of_last())
    thief.post(BACK)
    assert address_of("ana", padaria) == NEW
    owner.get(of_owner)
    assert owner.post(BACK)["Location"] == "/en/set-password/"
    assert address_of("ana", padaria) == OLD


def test_the_way_back_ends_after_a_week(ana: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    link = changed(ana)
    monkeypatch.setattr(links, "EMAIL_BACK_STANDS", timedelta(seconds=-1))
    owner = Client()
    owner.get(link)
    assert owner.get(BACK).status_code == owner.post(BACK).status_code == 404
