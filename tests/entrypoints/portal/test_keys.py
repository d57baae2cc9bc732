"""Settings › API keys, and the same for the seller: made and shown once, replaced, ended (ACC-4)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from abono.domain.identity import keys, queries
from abono.domain.identity.models import ApiKey
from abono.domain.notices.models import Email
from abono.kernel.ids import public, uuid7
from abono.platform import clock
from abono.platform.models import Event
from tests.entrypoints.portal.reading import hidden, words
from tests.world import Tenant

PAGE, SELLERS = "/en/settings/keys/", "/en/back-office/keys/"
SHOP = {"name": "Shop", "scopes": ["read", "meter"], "days": "365"}


def make(client: Client, page: str = PAGE, **other: object) -> str:
    """Returns the text of a new key, as it is shown once."""
    answer = client.post(f"{page}new/", {**SHOP, "key": str(uuid7()), **other})
    assert answer.status_code == 200, words(answer)
    assert "no-store" in answer["Cache-Control"]
    return text_in(answer)


def text_in(answer) -> str:
    found = re.search(r'data-copy="(abk_[\w-]+)"', answer.content.decode())
    assert found
    return found[1]


def usable(text: str) -> bool:
    return keys.find(text, now=clock.now()) is not None


@pytest.mark.rule("ACC-4", part="shown once, hashed")
@pytest.mark.rule("ACC-4", part="scopes, expiry, last use")
def test_a_key_is_made_shown_once_and_listed_without_itself(ana: Client, padaria: Tenant) -> None:
    text = make(ana)
    key = keys.find(text, now=clock.now())
    assert key is not None
    assert (key.customer_id, key.scopes) == (padaria.customer_id, {"read", "meter"})
    assert key.expires_at is not None
    assert timedelta(days=364) < key.expires_at - clock.now() <= timedelta(days=365)
    listed = ana.get(PAGE)
    assert text not in listed.content.decode()
    assert f"Begins with {text[:12]}…" in words(listed)
    assert "Read contracts, invoices and usage · " in words(listed) or "Hold and settle sends" in words(
        listed
    )
    assert "Last used Never" in words(listed)
    assert not ApiKey.objects.filter(hash=text.encode()).exists()
    told = Event.objects.get(name="key.issued", subject_id=key.id)
    assert told.actor == f"person:{padaria.people['ana']}"
    [mail] = Email.objects.filter(notice__kind="key_issued")
    assert mail.to_email == "ana@padaria.example"


@pytest.mark.rule("ACC-4", part="shown once, hashed")
def test_a_second_press_makes_no_second_key_and_shows_nothing(ana: Client) -> None:
    told = {**SHOP, "key": hidden(ana.get(PAGE), "key")}
    assert ana.post(f"{PAGE}new/", told).status_code == 200
    again = ana.post(f"{PAGE}new/", told, follow=True)
    assert "cannot be shown again" in words(again)
    assert "abk_" in words(again)  # its first letters alone
    assert not re.search(r"abk_[\w-]{20}", again.content.decode())
    assert ApiKey.objects.count() == 1


@pytest.mark.rule("ACC-4", part="revoked everywhere")
def test_a_key_ends_at_once_once_it_is_confirmed(ana: Client, padaria: Tenant) -> None:
    text = make(ana)
    [one] = queries.keys_of(padaria.customer_id)
    assert "tick the box" in words(ana.post(f"{PAGE}{one.public_id}/revoke/", follow=True))
    assert usable(text)
    done = ana.post(f"{PAGE}{one.public_id}/revoke/", {"confirm": "yes"}, follow=True)
    assert "Key Shop has ended, everywhere." in words(done)
    assert not usable(text)
    assert ana.post(f"{PAGE}{one.public_id}/revoke/", {"confirm": "yes"}).status_code == 404
    assert Email.objects.filter(notice__kind="key_revoked").count() == 1


@pytest.mark.rule("ACC-4", part="rotated with an overlap")
@pytest.mark.parametrize("hours", [0, 1, 24, 168])
def test_a_replaced_key_works_as_long_as_was_chosen(ana: Client, padaria: Tenant, hours: int) -> None:
    old = make(ana)
    [one] = queries.keys_of(padaria.customer_id)
    answer = ana.post(f"{PAGE}{one.public_id}/rotate/", {"key": str(uuid7()), "hours": str(hours)})
    new = text_in(answer)
    now = clock.now()
    assert usable(new)
    assert usable(old) is (hours > 0)
    assert keys.find(old, now=now + timedelta(hours=hours, seconds=1)) is None
    found = keys.find(new, now=now)
    assert found is not None
    assert (found.scopes, found.customer_id) == ({"read", "meter"}, padaria.customer_id)


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"name": ""}, "Write which program gets it."),
        ({"scopes": []}, "Choose at least one."),
        ({"scopes": ["all"]}, "all"),
        ({"days": "36500"}, "36500"),
    ],
)
def test_what_is_wrong_is_said_and_no_key_is_made(ana: Client, told: dict[str, object], says: str) -> None:
    answer = ana.post(f"{PAGE}new/", {**SHOP, "key": str(uuid7()), **told})
    assert answer.status_code == 422
    assert says in words(answer)
    assert not ApiKey.objects.exists()


@pytest.mark.rule("ACC-2", part="every route, every id")
def test_of_others_there_is_no_key(ana: Client, diego: Client, padaria: Tenant) -> None:
    make(ana)
    [one] = queries.keys_of(padaria.customer_id)
    for what in ("rotate", "revoke"):
        told = {"key": str(uuid7()), "hours": "0", "confirm": "yes"}
        assert diego.post(f"{PAGE}{one.public_id}/{what}/", told).status_code == 404
    assert len(queries.keys_of(padaria.customer_id)) == 1
    assert words(diego.get(PAGE)).count("abk_") == 0


@pytest.mark.rule("ACC-4", part="shown once, hashed")
def test_the_sellers_keys_are_on_a_page_of_their_own(olga: Client, padaria: Tenant, ana: Client) -> None:
    make(ana)
    text = make(olga, SELLERS, name="Billing robot")
    key = keys.find(text, now=clock.now())
    assert key is not None
    assert key.customer_id is None
    assert "Shop" not in words(olga.get(SELLERS))
    [theirs] = queries.keys_of(padaria.customer_id)
    assert olga.post(f"{SELLERS}{theirs.public_id}/revoke/", {"confirm": "yes"}).status_code == 404
    own = public("key", UUID(str(key.id)))
    assert olga.post(f"{SELLERS}{own}/revoke/", {"confirm": "yes"}).status_code == 302
    assert not usable(text)
    assert [mail.to_email for mail in Email.objects.filter(notice__customer=None)] == [
        "olga@abono.example"
    ] * 2


@pytest.mark.parametrize(("language", "word"), [("es", "Claves de API"), ("pt-br", "Chaves de API")])
def test_it_speaks_three_languages(ana: Client, language: str, word: str) -> None:
    assert word in words(ana.get(PAGE.replace("/en/", f"/{language}/")))


OFFICE = "203.0.113.0/28"


def where(client: Client, key: str, typed: str, *, page: str = PAGE) -> Any:
    """What is answered to addresses that are typed for one of the keys."""
    return client.post(f"{page}{key}/addresses/", {f"{key}-addresses": typed}, follow=True)


@pytest.mark.rule("ACC-4")
def test_a_key_is_made_for_addresses_shown_with_them_and_replaced_by_one_of_the_same(
    ana: Client, padaria: Tenant
) -> None:
    text = make(ana, addresses=f"{OFFICE}\r\n2001:DB8::1")
    key = keys.find(text, now=clock.now())
    assert key is not None
    assert [str(one) for one in key.networks] == [OFFICE, "2001:db8::1/128"]
    assert f"Works from {OFFICE} · 2001:db8::1" in words(ana.get(PAGE))
    told = Event.objects.get(name="key.issued", subject_id=key.id)
    assert told.after["addresses"] == [OFFICE, "2001:db8::1"]
    [one] = queries.keys_of(padaria.customer_id)
    answer = ana.post(f"{PAGE}{one.public_id}/rotate/", {"key": str(uuid7()), "hours": "0"})
    new = keys.find(text_in(answer), now=clock.now())
    assert new is not None
    assert new.networks == key.networks


@pytest.mark.rule("ACC-4")
def test_the_addresses_of_a_key_are_changed_and_it_is_written_down_by_whom_and_told(
    ana: Client, padaria: Tenant
) -> None:
    make(ana)
    [one] = queries.keys_of(padaria.customer_id)
    assert "Works from Anywhere" in words(ana.get(PAGE))
    assert f"Key Shop works from {OFFICE}, 10.0.0.1 only" in words(
        where(ana, one.public_id, f"{OFFICE} 10.0.0.1")
    )
    where(ana, one.public_id, f"10.0.0.1, {OFFICE}")  # the same: nothing to tell
    assert "Key Shop works from anywhere." in words(where(ana, one.public_id, ""))
    told = Event.objects.filter(name="key.bound").order_by("id")
    actor, listed = f"person:{padaria.people['ana']}", {"addresses": [OFFICE, "10.0.0.1"]}
    assert [(event.actor, event.before, event.after) for event in told] == [
        (actor, {"addresses": []}, listed),
        (actor, listed, {"addresses": []}),
    ]
    mails = Email.objects.filter(notice__kind="key_bound").order_by("id")
    assert [mail.to_email for mail in mails] == ["ana@padaria.example"] * 2
    assert [mail.notice.facts["after"] for mail in mails] == [f"{OFFICE}, 10.0.0.1", ""]


@pytest.mark.parametrize(
    ("language", "typed", "says"),
    [
        ("en", "shop.example", "“shop.example” is no address and no range"),
        ("es", "203.0.113.7/28", "Escribe 203.0.113.0/28 o solo la dirección."),
        ("pt-br", "203.0.113.7/28", "Escreva 203.0.113.0/28 ou só o endereço."),
        ("en", " ".join(f"10.0.0.{n}" for n in range(21)), "A key has at most 20 IP addresses."),
    ],
)
def test_addresses_that_cannot_be_are_said_where_they_were_typed_and_nothing_is_changed(
    ana: Client, padaria: Tenant, language: str, typed: str, says: str
) -> None:
    page = f"/{language}/settings/keys/"
    answer = ana.post(f"{page}new/", {**SHOP, "key": str(uuid7()), "addresses": typed})
    assert answer.status_code == 422
    assert says in words(answer)
    assert not ApiKey.objects.exists()
    make(ana, addresses=OFFICE)
    [one] = queries.keys_of(padaria.customer_id)
    refused = where(ana, one.public_id, typed, page=page)
    assert refused.status_code == 422
    assert says in words(refused)
    assert typed[:12] in refused.content.decode()  # it can be mended
    assert queries.keys_of(padaria.customer_id)[0].addresses == (OFFICE,)
    assert not Event.objects.filter(name="key.bound").exists()


@pytest.mark.rule("ACC-2", part="every route, every id")
def test_nobody_else_changes_from_where_a_key_works(
    ana: Client, diego: Client, olga: Client, padaria: Tenant
) -> None:
    make(ana, addresses=OFFICE)
    make(olga, SELLERS, addresses=OFFICE)
    [one] = queries.keys_of(padaria.customer_id)
    [own] = queries.keys_of(None)
    assert where(diego, one.public_id, "").status_code == 404
    assert where(olga, one.public_id, "", page=SELLERS).status_code == 404
    assert where(ana, own.public_id, "").status_code == 404
    assert [key.addresses for key in queries.issued_keys()] == [(OFFICE,)] * 2
    assert "works from anywhere" in words(where(olga, own.public_id, "", page=SELLERS))
