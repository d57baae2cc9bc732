"""Signed proofs of leases: what they say, until when, and the keys by which others check them (LIC-11)."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import StringIO

import jwt
import pytest
from django.conf import settings as installed
from django.core.management import call_command
from django.test import Client

from abono.domain.identity import sealed, signing
from abono.domain.identity.models import SigningKey
from abono.domain.settings.actions import set_value
from abono.domain.settings.licences import LEASE_IDLE, LEASE_LASTS, SIGNING_KEY_LASTS
from abono.domain.settings.types import Setting
from abono.flows.licences.proofs import keep_signing_keys
from abono.flows.licences.said import Said, Word
from abono.platform import clock
from tests.domain.licences.office import MINUTE, SECOND, Office
from tests.world import DAY, HOUR, load_catalog, make_padaria

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("gateway")]


@pytest.fixture
def office() -> Office:
    """It is now: who checks a proof reads the clock."""
    load_catalog()
    now = clock.now().replace(microsecond=0)
    keep_signing_keys(now=now)
    return Office(make_padaria(now=now - HOUR), now)


def is_in(proof: str | None, *, contract: str, at: datetime | None = None) -> str:
    """As docs/api.md says that it is checked, by a library of others: who is in. `at` stands for that library's clock."""
    published = Client().get("/v1/licence-keys")
    assert published["Cache-Control"] == "public, max-age=300"
    keys = {one["kid"]: jwt.PyJWK(one) for one in published.json()["keys"]}
    assert proof is not None
    claims = jwt.decode(
        proof,
        keys[jwt.get_unverified_header(proof)["kid"]],
        algorithms=["EdDSA"],
        issuer=installed.PUBLIC_URL,
        options={"require": ["exp", "iat", "sub"], "verify_exp": at is None, "verify_iat": at is None},
    )
    if at is not None and claims["exp"] <= at.timestamp():
        raise jwt.ExpiredSignatureError
    if claims["contract"] != contract:
        raise jwt.InvalidTokenError
    who: str = claims["sub"]
    return who


def claims(said: Said) -> dict[str, object]:
    assert said.proof is not None
    found: dict[str, object] = jwt.decode(said.proof, options={"verify_signature": False})
    return found


def lasts(said: Said, office: Office) -> timedelta:
    return timedelta(seconds=int(str(claims(said)["exp"])) - office.now.timestamp())


def put[T](setting: Setting[T], value: T, office: Office) -> None:
    set_value(setting=setting, value=value, actor="test", why="a test", now=office.now)


@pytest.mark.rule("LIC-11", part="what it names")
def test_a_proof_names_the_lease_and_is_refused_altered_old_or_of_another_contract(office: Office):
    said = office.claim("Ana@padaria.example", "session 7", device="Firefox on Linux")
    assert claims(said) == {
        "iss": installed.PUBLIC_URL,
        "sub": "ana@padaria.example",
        "contract": office.contract,
        "device": "Firefox on Linux",
        "lease": "session 7",
        "iat": int(office.now.timestamp()),
        "exp": int(office.now.timestamp()) + 300,
    }
    assert is_in(said.proof, contract=office.contract) == "ana@padaria.example"
    assert said.proof is not None
    head, body, signature = said.proof.split(".")
    other = jwt.utils.base64url_encode(b'{"sub":"bruno","exp":99999999999}').decode()
    for altered in (
        f"{head}.{other}.{signature}",
        f"{head}.{body}.{signature[:-8]}AAAAAAAA",
        f"{head}.{body}.",
    ):
        with pytest.raises(jwt.InvalidSignatureError):
            is_in(altered, contract=office.contract)
    with pytest.raises(jwt.ExpiredSignatureError):
        is_in(said.proof, contract=office.contract, at=office.now + 5 * MINUTE)
    with pytest.raises(jwt.InvalidTokenError):
        is_in(said.proof, contract="ctr_01jzd2v6k3e8rv9a4mrw5qy0bn")
    office.fill(9)
    assert office.claim("bruno").proof is None  # who is not in has none …
    assert office.leave("ana@padaria.example", "session 7").proof is None  # … nor who is gone


