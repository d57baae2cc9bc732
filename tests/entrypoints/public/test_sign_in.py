"""Signing in and out, choosing a password by the link in an e-mail, and the language that is remembered."""

from __future__ import annotations

from typing import Literal
from unicodedata import normalize
from uuid import UUID

import pytest
from django.conf import LazySettings
from django.http import HttpResponse
from django.test import Client
from django.utils import translation

from abono.domain.customers import actions as customers
from abono.domain.identity import actions as identity
from abono.domain.identity import queries as people
from abono.domain.identity.types import Profile
from abono.entrypoints.site import links
from abono.platform import clock
from tests.world import PADARIA, PASSWORD, add_person

SIGN_IN = "/en/sign-in/"
type Form = Literal["NFC", "NFD", "NFKC"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def padaria() -> UUID:
    return customers.create(new=PADARIA, sandbox=False, actor="test", now=clock.now())


@pytest.fixture
def ana(padaria: UUID) -> UUID:
    person = add_person(
        padaria, "Ana Souza", "ana@padaria.example", "pt-br", Profile.ADMINISTRATOR, clock.now()
    )
    identity.set_password(person_id=person, password=PASSWORD)
    return person


def sign_in(client: Client, password: str = PASSWORD, email: str = "ana@padaria.example", **other: str):
    return client.post(SIGN_IN, {"email": email, "password": password, **other})


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.mark.rule("ACC-3", part="password")
def test_e_mail_and_password_lead_to_the_first_page_of_the_profile(
    client: Client, ana: UUID, padaria: UUID
) -> None:
    reply = sign_in(client, email="ANA@padaria.example")
    assert (reply.status_code, reply["Location"]) == (302, "/en/home/")
    assert client.get(SIGN_IN)["Location"] == "/en/home/"

    carla = add_person(padaria, "Carla", "carla@padaria.example", "pt-br", Profile.AGENT, clock.now())
    identity.set_password(person_id=carla, password=PASSWORD)
    assert sign_in(Client(), email="carla@padaria.example")["Location"] == "/en/notices/"


@pytest.mark.rule("ACC-3")
@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("ana@padaria.example", "wrong"),
        ("nobody@padaria.example", PASSWORD),
        ("ana@padaria.example\N{REPLACEMENT CHARACTER}", PASSWORD),
        ("x" * 200, PASSWORD),
    ],
)
def test_a_wrong_password_and_an_unknown_person_get_the_same_answer(
    client: Client, ana: UUID, email: str, password: str
) -> None:
    reply = sign_in(client, password, email)
    assert reply.status_code == 422
    assert "The e-mail or the password is not right" in reply.content.decode()
    assert not is_signed_in(client)


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("", ""),
        ("ana@padaria.example", ""),
        ("", PASSWORD),
        ("a\0b", PASSWORD),
        ("ana@padaria.example", "a\0b"),
    ],
)
def test_what_is_missing_or_unreadable_is_said_at_its_field(
    client: Client, ana: UUID, email: str, password: str
) -> None:
    reply = sign_in(client, password, email)
    assert reply.status_code == 422
    assert 'href="#id_' in reply.content.decode()
    assert password == "" or password not in reply.content.decode()


def test_a_person_without_password_or_switched_off_cannot_sign_in(
    client: Client, ana: UUID, padaria: UUID
) -> None:
    add_person(padaria, "Bruno", "bruno@padaria.example", "pt-br", Profile.VIEWER, clock.now())
    assert sign_in(client, "", "bruno@padaria.example").status_code == 422
    person = people.person(ana)
    assert person is not None
    person.is_active = False
    person.save()
    assert sign_in(client).status_code == 422


@pytest.mark.rule("ACC-3", part="slow answers")
def test_guessers_wait_and_the_right_password_does_not_help_meanwhile(client: Client, ana: UUID) -> None:
    for _ in range(5):
        assert sign_in(client, "wrong").status_code == 422
    refused = sign_in(client)
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 30
    assert not is_signed_in(client)

    elsewhere = client.post(
        SIGN_IN, {"email": "ana@padaria.example", "password": PASSWORD}, REMOTE_ADDR="198.51.100.1"
    )
    assert elsewhere.status_code == 302  # nobody can lock somebody else out


@pytest.mark.rule("ACC-3")
def test_a_right_password_forgets_the_wrong_ones_before_it(client: Client, ana: UUID) -> None:
    for _ in range(3):
        for _ in range(4):
            sign_in(client, "wrong")
        assert sign_in(client).status_code == 302


