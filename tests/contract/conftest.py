"""Every gateway that Abono ships. A new adapter adds its name here and a fixture of that name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

import pytest

from abono.gateways.simulator.levers import Levers
from tests.contract.bench import Bench
from tests.stand_ins import Simulator, start_simulator

GATEWAYS = ("simulator",)


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with start_simulator(tmp_path_factory.mktemp("simulator")) as running:
        yield running


@pytest.fixture(params=GATEWAYS)
def bench(request: pytest.FixtureRequest) -> Bench:
    """Each gateway in turn; today the simulator."""
    other_side: Simulator = request.getfixturevalue(request.param)
    other_side.pull(**asdict(Levers()))  # as if just started
    return Bench(other_side.gateway(), other_side)
