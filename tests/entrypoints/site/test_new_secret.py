"""Another ABONO_SECRET_KEY: what goes on by the key before, what is encrypted anew, what is refused (S-45, S-47)."""

from __future__ import annotations

import base64
from collections.abc import Callable
from io import StringIO
from uuid import UUID

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.conf import LazySettings
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client, RequestFactory

from abono.config.doctor import inside
from abono.config.doctor.finding import Level
from abono.domain.identity import document_locks, factors, sealed, sign_on
from abono.domain.identity import queries as people
from abono.domain.identity.document_locks import Way
from abono.domain.identity.errors import DocumentPasswordLost
from abono.domain.identity.models import SignOn
from abono.domain.identity.sealed import Under
from abono.domain.payment_links import queries as payment_links
from abono.entrypoints.portal.account import tries
from abono.entrypoints.site import links
from abono.kernel.ids import uuid7
from abono.platform import clock
from abono.platform.models import Event
from tests.entrypoints.portal.reading import path_of, words
from tests.entrypoints.site.test_factors import CODE, SECURITY, is_signed_in, password
from tests.stories import linked
from tests.work import run_jobs
from tests.world import Tenant, code, give_codes

NEW = "another-key-of-this-installation-0123456789"
type Change = Callable[..., None]
pytestmark = pytest.mark.django_db


@pytest.fixture
def change(settings: LazySettings) -> Change:
    """Give the installation another key; the one before is known, or not."""

    def to(key: str = NEW, *, before: bool) -> None:
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY] if before else []
        settings.SECRET_KEY = key

    return to


def signed_in_by_password() -> Client:
    client = Client()
    password(client)
    assert is_signed_in(client)
    return client


@pytest.mark.rule("ACC-3", part="sessions")
@pytest.mark.parametrize("before", [True, False])
def test_a_session_goes_on_while_the_key_before_is_known_and_is_listed_and_ended_as_before(
    padaria: Tenant, change: Change, before: bool
) -> None:
    here, elsewhere = signed_in_by_password(), signed_in_by_password()
    old = here.session.session_key
    change(before=before)
    assert (here.get("/en/home/").status_code == 200) is before
    if not before:
        return
    assert here.session.session_key != old
    assert words(here.get(SECURITY)).count("Here now") == 1
    here.post(f"{SECURITY}sessions/end-others/")
    assert not is_signed_in(elsewhere)
    assert here.get("/en/home/").status_code == 200


@pytest.mark.rule("ACC-3", part="password")
@pytest.mark.parametrize("before", [True, False])
def test_links_that_were_sent_open_while_the_key_before_is_known(
    padaria: Tenant, change: Change, before: bool
) -> None:
    ana = people.person(padaria.people["ana"])
    assert ana is not None
    order = uuid7()
    sent = {
        "password": links.reset_password_url(ana.id, "en"),
        "proof": links.email_proof_url(ana, "ana@new.example", "en"),
        "back": links.email_back_url(ana.id, "ana@old.example", uuid7(), "en"),
        "order": links.order_url(order, "en"),
    }
    last = {name: url.rstrip("/").rpartition("/")[2] for name, url in sent.items()}
    change(before=before)
    browser = Client()
    browser.get(path_of(sent["password"]))
    assert browser.get("/en/set-password/").status_code == (200 if before else 404)
    assert (links.read_email_proof(last["proof"]) is not None) is before
    assert (links.read_email_back(last["back"]) is not None) is before
    assert (links.read_signed(links.ORDERS, last["order"], most=links.ORDER_GOES_ON) == order) is before


@pytest.mark.rule("ACC-3", part="slow answers")
@pytest.mark.parametrize("before", [True, False])
def test_a_browser_that_an_account_knows_stays_one_while_the_key_before_is_known(
    padaria: Tenant, change: Change, before: bool
) -> None:
    client = signed_in_by_password()
    request = RequestFactory().get("/")
    request.COOKIES[tries.KNOWN] = client.cookies[tries.KNOWN].value
    assert tries._is_known(request, "ana@padaria.example")
    change(before=before)
    assert tries._is_known(request, "ana@padaria.example") is before


@pytest.mark.rule("ACC-3", part="payment link")
@pytest.mark.parametrize("before", [True, False])
def test_a_payment_link_opens_as_ever_and_is_said_again_while_the_key_before_is_known(
    padaria: Tenant, change: Change, before: bool
) -> None:
    link = linked(padaria)
    secret = payment_links.secret_of(link.id)
    change(before=before)
    assert payment_links.find(secret) == link
    assert payment_links.secret_of(link.id) == (secret if before else "")


@pytest.fixture
def texts(padaria: Tenant) -> UUID:
    """Three texts lie encrypted: what makes Ana's codes, from what her recovery codes follow, Padaria's supplier."""
    give_codes(padaria.people["ana"])
    Authenticator.objects.create(
        user_id=padaria.people["ana"],
        type=Authenticator.Type.RECOVERY_CODES,
        data={"seed": sealed.seal("5eed" * 20), "used_mask": 0},
    )
    return sign_on.set_up(
        customer_id=padaria.customer_id,
        issuer="https://id.example",
        client_id="abono",
        secret="between us",
        domains=("padaria.example",),
        actor="test",
        now=clock.now(),
    ).id