@pytest.mark.rule("LIC-11", part="never outlives")
def test_no_proof_outlives_the_moment_at_which_its_lease_may_be_given_to_another(office: Office):
    office.claim("ana", "a")
    office.later(4 * MINUTE)
    beat = office.beat("ana", "a")
    assert lasts(beat, office) == 5 * MINUTE  # the lease does, from this heartbeat on
    office.later(5 * MINUTE - SECOND)
    assert is_in(beat.proof, contract=office.contract, at=office.now) == "ana"
    office.fill(9)
    assert office.claim("bruno").proof is None
    office.later(SECOND)
    assert office.claim("bruno").proof is not None  # it is theirs by now
    with pytest.raises(jwt.ExpiredSignatureError):
        is_in(beat.proof, contract=office.contract, at=office.now)


@pytest.mark.rule("LIC-11", part="never outlives")
def test_it_lasts_a_quarter_of_an_hour_at_most_and_ends_when_an_idle_lease_may_go(office: Office):
    put(LEASE_LASTS, DAY, office)
    assert lasts(office.claim("ana", "a"), office) == 15 * MINUTE
    put(LEASE_IDLE, 10 * MINUTE, office)
    assert lasts(office.claim("ana", "a"), office) == 10 * MINUTE
    assert lasts(office.beat("ana", "a", idle_s=240), office) == 6 * MINUTE
    assert office.beat("ana", "a", idle_s=600).proof is None  # whoever waits may have it now


@pytest.mark.rule("LIC-11", part="keys published and rotated")
def test_a_key_is_published_before_it_signs_and_until_nothing_of_it_is_of_use(office: Office):
    def signs() -> object:
        return jwt.get_unverified_header(str(office.claim("ana", "a").proof))["kid"]

    def known() -> list[str]:
        return [one.key_id for one in signing.published(now=office.now)]

    [first] = known()
    assert signs() == first
    keep_signing_keys(now=office.later(90 * DAY - HOUR - SECOND).now)
    assert known() == [first]
    keep_signing_keys(now=office.later(SECOND).now)  # an hour before the setting's ninety days are over
    keep_signing_keys(now=office.now)
    assert (len(known()), signs()) == (2, first)
    second = known()[1]
    office.later(HOUR)
    assert (known(), signs()) == ([first, second], second)
    office.later(20 * MINUTE)
    assert known() == [second]
    put(SIGNING_KEY_LASTS, 2 * DAY, office)
    keep_signing_keys(now=office.later(2 * DAY).now)
    assert len(known()) == 2


@pytest.mark.rule("LIC-11", part="keys published and rotated")
def test_a_key_that_somebody_else_may_have_is_withdrawn_at_once(office: Office):
    old = office.claim("ana", "a").proof
    stolen = SigningKey.objects.get()
    assert sealed.opened(stolen.private) not in stolen.private
    assert sealed.standing()[sealed.Under.NOW] == 1
    out = StringIO()
    call_command("signing_keys", "turn", "--withdraw", stdout=out)
    call_command("signing_keys", "list", stdout=out)
    assert out.getvalue().count("signs since") == 2
    assert "believe the withdrawn keys until they ask for it anew" in out.getvalue()
    assert stolen.public not in out.getvalue()
    with pytest.raises(KeyError):
        is_in(old, contract=office.contract)
    assert is_in(office.later(2 * SECOND).claim("ana", "a").proof, contract=office.contract, at=office.now)


def test_without_a_key_that_is_read_people_come_in_and_have_no_proof(office: Office):
    SigningKey.objects.update(private="made under another secret")
    assert office.claim("ana").left_s == 300
    assert office.claim("ana").proof is None


@pytest.mark.rule("LIC-11", part="what it names")
def test_who_asks_for_no_proof_has_the_lease_without_one(office: Office):
    without = office.claim("ana", proof=False)
    assert (without.word, without.left_s, without.proof) == (Word.GRANTED, 300, None)
    assert claims(office.beat("ana"))["sub"] == "ana"
    assert office.beat("ana", proof=False).proof is None
