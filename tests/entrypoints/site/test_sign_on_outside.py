"""Where a supplier of single sign-on that a customer names may lie: outside, whatever its address says."""

from __future__ import annotations

import socket
from contextlib import suppress

import pytest
from django.conf import LazySettings
from django.test import Client

from abono.domain.identity import sign_on
from abono.entrypoints.site.sign_on.supplier import FAILED, Outward, outside
from tests.entrypoints.portal.reading import words
from tests.entrypoints.site.test_sign_on import SETUP
from tests.world import Tenant

pytestmark = [pytest.mark.django_db, pytest.mark.rule("ACC-3", part="single sign-on")]


@pytest.mark.parametrize(
    ("issuer", "said"),
    [
        ("http://127.0.0.1:9", "Type an address that begins with https://"),
        ("https://127.0.0.1:9", "No supplier of sign-ins answers there"),
        ("https://localhost", "No supplier of sign-ins answers there"),
        ("ftp://x.example", "Type an address that begins with https://"),
    ],
)
def test_nothing_inside_is_called_for_a_customer(
    ana: Client, padaria: Tenant, settings: LazySettings, issuer: str, said: str
) -> None:
    settings.SIGN_ON_INSIDE = False
    typed = {"issuer": issuer, "client_id": "abono", "secret": "x", "domains": "padaria.example"}
    reply = ana.post(SETUP, typed)
    assert reply.status_code == 422
    assert said in words(reply)
    assert sign_on.of(padaria.customer_id) is None


def test_a_connection_that_leads_inside_is_given_up_before_a_byte_is_sent(settings: LazySettings) -> None:
    """Also where a name outside points inside: what is looked at is the other end of the connection."""
    settings.SIGN_ON_INSIDE = False
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(5)
        with pytest.raises(FAILED), Outward().get_requests_session() as session:
            session.get(f"http://127.0.0.1:{listening.getsockname()[1]}/")
        taken, _address = listening.accept()
        with taken:
            assert taken.recv(1) == b""


@pytest.mark.parametrize(
    "host",
    [
        *(
            "localhost",
            "127.0.0.1",
            "127.1",
            "127.000.000.001",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "017700000001",
        ),
        *(
            "0177.0.0.1",
            "0",
            "0.0.0.0",
            "[::]",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[0:0:0:0:0:ffff:7f00:1]",
            "127.0.0.1.",
        ),
    ],
)
def test_however_it_is_spelled(settings: LazySettings, host: str) -> None:
    settings.SIGN_ON_INSIDE = False
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.2)
        with pytest.raises(FAILED), Outward().get_requests_session() as session:
            session.get(f"http://{host}:{listening.getsockname()[1]}/")
        with suppress(TimeoutError):  # some spellings reach nobody
            taken, _address = listening.accept()
            with taken:
                assert taken.recv(1) == b""


@pytest.mark.parametrize(
    ("address", "lies_outside"),
    [
        *((one, True) for one in ("8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808")),
        *((one, False) for one in ("127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "0.0.0.0", "240.0.0.1")),
        *((one, False) for one in ("169.254.169.254", "100.64.0.1", "198.18.0.1", "224.0.0.1", "255.255.255.255")),
        *((one, False) for one in ("::", "::1", "::127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::1")),
        *((one, False) for one in ("fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2002:a00:1::")),
        *((one, False) for one in ("2001::1", "2001:db8::1", "100::1", "5f00::1", "fe80::1%1")),
    ],
)  # fmt: skip
def test_what_lies_inside(address: str, lies_outside: bool) -> None:
    assert outside(address) is lies_outside
