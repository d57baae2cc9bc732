from __future__ import annotations

import socket

import pytest

from abono.demo import ports, stack
from abono.demo.ports import HOST, NoFreePort


@pytest.fixture
def taken():
    with socket.socket() as listening:
        listening.bind((HOST, 0))
        listening.listen()
        yield listening.getsockname()[1]


def test_a_free_port_is_taken_as_it_is_wanted():
    [port] = ports.any_free(1)
    assert ports.free(port) == port


def test_a_taken_port_leads_to_the_next_free_one(taken):
    assert ports.free(taken) > taken
    assert ports.free(taken, but=[taken + 1]) > taken + 1


def test_all_ports_of_the_demo_differ_and_a_moved_one_is_told(taken):
    addresses, moved = stack.choose(web=taken, simulator=taken, inbox=taken, smtp=taken)
    found = [addresses.web, addresses.simulator, addresses.inbox, addresses.smtp]
    assert len(set(found)) == 4
    assert moved[0] == f"Port {taken} is taken: web is on {addresses.web}."
    assert len(moved) == 4


def test_there_is_nothing_after_the_last_port(monkeypatch):
    monkeypatch.setattr(ports, "_is_free", lambda port: False)
    with pytest.raises(NoFreePort, match="no free port from 65535 on"):
        ports.free(65_535)
