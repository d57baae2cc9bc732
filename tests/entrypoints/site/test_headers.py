"""What every answer tells browsers beside its content: keep nothing, guess nothing, tell nobody (docs/security.md)."""

from __future__ import annotations

import pytest
from django.conf import global_settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.test import Client

from abono.config import settings as configured
from tests.entrypoints.api.conftest import program
from tests.world import Tenant

PAGES = (
    "/en/home/",
    "/en/usage/csv/",
    "/en/settings/financial/{invoice_id}/pdf/",
    "/v1/contracts",
    "/en/nowhere/",
)


@pytest.mark.parametrize("address", PAGES)
def test_an_answer_is_kept_by_nobody_guessed_by_nobody_and_read_by_no_other_site(
    ana: Client, padaria: Tenant, ids: dict[str, str], address: str
) -> None:
    headers = {"Origin": "https://evil.example"}
    if address.startswith("/v1/"):
        headers["Authorization"] = f"Bearer {program(padaria.customer_id).key}"
    answer = ana.get(address.format(**ids), headers=headers)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert [name for name in answer.headers if name.lower().startswith("access-control-")] == []
    assert "no-store" in answer.get("Cache-Control", "") or answer.status_code == 404
    if address.endswith(("csv/", "pdf/")):
        assert answer["Content-Disposition"].startswith("attachment")


def test_a_host_that_is_not_ours_is_refused_and_that_of_a_proxy_is_not_read(
    client: Client, padaria: Tenant
) -> None:
    assert client.get("/en/sign-in/", headers={"Host": "evil.example"}).status_code == 400
    page = client.get("/en/plans/", headers={"X-Forwarded-Host": "evil.example"})
    assert page.status_code == 200
    assert b"evil.example" not in page.content


def test_the_api_takes_no_cookie_for_a_key(ana: Client) -> None:
    assert ana.get("/en/home/").status_code == 200
    assert ana.get("/v1/contracts").status_code == 401


def test_passwords_are_kept_by_pbkdf2_at_a_cost_of_today() -> None:
    assert not hasattr(configured, "PASSWORD_HASHERS")  # the framework's own; tests take a quick one
    assert global_settings.PASSWORD_HASHERS[0].endswith(".PBKDF2PasswordHasher")
    assert PBKDF2PasswordHasher.iterations >= 600_000
