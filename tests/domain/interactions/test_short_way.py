"""Events of many contracts in one call are answered as each contract by itself would be: the short way is only shorter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import pytest
from django.db import ProgrammingError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from abono.domain.interactions import actions as interactions
from abono.domain.interactions.hot import OBSERVE
from abono.domain.interactions.types import ContactEvent, ObserveStatus
from abono.domain.settings.known import LATE_GRACE
from abono.platform.postgres.arrays import quoted
from tests.domain.metering.world import DAY, HOUR, JULY_1, JUNE_1, NOON, Contract, World
from tests.examples import through_the_database

_ORDINARY = st.tuples(
    st.integers(0, 2),  # whose: of the first and the second, and of nobody
    st.integers(0, 60),  # id
    st.integers(0, 2),  # contact
    st.sampled_from(["whatsapp", "sms"]),
    st.sampled_from(["contact_message", "automatic_reply"]),
    st.sampled_from([NOON + n * 7 * HOUR for n in range(12)] + [JULY_1 - HOUR, JULY_1]),
    st.just(JULY_1 + DAY),
)
_ODD = st.tuples(
    st.integers(0, 2),
    st.integers(0, 12),
    st.integers(0, 2),
    st.sampled_from(["whatsapp", "sms"]),
    st.sampled_from(["contact_message", "automatic_reply", "nonsense"]),
    st.sampled_from([NOON + n * 7 * HOUR for n in range(12)] + [JULY_1 - HOUR, JULY_1, JUNE_1 - DAY]),
    st.sampled_from([NOON + 7 * DAY, JULY_1 + 60 * DAY]),
)
# One of the contracts may be left to the rule while the other takes the short way.
_BATCH = st.one_of(
    st.lists(_ORDINARY, min_size=1, max_size=12),
    st.tuples(st.lists(_ORDINARY, min_size=1, max_size=10), st.lists(_ODD, max_size=3)).map(
        lambda both: both[0] + both[1]
    ),
)


@pytest.mark.rule("INT-1", "INT-2", "INT-7")
@through_the_database(80)
@given(batches=st.lists(_BATCH, min_size=1, max_size=4))
def test_events_of_many_contracts_are_answered_as_those_of_each(world: World, batches: list[list[tuple]]):
    nobody = Contract(world.contract().id.__class__(int=0), world)
    together, alone = ([world.contract(), world.contract(), nobody] for _ in range(2))
    for batch in batches:
        events = [
            together[whose].event(f"{name}", at, contact=f"c{contact}", kind=kind, channel=channel, now=now)
            for whose, name, contact, channel, kind, at, now in batch
        ]
        twins = [
            replace(event, contract_id=alone[whose].id)
            for event, (whose, *_) in zip(events, batch, strict=True)
        ]
        assert interactions.observe(events) == _each_by_itself(twins)
    for one, other in zip(together, alone, strict=True):
        assert _kept(one) == _kept(other)


@pytest.mark.rule("INT-7")
def test_what_is_ordinary_asks_for_the_rule_nowhere_and_what_is_not_does(padaria: Contract, luna: Contract):
    padaria.observe("newest", NOON)
    ordinary = [
        padaria.event("covered", NOON + HOUR),
        padaria.event("opens", NOON + DAY),
        padaria.event("next cycle", JULY_1 + HOUR),
        luna.event("a kind that costs nothing", NOON, kind="mass_send"),
        luna.event("opens", NOON),
    ]
    with _the_rule_is_out_of_reach():
        assert [status.name for status in interactions.observe(ordinary)] == [
            "COVERED", "OPENED", "OPENED", "NOT_COUNTED", "OPENED",
        ]  # fmt: skip
        for odd in (
            padaria.event("came late", NOON - HOUR),
            padaria.event("covered", NOON + HOUR),  # known
            padaria.event("a kind of nobody", NOON, kind="smoke_signal"),
            padaria.event("too late", NOON, now=JULY_1 + 60 * DAY),
            padaria.event("no cycle", JUNE_1 - DAY),
        ):
            with pytest.raises(ProgrammingError), transaction.atomic():
                interactions.observe([odd])


@contextmanager
def _the_rule_is_out_of_reach() -> Iterator[None]:
    signature = "(uuid, uuid[], uuid[], text[], text[], timestamptz[], timestamptz[], interval)"
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER FUNCTION metering_observe_contract_v1{signature} RENAME TO metering_away")
        yield
        cursor.execute(f"ALTER FUNCTION metering_away{signature} RENAME TO metering_observe_contract_v1")


def _each_by_itself(events: Sequence[ContactEvent]) -> list[ObserveStatus]:
    """The rule itself, contract by contract; answers in the order of the events."""
    call = OBSERVE.alone
    assert call is not None
    found: dict[int, ObserveStatus] = {}
    for contract_id in sorted({event.contract_id for event in events}):
        places = [n for n, event in enumerate(events) if event.contract_id == contract_id]
        columns = zip(
            *(
                (
                    str(e.contract_id),
                    str(e.event_id),
                    str(e.contact),
                    quoted(e.channel),
                    quoted(e.kind),
                    e.at,
                    e.now,
                    LATE_GRACE.shipped,
                )
                for e in (events[n] for n in places)
            ),
            strict=True,
        )
        with connection.cursor() as cursor:
            cursor.execute(call.statement, call.arguments(columns))
            for n, status in zip(places, cursor.fetchone()[0], strict=True):
                found[n] = ObserveStatus(status)
    return [found[n] for n in range(len(events))]


def _kept(contract: Contract) -> list[tuple]:
    """Everything that is stored of a contract's contacts."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 'event', event_id, contact, channel, happened_at, kind, counts FROM metering_contact_event"
            " WHERE contract_id = %(key)s"
            " UNION ALL SELECT 'interaction', NULL, contact, channel, opened_at, cycle_start::text, NULL"
            " FROM metering_interaction WHERE contract_id = %(key)s"
            " UNION ALL SELECT 'late', event_id, contact, channel, happened_at, told_at::text, NULL"
            " FROM metering_late_event WHERE contract_id = %(key)s"
            " UNION ALL SELECT 'cycle', NULL, NULL, NULL, cycle_start, interactions::text, NULL"
            " FROM metering_cycle WHERE contract_id = %(key)s ORDER BY 1, 2, 3, 4, 5",
            {"key": contract.id},
        )
        return list(cursor.fetchall())
