"""Passkeys as programs see them; people and their devices are in tests/e2e/test_security.py."""

from __future__ import annotations

import json

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from abono.domain.identity import factors
from abono.entrypoints.portal.account import second, tries
from abono.platform import clock
from abono.platform.models import Event
from tests.entrypoints.portal.reading import words
from tests.entrypoints.site.test_factors import AGAIN, CODE, SECURITY, is_signed_in, password
from tests.world import SEED, Tenant, give_codes

PASSKEY = "/en/sign-in/passkey/"
pytestmark = [pytest.mark.django_db, pytest.mark.rule("ACC-3", part="second factor")]

RAW = {"id": "AAAA", "rawId": "AAAA", "type": "public-key", "clientExtensionResults": {}}
NONSENSE = [
    "",
    "null",
    "[]",
    "{}",
    "7",
    '"x"',
    "not json",
    json.dumps(RAW),
    json.dumps({**RAW, "response": None}),
    json.dumps({**RAW, "response": {}}),
    json.dumps(
        {
            **RAW,
            "response": {"clientDataJSON": "", "authenticatorData": "", "signature": "", "userHandle": ""},
        }
    ),
    json.dumps(
        {
            **RAW,
            "response": {
                "clientDataJSON": "e30",
                "authenticatorData": "AAAA",
                "signature": "AA",
                "userHandle": "AA",
            },
        }
    ),
    json.dumps(
        {
            **RAW,
            "response": {
                "clientDataJSON": "e30",
                "authenticatorData": "A" * 60,
                "signature": 7,
                "userHandle": None,
            },
        }
    ),
    json.dumps({**RAW, "response": {"clientDataJSON": "é", "attestationObject": "o2Nmb"}}),
]


@pytest.mark.parametrize("sent", NONSENSE)
def test_what_no_browser_sends_lets_nobody_in_and_breaks_nothing(
    client: Client, ana: Client, padaria: Tenant, sent: str
) -> None:
    asked = client.get(PASSKEY).json()
    assert asked["request_options"]["publicKey"]["userVerification"] == "required"
    assert client.post(PASSKEY, {"credential": sent})["Location"] == "/en/sign-in/"
    assert not is_signed_in(client)

    give_codes(padaria.people["ana"])
    password(client)
    assert client.post(f"{PASSKEY}second/", {"credential": sent})["Location"] == CODE
    assert not is_signed_in(client)
    assert ana.post(f"{PASSKEY}again/", {"credential": sent})["Location"] == AGAIN
    assert not Event.objects.filter(name="sign_in.confirmed").exists()
    before = Authenticator.objects.count()
    assert (
        ana.post(f"{SECURITY}passkeys/", {"credential": sent, "name": "x", "passwordless": "on"}).status_code
        == 422
    )
    assert Authenticator.objects.count() == before


def test_nobody_removes_the_passkey_of_somebody_else(ana: Client, padaria: Tenant) -> None:
    his = Authenticator.objects.create(
        user_id=padaria.people["bruno"],
        type=Authenticator.Type.WEBAUTHN,
        data={"name": "his", "credential": {}},
    )
    for method in (ana.get, ana.post):
        assert method(f"{SECURITY}passkeys/{his.pk}/remove/")["Location"] == SECURITY
    assert Authenticator.objects.filter(pk=his.pk).exists()


@pytest.mark.parametrize(
    ("kinds", "asks", "not_for"),
    [
        (["webauthn"], "", "Type the code"),
        (["webauthn", "recovery_codes"], "One of your recovery codes.", "Six digits"),
        (["totp"], "Six digits from your application.", "recovery codes."),
        (
            ["totp", "recovery_codes"],
            "Six digits from your application, or one of your recovery codes.",
            "x-x",
        ),
    ],
)
def test_nobody_is_asked_for_codes_that_they_do_not_have(
    client: Client,
    padaria: Tenant,
    monkeypatch: pytest.MonkeyPatch,
    kinds: list[str],
    asks: str,
    not_for: str,
) -> None:
    monkeypatch.setattr(
        second, "begin_authentication", lambda _person: {}
    )  # what a browser would be told to sign
    bruno = padaria.people["bruno"]
    factors.give(person_id=bruno, secret=SEED, recovery_codes=["aaaa"], now=clock.now())
    Authenticator.objects.create(
        user_id=bruno, type=Authenticator.Type.WEBAUTHN, data={"name": "his", "credential": {}}
    )
    Authenticator.objects.filter(user_id=bruno).exclude(type__in=kinds).delete()
    assert password(client, "bruno@padaria.example")["Location"] == CODE
    page = client.get(CODE)
    said = words(page)
    assert asks in said
    assert not_for not in said.replace("your recovery codes too", "")
    assert (b'name="code"' in page.content) is (kinds != ["webauthn"])
    assert ("Use a passkey" in said) is ("webauthn" in kinds)
    assert "Did you lose everything" in said


@pytest.mark.rule("ACC-3", part="slow answers")
def test_who_sends_many_passkeys_waits(client: Client, db: None) -> None:
    sent = [
        client.post(PASSKEY, {"credential": "{}"}).status_code for _ in range(tries.FREE_TRIES_OF_ADDRESS + 1)
    ]
    assert sent == [302] * tries.FREE_TRIES_OF_ADDRESS + [429]
