"""Single sign-on against a provider that is not ours, in a process of its own (oidc-provider-mock)."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import urllib3
from django.conf import LazySettings
from django.http import HttpResponse
from django.test import Client

from abono.domain.identity import factors, sign_on
from abono.domain.identity.models import Person, SignOn
from abono.domain.identity.sign_on import SignOnInfo
from abono.domain.identity.types import Profile
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import SECOND_FACTOR
from abono.kernel.ids import public
from abono.platform import clock
from abono.platform.models import Event
from tests.entrypoints.portal.reading import signed_in, words
from tests.entrypoints.public.test_forgot import ask, link_in_mail
from tests.entrypoints.public.test_sign_in import choose
from tests.entrypoints.site.test_factors import age, is_signed_in
from tests.examples import first_by_day
from tests.world import Tenant, add_person, code, give_codes, make_olga

STALE = timedelta(minutes=16)
SETUP = "/en/settings/sign-on/"
pytestmark = [pytest.mark.django_db, pytest.mark.rule("ACC-3", part="single sign-on")]


@dataclass(frozen=True)
class Provider:
    url: str
    http: urllib3.PoolManager

    def knows(self, subject: str, **claims: object) -> None:
        self.http.request("PUT", f"{self.url}/users/{subject}", json=claims)

    def let_in(self, address: str, subject: str) -> str:
        """Whoever is sent to the provider signs in there; where it sends them back to."""
        reply = self.http.request(
            "POST", address, fields={"sub": subject}, encode_multipart=False, redirect=False
        )
        assert reply.status in (302, 303), reply.data
        return reply.headers["location"]


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    http = urllib3.PoolManager(retries=urllib3.Retry(40, backoff_factor=0.1, backoff_max=0.5, redirect=0))
    try:
        http.request("GET", f"http://127.0.0.1:{port}/.well-known/openid-configuration")
        yield Provider(f"http://127.0.0.1:{port}", http)
    finally:
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture(autouse=True)
def inside(cast: None, settings: LazySettings) -> None:
    settings.SIGN_ON_INSIDE = True


@pytest.fixture
def padarias(provider: Provider, padaria: Tenant) -> SignOnInfo:
    """Padaria Sol signs in at the provider."""
    return set_up(provider, padaria)


def set_up(provider: Provider, tenant: Tenant | None, *domains: str) -> SignOnInfo:
    return sign_on.set_up(
        customer_id=None if tenant is None else tenant.customer_id,
        issuer=provider.url,
        client_id="abono",
        secret="between us",
        domains=domains or ("padaria.example",),
        actor="test",
        now=clock.now(),
    )


def go(client: Client, info: SignOnInfo, query: str = "") -> str:
    reply = client.get(f"/en/sign-in/organization/{info.public_id}/go/{query}")
    assert reply.status_code == 302
    return reply["Location"]


def back(client: Client, address: str) -> HttpResponse:
    parts = urlsplit(address)
    return client.get(f"{parts.path}?{parts.query}")


def through(
    client: Client, provider: Provider, info: SignOnInfo, subject: str, query: str = ""
) -> HttpResponse:
    return back(client, provider.let_in(go(client, info, query), subject))


def test_an_administrator_sets_it_up_and_a_member_signs_in(
    ana: Client, client: Client, provider: Provider, padaria: Tenant
) -> None:
    typed = {
        "issuer": f"{provider.url}/",
        "client_id": "abono",
        "secret": "between us",
        "domains": "padaria.example",
    }
    assert f"http://127.0.0.1:8000/sso/{public('cus', padaria.customer_id)}/callback/" in words(
        ana.get(SETUP)
    )
    assert ana.post(SETUP, typed)["Location"] == SETUP
    page = ana.get(SETUP).content.decode()
    assert "between us" not in page
    assert "between us" not in SignOn.objects.get().secret
    info = sign_on.of(padaria.customer_id)
    assert info is not None
    assert info.issuer == provider.url

    provider.knows("b-1", email="Bruno@padaria.example", email_verified=True)
    assert "Padaria Sol" in words(client.get(f"/en/sign-in/organization/{info.public_id}/"))
    reply = through(client, provider, info, "b-1", "?next=/en/usage/")
    assert (reply.status_code, reply["Location"]) == (302, "/en/usage/")
    assert client.get("/en/usage/").status_code == 200
    assert Event.objects.get(name="sign_in.done").data == {"by": ["sign_on"]}
    assert Event.objects.filter(name="sign_on.linked").count() == 1
    client.post("/en/sign-out/")
    assert "Sign in with Padaria Sol" in words(client.get("/en/sign-in/"))

    # From then on the provider's own id of him counts, whatever his address is there.
    provider.knows("b-1", email="bruno@elsewhere.example", email_verified=False)
    assert through(Client(), provider, info, "b-1").status_code == 302
    assert Event.objects.filter(name="sign_in.done").count() == 2


@pytest.mark.parametrize(
    ("subject", "claims"),
    [
        ("not-verified", {"email": "ana@padaria.example", "email_verified": False}),
        ("does-not-say", {"email": "ana@padaria.example"}),
        ("says-so-in-a-word", {"email": "ana@padaria.example", "email_verified": "true"}),
        ("nobody-here", {"email": "zoe@padaria.example", "email_verified": True}),
        ("another-domain", {"email": "diego@luna.example", "email_verified": True}),
        ("no-address", {}),
    ],
)
def test_whom_we_do_not_know_by_a_proven_address_is_not_let_in(
    client: Client,
    provider: Provider,
    padarias: SignOnInfo,
    luna: Tenant,
    subject: str,
    claims: dict[str, object],
) -> None:
    provider.knows(subject, **claims)
    before = Event.objects.count()
    reply = through(client, provider, padarias, subject)
    assert reply["Location"].endswith("/sign-in/")
    assert not is_signed_in(client)
    assert "That sign-in did not work" in words(client.get("/en/sign-in/"))
    assert Event.objects.count() == before


def test_a_provider_that_claims_the_addresses_of_others_opens_nothing_of_theirs(
    client: Client, provider: Provider, padaria: Tenant, luna: Tenant
) -> None:
    """Ana is a member of both: Luna's provider lets her into Luna, and changes nothing of her account."""
    add_person(luna.customer_id, "Ana", "ana@padaria.example", "es", Profile.VIEWER, clock.now())
    info = set_up(provider, luna, "padaria.example")
    provider.knows("evil", email="ana@padaria.example", email_verified=True)
    through(client, provider, info, "evil")
    page = client.get("/en/home/").content.decode()
    assert "Ferretería Luna" in page
    assert "Padaria" not in page.replace("ana@padaria", "").replace("padaria.example", "")
    assert (
        client.get("/en/settings/wallet/").status_code == 403
    )  # a viewer of Luna, not the administrator of Padaria
    for address in ("password/", "codes/", "passkeys/"):
        assert client.get(f"/en/profile/security/{address}")["Location"] == "/en/profile/security/"
    assert (
        client.post(
            "/en/profile/organization/", {"organization": public("cus", padaria.customer_id)}
        ).status_code
        == 404
    )


