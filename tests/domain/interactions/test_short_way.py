"""Events of many contracts in one call are answered as each contract by itself would be: the short way is only shorter."""

from __future__ import annotations

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from abono.domain.interactions import actions as interactions
from abono.domain.interactions.hot import OBSERVE
from abono.platform.batches import moment, quoted
from tests.domain.metering.world import DAY, HOUR, JULY_1, JUNE_1, NOON, World

_EVENT = st.tuples(
    st.integers(0, 1),  # whose
    st.integers(0, 12),  # id
    st.integers(0, 2),  # contact
    st.sampled_from(["whatsapp", "sms"]),
    st.sampled_from(["contact_message", "automatic_reply", "nonsense"]),
    st.sampled_from([NOON + n * 7 * HOUR for n in range(12)] + [JULY_1 - HOUR, JULY_1, JUNE_1 - DAY]),
    st.sampled_from([NOON + 7 * DAY, JULY_1 + 60 * DAY]),
)


@pytest.mark.rule("INT-1", "INT-2", "INT-7")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(_EVENT, min_size=1, max_size=12), min_size=1, max_size=3))
def test_events_of_one_contract_are_answered_as_those_of_many(world: World, batches: list[list[tuple]]):
    together, alone = ([world.contract(), world.contract()] for _ in range(2))
    for batch in batches:
        both = [
            [
                contracts[whose].event(
                    f"{name}", at, contact=f"c{contact}", kind=kind, channel=channel, now=now
                )
                for whose, name, contact, channel, kind, at, now in batch
            ]
            for contracts in (together, alone)
        ]
        expected = interactions.observe(both[0])
        told: dict[int, int] = {}
        for contract in alone:
            mine = [(n, event) for n, event in enumerate(both[1]) if event.contract_id == contract.id]
            for (n, _event), status in zip(mine, _alone([event for _n, event in mine]), strict=True):
                told[n] = status
        assert [told[n] for n in range(len(batch))] == expected
    for one, other in zip(together, alone, strict=True):
        assert one.cycle().interactions == other.cycle().interactions
        assert one.cycle(JULY_1).interactions == other.cycle(JULY_1).interactions


def _alone(events: list) -> list[int]:
    if not events:
        return []
    columns = zip(
        *(
            (
                str(e.contract_id),
                str(e.event_id),
                str(e.contact),
                quoted(e.channel),
                quoted(e.kind),
                moment(e.at),
                moment(e.now),
            )
            for e in events
        ),
        strict=True,
    )
    call = OBSERVE.alone
    assert call is not None
    with connection.cursor() as cursor:
        cursor.execute(call.statement, call.arguments(columns))
        return list(cursor.fetchone()[0])
