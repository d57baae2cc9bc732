from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abono.platform.rate import MINUTE_NS, Rate

SECOND_NS = 1_000_000_000


@pytest.mark.rule("API-3", part="429")
def test_a_minutes_worth_goes_at_once_and_more_as_time_passes() -> None:
    rate = Rate(60)
    assert [rate.wait_s("a", now_ns=0) for _ in range(61)] == [0] * 60 + [1]
    assert rate.wait_s("b", now_ns=0) == 0
    assert rate.wait_s("a", now_ns=SECOND_NS) == 0
    assert rate.wait_s("a", now_ns=SECOND_NS) == 1
    assert [rate.wait_s("a", now_ns=5 * MINUTE_NS) for _ in range(61)] == [0] * 60 + [
        1
    ]  # nothing is saved up


def test_no_limit_is_no_limit() -> None:
    rate = Rate(0)
    assert {rate.wait_s("a", now_ns=0) for _ in range(10_000)} == {0}


@pytest.mark.rule("API-3", part="429")
@given(
    per_minute=st.integers(1, 200),
    pauses_ms=st.lists(st.integers(0, 5_000), min_size=1, max_size=300),
)
def test_never_more_than_two_minutes_worth_in_a_minute_and_who_waits_as_told_is_let_in(
    per_minute: int, pauses_ms: list[int]
) -> None:
    rate, now_ns = Rate(per_minute), 10 * MINUTE_NS
    let_in: list[int] = []
    for pause_ms in pauses_ms:
        now_ns += pause_ms * 1_000_000
        wait_s = rate.wait_s("a", now_ns=now_ns)
        if wait_s:
            now_ns += wait_s * SECOND_NS
            assert rate.wait_s("a", now_ns=now_ns) == 0
        let_in.append(now_ns)
        assert sum(at > now_ns - MINUTE_NS for at in let_in) <= 2 * per_minute
