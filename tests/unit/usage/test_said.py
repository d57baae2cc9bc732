"""What becomes of usage has one word, whatever door it came through."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from pathlib import Path

import msgspec
import pytest

from abono.domain.campaigns.types import CampaignSettleStatus
from abono.domain.interactions.types import ObserveStatus
from abono.domain.metering.types import HoldStatus, SettleStatus
from abono.domain.uncovered.types import ToldStatus
from abono.entrypoints.backoffice.metering import reasons
from abono.entrypoints.meter.protocol import wire
from abono.entrypoints.words.requests import REQUESTS
from abono.flows.usage.facts import Told
from abono.flows.usage.hold import HELD
from abono.flows.usage.observe import OBSERVED
from abono.flows.usage.said import WAYS_OUT, Said, Word
from abono.flows.usage.settle import SETTLED, SETTLED_IN_CAMPAIGN
from abono.flows.usage.told import TELL

NEVER_COUNTED = {"idempotency.key_missing", "idle", "not_ready", "reopen", "seller_only"}
API = (Path(__file__).parents[3] / "docs" / "api.md").read_text()


@pytest.mark.parametrize(
    ("statuses", "words"),
    [
        (HoldStatus, HELD),
        (SettleStatus, SETTLED),
        (CampaignSettleStatus, SETTLED_IN_CAMPAIGN),
        (ObserveStatus, OBSERVED),
    ],
)
def test_every_outcome_has_a_word(statuses: type[IntEnum], words: Mapping[int, Word]) -> None:
    assert set(statuses) <= words.keys()


@pytest.mark.parametrize("status", ToldStatus)
def test_every_outcome_of_what_is_told_has_a_word(status: ToldStatus) -> None:
    fact = Told("a", "ctr_x", "sent")
    assert TELL.said(fact, (), (status, 1, Word.NO_PRICE.value)).word in Word


@pytest.mark.parametrize("word", Word)
def test_every_word_is_said_by_the_fast_lane_described_and_known_to_the_seller(word: Word) -> None:
    said = msgspec.json.decode(msgspec.json.encode(wire.result(Said("a", word, price_micro=1))))
    assert said["id"] == "a"
    if word.refused:
        assert (said["status"], said["code"]) == ("refused", word.value)
        assert reasons.reason(word) != word
    else:
        assert (said["status"], "code" in said) == (word.value, False)
    assert f"`{word.value}`" in API


@pytest.mark.parametrize("code", sorted(REQUESTS.keys() - NEVER_COUNTED))
def test_every_reason_to_refuse_a_whole_request_is_known_to_the_seller(code: str) -> None:
    assert reasons.reason(code) != code


@pytest.mark.rule("LIM-4", "LIM-5")
def test_who_is_stopped_is_told_the_ways_out() -> None:
    for word, ways in WAYS_OUT.items():
        said = wire.result(Said("a", word, price_micro=2, left_micro=1))
        assert (said.ways_out, said.price_micro, said.left_micro) == (ways, 2, 1)