def kept() -> str:
    return str(
        [
            *Authenticator.objects.order_by("pk").values_list("data", flat=True),
            *SignOn.objects.values_list("secret", flat=True),
        ]
    )


def encrypt_anew(*arguments: str) -> str:
    said = StringIO()
    call_command("encrypt_anew", *arguments, stdout=said)
    return said.getvalue().strip()


@pytest.mark.rule("ACC-3", part="second factor")
def test_what_lies_encrypted_is_read_under_the_key_before_and_encrypted_anew_by_a_command(
    padaria: Tenant, texts: UUID, change: Change, settings: LazySettings
) -> None:
    recovery = factors.of(padaria.people["ana"]).recovery_codes
    change(before=True)
    [said] = inside.texts()
    assert (said.level, said.what) == (Level.WARNING, "3 texts are under the key before")
    assert sign_on.secret(texts) == "between us"

    assert encrypt_anew() == "3 texts are encrypted anew"
    after = kept()
    settings.SECRET_KEY_FALLBACKS = []
    assert sealed.standing() == {Under.NOW: 3}
    assert [said.level for said in inside.texts()] == [Level.OK]
    assert sign_on.secret(texts) == "between us"
    assert factors.of(padaria.people["ana"]).recovery_codes == recovery == 10
    client = Client()
    password(client)
    assert client.post(CODE, {"code": code()}).status_code == 302
    assert is_signed_in(client)

    assert encrypt_anew() == "0 texts are encrypted anew"
    assert kept() == after


@pytest.mark.rule("ACC-3", part="second factor")
def test_without_the_key_before_texts_are_read_by_nobody_kept_as_they_are_and_told(
    padaria: Tenant, texts: UUID, change: Change
) -> None:
    before = kept()
    change(before=False)
    with pytest.raises(InvalidToken):
        sign_on.secret(texts)
    [said] = inside.texts()
    assert (said.level, said.what.partition(" ")[0]) == (Level.WARNING, "3")
    with pytest.raises(CommandError, match="3 texts are read by no key"):
        encrypt_anew()
    assert kept() == before


@pytest.mark.rule("ACC-3", part="second factor")
def test_second_factors_that_no_key_reads_are_forgotten_by_whoever_says_how_many_and_told_to_their_owner(
    padaria: Tenant, texts: UUID, change: Change
) -> None:
    ana = padaria.people["ana"]
    with pytest.raises(CommandError, match="0 second factors are read by no key"):
        encrypt_anew("--forget", "2")
    change(before=False)
    before = kept()
    with pytest.raises(CommandError, match="say --forget 2"):
        encrypt_anew("--forget", "3")
    assert kept() == before
    with pytest.raises(CommandError, match="1 texts"):  # single sign-on stays, to be set up anew
        encrypt_anew("--forget", "2")
    assert factors.of(ana) == factors.Factors(None, (), 0)
    removed = Event.objects.filter(name="factor.removed").order_by("id")
    assert [(event.actor, event.data["kind"]) for event in removed] == [
        ("cli", "codes"),
        ("cli", "recovery_codes"),
    ]
    run_jobs()
    told = [letter for letter in mail.outbox if "Security" in letter.body or "Segurança" in letter.body]
    assert [letter.to for letter in told] == [["Ana Souza <ana@padaria.example>"]] * 2
    signed_in_by_password()


@pytest.mark.rule("ACC-3", part="second factor")
def test_an_encrypted_text_of_which_anything_was_changed_is_refused(texts: UUID) -> None:
    text = SignOn.objects.get(id=texts).secret
    raw = base64.urlsafe_b64decode(text)
    for place in range(len(raw)):
        changed = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        with pytest.raises(InvalidToken):
            sealed.opened(base64.urlsafe_b64encode(changed).decode())
    for cut in (text[:-4], text[4:], f"AAAA{text}", ""):
        with pytest.raises(InvalidToken):
            sealed.opened(cut)
    assert sealed.opened(text) == "between us"


@pytest.mark.rule("FIN-6", part="own password")
def test_a_password_of_documents_is_encrypted_anew_like_every_other_secret(
    padaria: Tenant, change: Change, settings: LazySettings
) -> None:
    document_locks.choose(
        customer_id=padaria.customer_id, way=Way.OWN, own="pão de queijo", actor="ana", now=clock.now()
    )
    change(before=True)
    assert sealed.standing() == {Under.BEFORE: 1}
    assert document_locks.password(padaria.customer_id) == "pão de queijo"
    assert encrypt_anew() == "1 texts are encrypted anew"
    settings.SECRET_KEY_FALLBACKS = []
    assert document_locks.password(padaria.customer_id) == "pão de queijo"
    change("y" * 50, before=False)
    with pytest.raises(DocumentPasswordLost):
        document_locks.password(padaria.customer_id)
