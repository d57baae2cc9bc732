"""Every gateway that Abono ships. A new adapter adds its name here and a fixture of that name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

import pytest

from abono.gateways.pix.adapter import PixGateway
from abono.gateways.simulator.company.levers import Levers
from abono.gateways.simulator.pix import SimulatorPix
from tests.certificates import Authority, Pair
from tests.contract.bench import Bench
from tests.contract.push_bench import PixBench, PushBench, SimulatorPixBench
from tests.contract.stripe.answers import Answers, start_answers
from tests.pix_service import PixService, start_pix_service
from tests.stand_ins import Simulator, start_simulator

GATEWAYS = ("simulator", "stripe")
PUSH_GATEWAYS = ("pix_bench", "simulator_pix_bench")


@pytest.fixture(scope="session")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with start_simulator(tmp_path_factory.mktemp("simulator")) as running:
        yield running


@pytest.fixture
def stripe() -> Iterator[Answers]:
    with start_answers() as running:
        yield running


@pytest.fixture(params=GATEWAYS)
def bench(request: pytest.FixtureRequest) -> Bench:
    """Each gateway in turn."""
    other_side: Simulator | Answers = request.getfixturevalue(request.param)
    other_side.pull(**asdict(Levers()))  # as if just started
    return Bench(other_side.gateway(), other_side)


@pytest.fixture(scope="session")
def running_pix_service(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[PixService, Authority, Pair]]:
    with start_pix_service(tmp_path_factory.mktemp("pix")) as (service, authority):
        yield service, authority, authority.pair("client")


@pytest.fixture
def pix_bench(running_pix_service: tuple[PixService, Authority, Pair]) -> Iterator[PixBench]:
    """All that passes between the two is as the Central Bank's document says."""
    service, authority, client = running_pix_service
    service.as_new()
    yield PixBench(PixGateway(**service.options(client, authority)), service)
    assert service.wrong == []


@pytest.fixture
def simulator_pix_bench(simulator: Simulator) -> SimulatorPixBench:
    simulator.pull(**asdict(Levers()))
    return SimulatorPixBench(SimulatorPix(base_url=simulator.url, secret=simulator.secret), simulator)


@pytest.fixture(params=PUSH_GATEWAYS)
def push_bench(request: pytest.FixtureRequest) -> PushBench:
    """Each supplier of money that payers push in turn."""
    bench: PushBench = request.getfixturevalue(request.param)
    return bench
