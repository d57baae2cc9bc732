"""The fast lane finds the key of a teller's id without making a UUID, and finds the same one (PKG-9)."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from abono.domain.metering.types import keyed
from abono.flows.usage.case import key_of
from abono.kernel.ids import uuid7
from abono.platform.postgres.arrays import quoted

SEVEN = "019ad0f5-3b1c-7abc-8def-0123456789ab"
NEARLY = [
    SEVEN.upper(),
    SEVEN.replace("-", ""),
    SEVEN[:-1],
    SEVEN + "0",
    SEVEN + "\n",
    "{" + SEVEN + "}",
    SEVEN[:14] + "4" + SEVEN[15:],
    SEVEN[:19] + "c" + SEVEN[20:],
    SEVEN[:7] + "-" + SEVEN[7] + SEVEN[9:],
    SEVEN[:-1] + "g",
    SEVEN[:-1] + "é",
    SEVEN[:-1] + "\uff11",  # a digit of another width
]
IDS = st.text() | st.builds(lambda: str(uuid7())) | st.uuids().map(str) | st.sampled_from(NEARLY)


@example(SEVEN)
@given(IDS)
def test_an_id_has_the_same_key_and_reference_by_both_ways(text: str):
    key, reference = keyed(text)
    assert key_of(text) == (str(key), quoted(reference))


def test_a_uuid7_is_its_own_key_and_all_that_only_look_like_one_are_not():
    assert key_of(SEVEN) == (SEVEN, "NULL")
    for text in NEARLY[1:]:
        assert key_of(text)[0] != SEVEN