def test_an_answer_serves_once_and_only_in_the_browser_that_asked(
    client: Client, provider: Provider, padarias: SignOnInfo
) -> None:
    provider.knows("b-2", email="bruno@padaria.example", email_verified=True)
    returned = provider.let_in(go(client, padarias), "b-2")
    assert not is_signed_in(_after(Client(), returned))  # stolen, or planted in another browser
    back(client, returned)
    assert is_signed_in(client)
    client.post("/en/sign-out/")
    assert not is_signed_in(_after(client, returned))  # and once only


def _after(client: Client, address: str) -> Client:
    back(client, address)
    return client


def test_what_is_asked_has_state_nonce_and_a_challenge_and_names_one_address(
    client: Client, padarias: SignOnInfo
) -> None:
    first, second = (parse_qs(urlsplit(go(client, padarias)).query) for _ in range(2))
    assert first["redirect_uri"] == second["redirect_uri"]
    assert first["redirect_uri"][0].startswith("http://127.0.0.1:8000/sso/cus_")
    assert first["code_challenge_method"] == ["S256"]
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name][0]) >= 16
        assert first[name] != second[name]


@pytest.mark.parametrize("changed", ["state", "code", "iss"])
def test_an_answer_that_was_changed_on_its_way_is_none(
    client: Client, provider: Provider, padarias: SignOnInfo, changed: str
) -> None:
    provider.knows("b-3", email="bruno@padaria.example", email_verified=True)
    parts = urlsplit(provider.let_in(go(client, padarias), "b-3"))
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    reply = client.get(parts.path, {**query, changed: "https://evil.example"})
    assert reply["Location"].endswith("/sign-in/")
    assert not is_signed_in(client)


