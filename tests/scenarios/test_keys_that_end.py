"""Fourteen days and three days before an API key ends, those who answer for it are told (ACC-4)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from abono.domain.identity import queries
from abono.domain.identity.roles import Role
from abono.domain.notices.models import Email
from abono.flows import due_work
from abono.flows.advance_clock import advance_clock
from abono.flows.keys import end_key, make_key, rotate_key
from abono.kernel.ids import parse
from abono.platform import clock
from tests.world import Tenant, make_colleague, make_olga, make_padaria

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("gateway"),
    pytest.mark.rule("ACC-4", part="scopes, expiry, last use"),
]
DAY = timedelta(days=1)
NOW = clock.now()


@pytest.fixture
def padaria() -> Tenant:
    return make_padaria(now=NOW)


def key_for(customer_id: UUID | None, *, days: float) -> UUID:
    made, _text = make_key(
        name="Shop",
        customer_id=customer_id,
        scopes=("read",),
        expires_at=NOW + days * DAY,
        by="Ana Souza",
        actor="test",
        now=NOW,
    )
    found = parse("key", made.public_id)
    assert found is not None
    return found


def told(*, at: datetime) -> list[tuple[str, str]]:
    """Runs what is due. To whom, and with which title, who is told of an end heard of it so far."""
    due_work.work_off(now=at, kinds=due_work.REAL)
    found = Email.objects.filter(notice__kind="key_ends").order_by("id")
    return [(one.to_email, str(one.notice.facts["end_date"])) for one in found]


def test_administrators_of_a_customer_are_told_twice_and_once_each(padaria: Tenant) -> None:
    key_for(padaria.customer_id, days=90)
    assert told(at=NOW + 75.9 * DAY) == []
    first = told(at=NOW + 76 * DAY)
    assert [to for to, _end in first] == ["ana@padaria.example"]  # not Bruno, not the financial contact
    assert told(at=NOW + 86.9 * DAY) == first
    assert told(at=NOW + 87 * DAY) == first * 2
    assert told(at=NOW + 91 * DAY) == first * 2


def test_of_the_sellers_keys_those_hear_who_may_change_them(padaria: Tenant) -> None:
    make_olga()
    make_colleague("Otto Brandão", Role.BILLING)
    key_for(None, days=30)
    assert [to for to, _end in told(at=NOW + 16 * DAY)] == ["olga@abono.example"]


@pytest.mark.parametrize(("days", "times"), [(2, 0), (3, 0), (7, 1), (14, 1), (15, 2)])
def test_a_key_of_a_short_life_is_told_of_as_far_as_there_is_time(
    padaria: Tenant, days: int, times: int
) -> None:
    key_for(padaria.customer_id, days=days)
    assert told(at=NOW) == []
    for day in range(days):
        heard = told(at=NOW + (day + 0.99) * DAY)
    assert len(heard) == times


def test_of_a_key_that_was_ended_or_replaced_nobody_hears(padaria: Tenant) -> None:
    ended, replaced = (key_for(padaria.customer_id, days=90) for _ in range(2))
    whose = {"customer_id": padaria.customer_id, "by": "Ana", "actor": "test", "now": NOW}
    end_key(key_id=ended, **whose)
    rotate_key(key_id=replaced, overlap=7 * DAY, **whose)
    assert len(told(at=NOW + 76 * DAY)) == 1  # of the new one
    assert len(queries.keys_of(padaria.customer_id)) == 2


def test_a_worker_that_comes_too_late_tells_of_no_end_that_is_past(padaria: Tenant) -> None:
    key_for(padaria.customer_id, days=90)
    assert told(at=NOW + 91 * DAY) == []


def test_in_a_sandbox_keys_end_by_real_time_however_far_its_clock_is() -> None:
    sandbox = make_padaria(now=NOW, sandbox=True)
    key_for(sandbox.customer_id, days=30)
    advance_clock(customer_id=sandbox.customer_id, to=NOW + 20 * DAY, actor="ana", real=NOW)
    assert told(at=NOW) == []
    assert len(told(at=NOW + 16 * DAY)) == 1
