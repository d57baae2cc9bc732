"""Some stories at random; `python -m tests.simulation` tells as many as one likes, and `make nightly` ten thousand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.simulation import story
from tests.simulation.connections import Connections
from tests.simulation.run import Simulation
from tests.simulation.steps import Story
from tests.simulation.world import LONG_AGO, World, book

# The last of them tell what seldom comes up: where stories are drawn otherwise, others do.
SEEDS = [*range(12), 24, 26, 32, 59, 87, 91, 96, 146]
# Each of these has to come up, else the stories are not about what they should be about.
TOLD = {
    "Hold": "held replayed clash blocked capped over_budget no_price no_cycle",
    "Record": "held replayed clash blocked no_price expired",
    "Settle": "settled replayed clash expired unknown_send",
    "Observe": "opened covered not_counted replayed clash no_cycle unknown_kind too_late",
    "SettleCampaign": "settled replayed clash ended no_line no_place alone no_price NoSuchCampaign",
    "Tell": "recorded replayed clash uncovered uncovered_before waiting nothing unknown",
    "Lease": "GRANTED HAD SHARED TOOK_OVER WAITING SET_ASIDE STILL RELEASED ALL_IN_USE OVER UNKNOWN NOT_RUNNING",
    "HoldCampaign": "held replayed CampaignDoesNotFit CampaignOverCap CampaignOverBudget CampaignNoPrice CampaignClash CampaignTooLong SendingBlocked NoCycle",
}


@pytest.mark.timeout(900)
@pytest.mark.rule(
    "PKG-2",
    "PKG-4",
    "PKG-5",
    "PKG-6",
    "PKG-7",
    "PKG-8",
    "PKG-9",
    "PKG-12",
    "PKG-13",
    "CAT-3",
    "CAT-6",
    "CAT-9",
)
@pytest.mark.rule("LIM-1", "LIM-2", "LIM-3", "LIM-4", "LIM-5")
@pytest.mark.rule("LIC-2", part="never above what is owned")
@pytest.mark.rule("LIC-7", part="nobody jumps")
@pytest.mark.rule("INT-1", "INT-3", "INT-4", "INT-5", "INT-6", "INT-7", "TIM-3", "OPS-1", "OPS-2")
def test_stories_at_random_with_faults_end_as_the_model_says(place: tuple[World, Connections]) -> None:
    tally = Simulation(*place).run(SEEDS)
    assert not tally.failures, "\n\n".join(tally.failures)
    assert tally.seeds == len(SEEDS)
    expected = {f"{call} {word}" for call, words in TOLD.items() for word in words.split()}
    assert expected - set(tally.words) == set()
    assert {"plain", "lost", "undone", "twin", "again", "killed in the middle"} <= set(tally.faults)


def test_a_model_that_believes_a_wrong_price_is_found_and_told_briefly(
    place: tuple[World, Connections],
) -> None:
    wrong = book()
    for package, route in wrong:
        if route == "sms":
            wrong[package, route] = [
                (since, price + (since == LONG_AGO), rules) for since, price, rules in wrong[package, route]
            ]
    tally = Simulation(*place, prices=wrong).run(SEEDS, most_failures=1)
    (failure,) = tally.failures
    assert "1 steps still fail" in failure
    assert f"again: python -m tests.simulation --replay {tally.seeds - 1}" in failure


@pytest.mark.parametrize("draw", [story.draw, story.of_licences])
def test_a_seed_tells_the_same_story_each_time(draw: Callable[[int], Story]) -> None:
    assert draw(7) == draw(7)
    assert draw(7).steps != draw(8).steps