def test_a_token_that_answers_another_question_is_none(
    client: Client, provider: Provider, padarias: SignOnInfo
) -> None:
    provider.knows("b-4", email="bruno@padaria.example", email_verified=True)
    asked = go(client, padarias)
    nonce = parse_qs(urlsplit(asked).query)["nonce"][0]
    back(client, provider.let_in(asked.replace(nonce, "another-question-altogether"), "b-4"))
    assert not is_signed_in(client)


def test_who_has_a_second_factor_is_asked_for_it_here_too(
    client: Client, provider: Provider, padarias: SignOnInfo, padaria: Tenant
) -> None:
    give_codes(padaria.people["bruno"])
    provider.knows("b-5", email="bruno@padaria.example", email_verified=True)
    assert through(client, provider, padarias, "b-5")["Location"].endswith("/sign-in/code/")
    assert not is_signed_in(client)
    assert client.post("/en/sign-in/code/", {"code": code()}).status_code == 302
    assert is_signed_in(client)


@pytest.fixture
def demanded(padaria: Tenant) -> None:
    """The seller wants a second proof of Administrators."""
    set_value(
        setting=SECOND_FACTOR, value="administrators", actor="olga", why="our auditors", now=clock.now()
    )


@pytest.mark.parametrize(
    "claims",
    first_by_day(
        [
            {},
            {"amr": ["pwd"]},
            {"amr": "mfa"},
            {"amr": []},
            {"amr": {"mfa": True}},
            {"acr": "mfa"},
            {"mfa": True},
        ],
        3,
    ),
)
def test_an_administrator_without_password_or_second_proof_is_told_both_ways_on_and_takes_one(
    client: Client,
    provider: Provider,
    padarias: SignOnInfo,
    padaria: Tenant,
    demanded: None,
    claims: dict[str, object],
) -> None:
    person = Person.objects.get(id=padaria.people["ana"])
    person.set_unusable_password()
    person.save()
    provider.knows("a-3", email="ana@padaria.example", email_verified=True, **claims)
    through(client, provider, padarias, "a-3")
    wallet, security = "/en/settings/wallet/", "/en/profile/security/"
    assert client.get(wallet)["Location"] == security
    said = words(client.get(security))
    assert "The sign-in of your organization did not say that you gave a second proof there." in said
    assert "if you have no password, have a link sent to you" in said
    assert client.get("/en/notices/").status_code == 200  # what every member may

    # Their supplier adds nothing to an account that may open other organizations, too.
    assert client.get(f"{security}codes/")["Location"] == security
    assert "If you have none, have a link sent to you" in words(client.get(security))

    # The second way: a password by mail, and then a proof here.
    own = Client()
    ask(own)
    own.get(link_in_mail())
    assert choose(own, "between the flour bags")["Location"] == "/en/home/"
    assert own.get(wallet)["Location"] == security
    assert "The sign-in of your organization" not in words(own.get(security))
    assert own.get(f"{security}codes/").status_code == 200
    give_codes(person.id)
    again = Client()
    assert through(again, provider, padarias, "a-3")["Location"].endswith("/sign-in/code/")
    again.post("/en/sign-in/code/", {"code": code()})
    assert again.get(wallet).status_code == 200


