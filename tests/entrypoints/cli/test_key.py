"""`abono key`: keys by hand."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from abono.domain.identity import keys
from abono.domain.identity.models import ApiKey
from abono.domain.notices.models import Email
from abono.platform import clock
from abono.platform.models import Event
from tests.fakes import FakeGateway
from tests.world import Tenant, load_catalog, make_padaria


@pytest.fixture
def padaria(transactional_db: None, gateway: FakeGateway) -> Tenant:
    """With real transactions: a command stands in none."""
    load_catalog()
    return make_padaria(now=clock.now())


def run(*words: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("key", *words, stdout=out, stderr=err)
    return out.getvalue().strip(), err.getvalue()


@pytest.mark.rule("ACC-4", part="shown once, hashed")
def test_a_key_is_shown_once_listed_without_itself_and_revoked(padaria: Tenant) -> None:
    text, told = run("issue", "--contract", padaria.contract.number, "--scope", "read", "--days", "30")
    key = keys.find(text, now=clock.now())
    assert key is not None
    assert (key.customer_id, key.scopes) == (padaria.customer_id, {"read"})
    public_id = told.split(":")[0]

    listed, _ = run("list")
    assert public_id in listed
    assert "Padaria Sol Ltda." in listed
    assert text not in listed

    assert run("revoke", public_id)[0] == "revoked"
    assert keys.find(text, now=clock.now()) is None
    assert public_id not in run("list")[0]
    names = Event.objects.filter(subject_id=key.id).order_by("id").values_list("name", "actor")
    assert list(names) == [("key.issued", "cli"), ("key.revoked", "cli")]
    told = Email.objects.filter(to_email="ana@padaria.example", notice__kind__startswith="key_")
    assert [one.notice.kind for one in told.order_by("id")] == ["key_issued", "key_revoked"]


@pytest.mark.rule("ACC-4")
def test_the_sellers_key_is_nobodys_customers(padaria: Tenant) -> None:
    text, _ = run("issue", "--seller", "--scope", "read", "--scope", "meter")
    key = keys.find(text, now=clock.now())
    assert key is not None
    assert (key.customer_id, key.scopes) == (None, {"meter", "read"})
    assert "the seller" in run("list")[0]


@pytest.mark.rule("ACC-4")
def test_a_key_is_made_for_addresses_and_they_are_changed(padaria: Tenant) -> None:
    text, told = run(
        "issue", "--seller", "--scope", "read", "--address", "10.0.0.1", "--address", "2001:db8::/48"
    )
    public_id = told.split(":")[0]
    key = keys.find(text, now=clock.now())
    assert key is not None
    assert [str(one) for one in key.networks] == ["10.0.0.1/32", "2001:db8::/48"]
    assert "  from 10.0.0.1 2001:db8::/48  " in run("list")[0]
    assert run("addresses", public_id, "--address", "10.0.0.0/24")[0] == "works from 10.0.0.0/24"
    assert run("addresses", public_id, "--anywhere")[0] == "works from anywhere"
    assert "  from anywhere  " in run("list")[0]
    with pytest.raises(CommandError, match=re.escape("Write 10.0.0.0/24, or the address alone.")):
        run("addresses", public_id, "--address", "10.0.0.5/24")
    changes = Event.objects.filter(name="key.bound").order_by("id").values_list("actor", "before", "after")
    both, one = {"addresses": ["10.0.0.1", "2001:db8::/48"]}, {"addresses": ["10.0.0.0/24"]}
    assert list(changes) == [("cli", both, one), ("cli", one, {"addresses": []})]


def refused(*words: str) -> bool:
    try:
        run(*words)
    except CommandError:
        return True
    return False


NO_SENSE = [
    ("issue", "--contract", "2026-999999-1", "--scope", "read"),
    ("issue", "--contract", "", "--scope", "read"),
    ("issue", "--contract", "\0", "--scope", "read"),
    ("issue", "--seller", "--scope", "all"),
    ("issue", "--seller"),
    ("issue", "--scope", "read"),
    ("issue", "--seller", "--scope", "read", "--address", "shop.example"),
    ("addresses", "key_1", "--anywhere"),
    ("addresses", "key_" + "0" * 26, "--address", "10.0.0.1"),
    ("addresses", "key_" + "0" * 26),
    ("revoke", "key_1"),
    ("revoke", "key_" + "0" * 26),
]


def test_what_makes_no_sense_is_refused(padaria: Tenant) -> None:
    assert [words for words in NO_SENSE if not refused(*words)] == []
    assert not ApiKey.objects.exists()
