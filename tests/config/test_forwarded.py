"""Who asks, behind proxies: nobody chooses their own address, and how they came is what the proxy saw."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abono.config import forwarded

PEER = ("10.0.0.9", 41_000)


def seen(proxies: int, *headers: tuple[str, str]) -> tuple[object, object]:
    scope = {
        "scheme": "http",
        "client": PEER,
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
    }
    found = forwarded.as_seen(scope, proxies=proxies)
    return found["client"], found["scheme"]


def test_without_proxies_nothing_of_it_is_believed() -> None:
    assert seen(0, ("x-forwarded-for", "8.8.8.8"), ("x-forwarded-proto", "https")) == (PEER, "http")


def test_behind_one_proxy_the_last_entry_counts_whatever_stands_before_it() -> None:
    lines = [("x-forwarded-for", "8.8.8.8, 203.0.113.7"), ("x-forwarded-proto", "https")]
    assert seen(1, *lines) == (("203.0.113.7", 0), "https")
    assert seen(1, ("x-forwarded-for", "8.8.8.8"), ("x-forwarded-for", "203.0.113.7")) == (
        ("203.0.113.7", 0),
        "http",
    )


def test_behind_two_proxies_the_last_but_one_counts() -> None:
    lines = ("x-forwarded-for", "8.8.8.8, 203.0.113.7, 10.0.0.1"), ("x-forwarded-proto", "https, http")
    assert seen(2, *lines) == (("203.0.113.7", 0), "https")
    assert seen(2, lines[0], ("x-forwarded-proto", "https")) == (("203.0.113.7", 0), "https")


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("203.0.113.7:5123", "203.0.113.7"),
        ("[2001:db8::7]:5123", "2001:db8::7"),
        ("2001:DB8:0::7", "2001:db8::7"),
        ("unknown", "10.0.0.9"),
        ("", "10.0.0.9"),
        ("203.0.113.7\nforged", "10.0.0.9"),
    ],
)
def test_an_address_is_one_or_it_is_that_of_the_peer(said: str, address: str) -> None:
    client, scheme = seen(1, ("x-forwarded-for", said), ("x-forwarded-proto", "gopher"))
    assert client in ((address, 0), PEER)
    assert (client == PEER) == (address == "10.0.0.9")
    assert scheme == "http"


@given(before=st.text(alphabet="0123456789abcdef.:, x", max_size=60), proxies=st.integers(1, 4))
def test_what_a_stranger_writes_before_never_becomes_their_address(before: str, proxies: int) -> None:
    ours = [f"198.51.100.{n}" for n in range(proxies)]
    client, _scheme = seen(proxies, ("x-forwarded-for", ", ".join([before, *ours])))
    assert client == (ours[0], 0)