def test_a_second_proof_that_the_supplier_asked_for_counts_where_its_token_says_so(
    client: Client, provider: Provider, padarias: SignOnInfo, demanded: None
) -> None:
    provider.knows("a-4", email="ana@padaria.example", email_verified=True, amr=["pwd", "otp", "mfa"])
    through(client, provider, padarias, "a-4")
    assert client.get("/en/settings/wallet/").status_code == 200
    assert "Add a second proof to go on" not in words(client.get("/en/profile/security/"))
    provider.knows("a-4", email="ana@padaria.example", email_verified=True, amr=["pwd"])
    through(client, provider, padarias, "a-4", "?again")  # this time it asked for less
    assert client.get("/en/settings/wallet/")["Location"] == "/en/profile/security/"


def test_no_supplier_says_it_for_the_sellers_people(
    client: Client, provider: Provider, padaria: Tenant
) -> None:
    olga = make_olga()
    factors.forget([one.id for one in factors.held_by(olga)])
    info = set_up(provider, None, "abono.example")
    provider.knows("o-2", email="olga@abono.example", email_verified=True, amr=["mfa"])
    through(client, provider, info, "o-2")
    assert client.get("/en/back-office/metering/")["Location"] == "/en/profile/security/"


def test_a_fresh_factor_is_one_that_is_given_there_anew(
    client: Client, provider: Provider, padarias: SignOnInfo
) -> None:
    provider.knows("a-1", email="ana@padaria.example", email_verified=True)
    through(client, provider, padarias, "a-1")
    age(client, STALE)
    page = "/en/settings/wallet/add/"
    assert client.get(page)["Location"].startswith("/en/sign-in/again/")
    assert "Sign in once more at your organization" in words(client.get("/en/sign-in/again/"))
    asked = parse_qs(urlsplit(go(client, padarias, "?again")).query)
    assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"])
    assert through(client, provider, padarias, "a-1", f"?again&next={page}")["Location"] == page
    assert client.get(page).status_code == 200


def test_the_sellers_people_come_by_the_sellers_and_members_do_not(
    client: Client, provider: Provider, padaria: Tenant
) -> None:
    make_olga()
    info = set_up(provider, None, "abono.example", "padaria.example")
    provider.knows("a-2", email="ana@padaria.example", email_verified=True)
    through(client, provider, info, "a-2")
    assert not is_signed_in(client)
    provider.knows("o-1", email="olga@abono.example", email_verified=True)
    assert through(client, provider, info, "o-1")["Location"].endswith("/sign-in/code/")
    client.post("/en/sign-in/code/", {"code": code()})
    assert client.get("/en/back-office/metering/").status_code == 200


def test_what_ended_lets_nobody_in_and_its_secret_is_gone(
    ana: Client, client: Client, provider: Provider, padarias: SignOnInfo
) -> None:
    provider.knows("b-6", email="bruno@padaria.example", email_verified=True)
    returned = provider.let_in(go(client, padarias), "b-6")
    assert ana.post(f"{SETUP}end/")["Location"] == SETUP
    assert back(client, returned).status_code == 404
    assert client.get(f"/en/sign-in/organization/{padarias.public_id}/").status_code == 404
    assert not is_signed_in(client)
    assert SignOn.objects.get().secret == ""
    assert [event.name for event in Event.objects.filter(name__startswith="sign_on.").order_by("id")] == [
        "sign_on.set_up",
        "sign_on.ended",
    ]


def test_only_administrators_set_it_up_and_it_asks_for_a_fresh_factor(bruno: Client, ana: Client) -> None:
    assert bruno.get(SETUP).status_code == 403
    age(ana, STALE)
    assert ana.get(SETUP)["Location"].startswith("/en/sign-in/again/")
    assert signed_in("ana@padaria.example").get(SETUP).status_code == 200