@pytest.mark.rule("ACC-3")
def test_one_address_cannot_try_many_people(client: Client) -> None:
    answers = [sign_in(client, "guess", f"person{n}@x.example").status_code for n in range(51)]
    assert answers[:50] == [422] * 50
    assert answers[50] == 429


@pytest.mark.parametrize(
    ("wanted", "leads_to"),
    [
        ("/en/usage/?cycle=1", "/en/usage/?cycle=1"),
        ("https://evil.example/", "/en/home/"),
        ("//evil.example/", "/en/home/"),
        ("javascript:alert(1)", "/en/home/"),
        ("/\\evil.example", "/en/home/"),
        ("", "/en/home/"),
    ],
)
def test_after_signing_in_one_goes_on_where_one_wanted_to_but_never_away(
    client: Client, ana: UUID, wanted: str, leads_to: str
) -> None:
    assert sign_in(client, next=wanted)["Location"] == leads_to


def test_the_wish_survives_a_wrong_password(client: Client, ana: UUID) -> None:
    page = client.get(f"{SIGN_IN}?next=/en/usage/").content.decode()
    assert 'name="next" value="/en/usage/"' in page
    assert 'name="next" value="/en/usage/"' in sign_in(client, "wrong", next="/en/usage/").content.decode()


def test_signing_out_takes_a_press_and_not_a_visit(client: Client, ana: UUID) -> None:
    sign_in(client)
    assert client.get("/en/sign-out/")["Location"] == SIGN_IN
    assert is_signed_in(client)
    assert client.post("/en/sign-out/")["Location"] == SIGN_IN
    assert not is_signed_in(client)


def link(person: UUID, language: str = "en") -> str:
    return links.set_password_url(person, language).removeprefix("http://127.0.0.1:8000")


def open_link(client: Client, address: str) -> HttpResponse:
    """As a browser does: the token stays behind in the first address."""
    reply = client.get(address)
    clean = f"/{address.split('/')[1]}/set-password/"
    assert (reply.status_code, reply["Location"]) == (302, clean)
    return client.get(clean)


def choose(client: Client, password: str, again: str | None = None, language: str = "en") -> HttpResponse:
    typed = {"password": password, "again": password if again is None else again}
    return client.post(f"/{language}/set-password/", typed)


def test_the_link_from_the_e_mail_sets_the_password_signs_in_and_serves_once(
    client: Client, padaria: UUID, settings: LazySettings
) -> None:
    bruno = add_person(padaria, "Bruno", "bruno@padaria.example", "es", Profile.VIEWER, clock.now())
    address = link(bruno, "es")
    assert address.startswith("/es/set-password/usr_")
    assert "bruno@padaria.example" in open_link(client, address).content.decode()

    new = "muy larga y propia"
    reply = choose(client, new, language="es")
    assert (reply.status_code, reply["Location"]) == (302, "/es/home/")
    assert is_signed_in(client)
    assert "Tu contraseña está guardada" in client.get("/es/home/").content.decode()
    assert sign_in(Client(), new, "bruno@padaria.example").status_code == 302
    used = open_link(client, address)
    assert used.status_code == 404
    assert 'href="/es/sign-in/forgot/"' in used.content.decode()  # a new one is a press away
    assert f"mailto:{settings.ABONO_SELLER['email']}" in used.content.decode()
    assert choose(client, "another one of mine", language="es").status_code == 404
    assert sign_in(Client(), new, "bruno@padaria.example").status_code == 302


@pytest.mark.parametrize(
    ("password", "again"),
    [
        ("", ""),
        ("short", "short"),
        ("password1", "password1"),
        ("bruno@padaria.example", "bruno@padaria.example"),
        ("correct horse battery", "correct horse batter"),
        ("with\0nul inside", "with\0nul inside"),
        ("x" * 1_001, "x" * 1_001),
    ],
)
def test_a_password_that_cannot_be_set_changes_nothing(
    client: Client, padaria: UUID, password: str, again: str
) -> None:
    bruno = add_person(padaria, "Bruno", "bruno@padaria.example", "en", Profile.VIEWER, clock.now())
    address = link(bruno)
    open_link(client, address)
    assert choose(client, password, again).status_code == 422
    person = people.person(bruno)
    assert person is not None
    assert not person.has_usable_password()
    assert open_link(client, address).status_code == 200


def test_links_that_were_not_sent_lead_nowhere(client: Client, ana: UUID, padaria: UUID) -> None:
    bruno = add_person(padaria, "Bruno", "bruno@padaria.example", "en", Profile.VIEWER, clock.now())
    token = link(bruno).rstrip("/").rpartition("/")[2]
    of_ana = link(ana).rstrip("/").rpartition("/")[0]
    for address in (f"{of_ana}/{token}/", f"{of_ana}/x/", "/en/set-password/usr_x/y/"):
        assert open_link(client, address).status_code == 404
        assert choose(client, PASSWORD * 2).status_code == 404


