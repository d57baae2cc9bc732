"""Lists of addresses as people type them, and who is on them (S-50)."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from abono.domain.identity import addresses
from abono.domain.identity.errors import NoAddress, RangeBeginsElsewhere, TooManyAddresses

TWENTY = [f"10.{n}.0.0/16" for n in range(20)]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("", ()),
        (" \r\n, ;", ()),
        ("203.0.113.7", ("203.0.113.7",)),
        ("203.0.113.7/32\n203.0.113.7", ("203.0.113.7",)),
        ("203.0.113.0/28, 2001:db8::/48;10.0.0.1", ("203.0.113.0/28", "2001:db8::/48", "10.0.0.1")),
        ("2001:DB8:0:0::1", ("2001:db8::1",)),
        ("::ffff:203.0.113.7", ("203.0.113.7",)),
        ("::ffff:203.0.113.0/124", ("203.0.113.0/28",)),
        ("203.0.113.0/255.255.255.240", ("203.0.113.0/28",)),
        (" ".join(TWENTY), tuple(TWENTY)),
        (" ".join([*TWENTY, TWENTY[0]]), tuple(TWENTY)),
    ],
)
def test_each_is_read_once_and_in_one_form(typed: str, meant: tuple[str, ...]) -> None:
    assert addresses.read(typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        *("shop.example", "203.0.113", "203.0.113.256", "203.0.113.07", "203.0.113.0/33", "203.0.113.0/x"),
        *("fe80::1%eth0", "fe80::%eth0/64", "2001:db8::/129", "٢٠٣.0.113.7", "1", "/8", "10.0.0.0/8/8", "\0"),
        "https://203.0.113.7",
    ],
)
def test_what_is_no_address_is_refused_by_its_name(typed: str) -> None:
    with pytest.raises(NoAddress) as refused:
        addresses.read(f"10.0.0.1 {typed}")
    assert refused.value.word == typed


def test_a_range_begins_where_it_begins() -> None:
    with pytest.raises(RangeBeginsElsewhere) as refused:
        addresses.read("203.0.113.7/28")
    assert refused.value.facts == {"word": "203.0.113.7/28", "meant": "203.0.113.0/28"}


def test_twenty_are_taken_and_one_more_is_not() -> None:
    with pytest.raises(TooManyAddresses) as refused:
        addresses.read(" ".join([*TWENTY, "192.0.2.1"]))
    assert refused.value.most == 20


@pytest.mark.parametrize(
    ("seen", "listed"),
    [
        ("203.0.113.0", True),
        ("203.0.113.15", True),
        ("203.0.112.255", False),
        ("203.0.113.16", False),
        ("::ffff:203.0.113.15", True),  # as a server that listens on both sees it
        ("::ffff:203.0.113.16", False),
        ("2001:db8::", True),
        ("2001:db8:0:ffff:ffff:ffff:ffff:ffff", True),
        ("2001:db8:1::", False),
        ("2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", False),
        ("::203.0.113.1", False),
        ("", False),
        ("?", False),
        ("testclient", False),
    ],
)
def test_who_is_on_the_list(seen: str, listed: bool) -> None:
    networks = [ip_network("203.0.113.0/28"), ip_network("2001:db8::/48")]
    assert addresses.among(networks, seen) is listed
