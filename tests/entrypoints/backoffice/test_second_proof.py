"""Back office: somebody who lost telephone and recovery codes gets in again (ACC-3)."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.core import mail
from django.test import Client
from django.utils.translation import override

from abono.domain.identity import factors
from abono.domain.identity.models import Person
from abono.domain.identity.roles import Role
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import SECOND_FACTOR
from abono.entrypoints.site import sessions
from abono.kernel.ids import public
from abono.platform import clock
from abono.platform.models import Event
from tests.entrypoints.portal.reading import signed_in, words
from tests.entrypoints.site.test_factors import CODE, SECURITY, is_signed_in, password
from tests.work import run_jobs
from tests.world import SEED, Tenant, code, make_colleague

pytestmark = pytest.mark.django_db
MEMBERS, PEOPLE = "/en/back-office/members/", "/en/back-office/people/"
WHY = {"why": "Called back at the number of the contract."}
NOTHING = factors.Factors(None, (), 0)


@pytest.fixture
def bruno(padaria: Tenant) -> UUID:
    """A member who has an application and recovery codes, and lost both."""
    person_id = padaria.people["bruno"]
    factors.give(person_id=person_id, secret=SEED, recovery_codes=["aaaa", "bbbb"], now=clock.now())
    return person_id


def member_page(person_id: UUID) -> str:
    return f"{MEMBERS}{public('usr', person_id)}/"


def colleague_page(person_id: UUID) -> str:
    return f"{PEOPLE}{public('usr', person_id)}/second-proof/"


def removed() -> list[Event]:
    return list(Event.objects.filter(name="factor.removed").order_by("id"))


@pytest.mark.rule("ACC-3", part="second factor")
def test_a_member_who_lost_everything_gets_in_by_the_password_and_everything_is_written_down(
    olga: Client, bruno: UUID
) -> None:
    his = signed_in("bruno@padaria.example")
    answer = olga.post(member_page(bruno), WHY, follow=True)
    assert "The second proof of Bruno" in words(answer)
    assert factors.of(bruno) == NOTHING
    assert [(event.data["kind"], event.why, event.subject_id) for event in removed()] == [
        ("codes", WHY["why"], bruno),
        ("recovery_codes", WHY["why"], bruno),
    ]
    olga_id = Person.objects.get(email="olga@abono.example").id
    assert {event.actor for event in removed()} == {f"person:{olga_id}"}
    assert his.get("/en/home/").status_code == 302  # signed out
    assert Event.objects.filter(name="session.ended", subject_id=bruno).count() == 1
    anew = Client()
    password(anew, "bruno@padaria.example")
    assert anew.get("/en/home/").status_code == 200


@pytest.mark.rule("ACC-3", part="second factor")
@pytest.mark.parametrize(
    ("language", "title", "what", "unasked"),
    [
        ("en", "Your second proof was removed", "the application that makes codes, your recovery codes", "in your name"),
        ("es", "Se quitó tu segunda comprobación", "la aplicación que genera códigos, tus códigos de recuperación", "en tu nombre"),
        ("pt-br", "Sua segunda comprovação foi removida", "o aplicativo que gera códigos, seus códigos de recuperação", "em seu nome"),
    ],
)  # fmt: skip
def test_they_are_told_what_was_removed_by_whom_and_what_to_do(
    olga: Client, bruno: UUID, language: str, title: str, what: str, unasked: str
) -> None:
    Person.objects.filter(id=bruno).update(language=language)
    olga.post(member_page(bruno), WHY)
    run_jobs()
    [letter] = [one for one in mail.outbox if one.subject == title]
    assert "bruno@padaria.example" in letter.to[0]
    said = " ".join(letter.body.split())
    for part in ("Olga Prado", what, unasked, "ajuda@abono.example"):
        assert part in said
    assert WHY["why"] not in said


@pytest.mark.rule("ACC-3", part="who must have a second factor: other")
def test_where_a_second_factor_is_required_they_add_one_before_anything_else(
    olga: Client, padaria: Tenant
) -> None:
    ana = padaria.people["ana"]
    factors.give(person_id=ana, secret=SEED, recovery_codes=[], now=clock.now())
    set_value(setting=SECOND_FACTOR, value="administrators", actor="olga", why="auditors", now=clock.now())
    olga.post(member_page(ana), WHY)
    hers = Client()
    assert hers.get(password(hers)["Location"]).status_code == 302
    assert hers.get("/en/settings/wallet/")["Location"] == SECURITY
    assert "Add a second proof to go on." in words(hers.get(SECURITY))

    rita = make_colleague("Rita Melo", Role.READER)
    olga.post(colleague_page(rita), WHY)
    ritas = Client()
    password(ritas, "rita@abono.example")
    assert ritas.get("/en/back-office/invoices/")["Location"] == SECURITY
    assert "Add a second proof to go on." in words(ritas.get(SECURITY))


@pytest.mark.rule("ACC-3", part="second factor")
def test_nobody_removes_their_own(olga: Client, padaria: Tenant) -> None:
    make_colleague("Otto Brandão", Role.OWNER)
    olga_id = Person.objects.get(email="olga@abono.example").id
    before = factors.of(olga_id)
    shown = olga.get(colleague_page(olga_id))
    assert "removed by somebody else, never by yourself" in words(shown)
    assert b'name="why"' not in shown.content
    answer = olga.post(colleague_page(olga_id), WHY)
    assert answer.status_code == 403
    assert "removed by somebody else, never by yourself" in words(answer)
    assert (factors.of(olga_id), removed()) == (before, [])
    assert olga.get(PEOPLE).status_code == 200


@pytest.mark.rule("ACC-3", part="fresh factor")
def test_whoever_removes_it_has_just_proven_themselves(olga: Client, bruno: UUID) -> None:
    session = olga.session
    session[sessions.PROVEN] -= 16 * 60
    session.save()
    asked = olga.post(member_page(bruno), WHY)
    assert asked["Location"].startswith("/en/sign-in/again/")
    assert (factors.of(bruno).second, removed()) == (True, [])


@pytest.mark.rule("ACC-3", part="second factor")
def test_without_a_reason_or_with_nothing_to_remove_nothing_is_done(olga: Client, bruno: UUID) -> None:
    his = signed_in("bruno@padaria.example")
    answer = olga.post(member_page(bruno), {"why": " "})
    assert (answer.status_code, factors.of(bruno).second) == (422, True)
    assert "how you made sure that it is them" in words(answer)
    olga.post(member_page(bruno), WHY)
    again = olga.post(member_page(bruno), WHY)
    assert again.status_code == 409
    assert "There is no second proof to remove" in words(again)
    assert len(removed()) == 2
    run_jobs()
    assert [one.subject for one in mail.outbox].count("Sua segunda comprovação foi removida") == 1
    assert his.get("/en/home/").status_code == 302


@pytest.mark.rule("ACC-5", part="roles")
def test_support_helps_members_and_not_colleagues(padaria: Tenant, olga: Client, bruno: UUID) -> None:
    otto = make_colleague("Otto Brandão", Role.SUPPORT)
    rita = make_colleague("Rita Melo", Role.READER)
    support, reader = signed_in("otto@abono.example"), signed_in("rita@abono.example")
    assert support.post(colleague_page(rita), WHY).status_code == 403
    assert support.post(member_page(rita), WHY).status_code == 404  # a colleague is no member
    assert support.post(member_page(otto), WHY).status_code == 404
    assert reader.post(member_page(bruno), WHY).status_code == 403
    assert removed() == []
    assert support.post(member_page(bruno), WHY).status_code == 302
    assert factors.of(bruno) == NOTHING


def test_members_are_found_by_their_whole_address_or_their_contract(
    olga: Client, bruno: UUID, padaria: Tenant
) -> None:
    page = olga.get(MEMBERS, {"who": "Bruno@padaria.example"})
    assert "Padaria Sol Ltda. · Viewer" in words(page)
    assert member_page(bruno) in page.content.decode()
    of_contract = words(olga.get(MEMBERS, {"who": padaria.contract.number}))
    assert all(name in of_contract for name in ("Ana Souza", "Bruno Lima", "Carla"))
    for nobody in ("bruno", "olga@abono.example", "x@y.example", "%"):
        assert "No member of a customer has this whole address" in words(olga.get(MEMBERS, {"who": nobody}))


def test_a_colleagues_page_leads_there(olga: Client) -> None:
    rita = make_colleague("Rita Melo", Role.READER)
    assert colleague_page(rita) in olga.get(f"{PEOPLE}{public('usr', rita)}/").content.decode()
    for language, says in (
        ("es", "Segunda comprobación de Rita Melo"),
        ("pt-br", "Segunda comprovação de Rita Melo"),
    ):
        with override(language):
            assert says in words(olga.get(colleague_page(rita).replace("/en/", f"/{language}/")))


@pytest.mark.rule("ACC-3", part="second factor")
@pytest.mark.parametrize(
    ("language", "says"),
    [("en", "Did you lose everything"), ("es", "¿Perdiste todo"), ("pt-br", "Você perdeu tudo")],
)
def test_who_is_asked_for_a_code_reads_whom_to_write_to(bruno: UUID, language: str, says: str) -> None:
    his = Client()
    password(his, "bruno@padaria.example")
    page = his.get(CODE.replace("/en/", f"/{language}/"))
    assert says in words(page)
    assert b'href="mailto:ajuda@abono.example"' in page.content


@pytest.mark.rule("ACC-3", part="second factor")
def test_who_stands_at_the_code_when_it_is_removed_begins_anew(olga: Client, bruno: UUID) -> None:
    his = Client()
    password(his, "bruno@padaria.example")
    olga.post(member_page(bruno), WHY)
    assert his.post(CODE, {"code": code()})["Location"] == "/en/sign-in/"
    assert not is_signed_in(his)
    password(his, "bruno@padaria.example")
    assert is_signed_in(his)