def test_a_link_ends_after_three_days_but_not_by_signing_in(
    client: Client, ana: UUID, settings: LazySettings
) -> None:
    assert settings.PASSWORD_RESET_TIMEOUT == 3 * 24 * 60 * 60
    address = link(ana)
    sign_in(Client())  # as the page after contracting does
    assert open_link(client, address).status_code == 200
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert open_link(client, address).status_code == 404


def test_setting_a_password_ends_the_persons_other_sessions(client: Client, ana: UUID) -> None:
    old = Client()
    sign_in(old)
    open_link(client, link(ana))
    choose(client, "a new one for ana")
    assert old.get("/en/plans/").wsgi_request.user.is_anonymous
    assert client.get("/en/plans/").wsgi_request.user.is_authenticated


def test_addresses_for_e_mails_carry_the_host_and_the_language(ana: UUID, padaria: UUID) -> None:
    assert links.link_for("portal:plans", (), {}, "es") == "http://127.0.0.1:8000/es/settings/contracts/"
    assert links.link_for("portal:nowhere", (), {}, "es") == ""
    assert links.link_for("portal:set_password", (), {"person_id": str(ana)}, "es") == ""  # has one already
    bruno = add_person(padaria, "Bruno", "bruno@padaria.example", "en", Profile.VIEWER, clock.now())
    assert "/pt-br/set-password/usr_" in links.link_for(
        "portal:set_password", (), {"person_id": str(bruno)}, "pt-br"
    )
    assert links.link_for("portal:set_password", (), {}, "es") == ""
    assert translation.get_language() == "en"


@pytest.mark.rule("LNG-1")
@pytest.mark.parametrize("method", ["get", "post"])
def test_the_language_is_remembered_and_the_same_page_goes_on_in_it(
    client: Client, ana: UUID, method: str
) -> None:
    sign_in(client)
    reply = getattr(client, method)("/en/language/", {"language": "es", "next": "/en/plans/?currency=BRL"})
    assert reply["Location"] == "/es/plans/?currency=BRL"
    person = people.person(ana)
    assert person is not None
    # A link, which anybody can send, changes nothing that is kept with a person.
    assert person.language == ("es" if method == "post" else "pt-br")
    assert client.get("/", headers={"accept-language": "en"})["Location"] == "/es/"


@pytest.mark.parametrize("language", ["", "xx", "\0", "e" * 500])
def test_a_language_that_we_do_not_speak_changes_nothing(client: Client, ana: UUID, language: str) -> None:
    sign_in(client)
    reply = client.post("/en/language/", {"language": language, "next": "//evil.example/"})
    assert reply["Location"] == "/en/"
    person = people.person(ana)
    assert person is not None
    assert person.language == "pt-br"


@pytest.mark.parametrize(
    "wanted", ["foo", "foo-bar", "portal:home", "x y", "", "//evil.example", "javascript:1"]
)
def test_a_next_that_is_no_address_leads_to_the_start(client: Client, ana: UUID, wanted: str) -> None:
    for method in ("get", "post"):
        reply = getattr(client, method)("/en/language/", {"language": "en", "next": wanted})
        assert reply["Location"] == "/en/"
    assert sign_in(client, next=wanted)["Location"] == "/en/home/"
    assert client.get(SIGN_IN, {"next": wanted})["Location"] == "/en/home/"


@pytest.mark.rule("ACC-3", part="password")
@pytest.mark.parametrize(("set_as", "typed"), [("NFC", "NFD"), ("NFD", "NFC"), ("NFKC", "NFD")])
def test_a_password_is_the_same_however_a_keyboard_writes_its_accents(
    client: Client, ana: UUID, set_as: Form, typed: Form
) -> None:
    password = "canção de ninar às três"
    identity.set_password(person_id=ana, password=normalize(set_as, password))
    assert sign_in(client, password="cancao de ninar as tres").status_code == 422
    assert sign_in(client, password=normalize(typed, password)).status_code == 302


def test_a_long_password_of_plain_words_is_taken_whole(client: Client, ana: UUID) -> None:
    long = "only words, no figure and no sign is asked for; " * 3
    open_link(client, link(ana))
    assert choose(client, long).status_code == 302
    assert sign_in(Client(), long[:-9]).status_code == 422
    assert sign_in(Client(), long).status_code == 302
