"""The proxy that production.md sets up writes no secret into its logs (V-13)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from abono.platform.running import logs

NGINX = (Path(__file__).parents[2] / "deploy" / "nginx.conf").read_text()
KEPT_OUT = re.compile(r"location ~ (\S+) \{[^}]*access_log off;\s*error_log /dev/null")
TOKEN = "c8x1l2-0a1b2c3d4e5f60718293a4b5c6d7e8f9"
NAMED = re.compile(r"<\w+:(token|secret)>")  # what a part of an address is called that lets somebody in


def addresses(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for one in resolver.url_patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLPattern):
            yield route
        else:
            yield from addresses(one, route)


SECRET = [one for one in addresses(get_resolver()) if NAMED.search(one)] + [
    "sso/x/callback/?code=<str:token>"
]


def test_addresses_with_secrets_are_known() -> None:
    assert len(SECRET) >= 7


@pytest.mark.rule("OPS-4", part="logs")
@pytest.mark.parametrize("route", SECRET)
def test_an_address_with_a_secret_is_in_no_log_of_the_proxy_and_masked_in_ours(route: str) -> None:
    found = KEPT_OUT.search(NGINX)
    assert found is not None
    address = "/" + re.sub(r"<\w+:\w+>", "x1", NAMED.sub(TOKEN, route))
    assert re.search(found[1], address)
    assert TOKEN not in logs.masked(f"GET {address}")
