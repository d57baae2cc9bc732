"""What a transaction writes of one kind goes to the database together, and goes back with what it belongs to."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from abono.platform import agenda, events
from abono.platform.agenda import Kind
from abono.platform.models import Due, Event
from abono.platform.queue import Lane
from abono.platform.use_case import one_transaction
from tests.world import JUNE_1

RENEW = Kind("renew", Lane.BILLING)
SUBJECT = uuid4()


def record(name: str) -> None:
    events.record(name=name, subject=("card", SUBJECT), customer_id=uuid4(), actor="system", now=JUNE_1)


def names() -> list[str]:
    return list(Event.objects.order_by("id").values_list("name", flat=True))


@pytest.mark.django_db
def test_what_is_gathered_is_written_in_one_statement_before_the_end():
    with CaptureQueriesContext(connection) as captured, one_transaction():
        record("one")
        record("two")
        assert names() == []
    assert sum("INSERT INTO platform_event" in query["sql"] for query in captured.captured_queries) == 1
    assert names() == ["one", "two"]


@pytest.mark.django_db
def test_who_asks_in_the_same_transaction_sees_it():
    with one_transaction():
        record("one")
        assert [one.name for one in events.about(SUBJECT, "one", until=JUNE_1)] == ["one"]
        agenda.note(RENEW, subject=SUBJECT, due_at=JUNE_1, now=JUNE_1)
        assert agenda.find("renew", subject=SUBJECT) is not None
        agenda.withdraw(RENEW, subject=SUBJECT)
        agenda.note(RENEW, subject=SUBJECT, key="again", due_at=JUNE_1, now=JUNE_1)
    assert [row.key for row in Due.objects.all()] == ["again"]


@pytest.mark.django_db
@pytest.mark.parametrize("read", [False, True], ids=["as it is", "written meanwhile"])
def test_what_a_part_gathered_goes_back_with_it_and_nothing_else(read: bool):
    """ACC-6 both ways: no entry of what was taken back, and none lost that came before it."""
    with one_transaction():
        record("before")
        with transaction.atomic():
            record("part")
            if read:
                assert len(events.about(SUBJECT, "before", "part", until=JUNE_1)) == 2
            transaction.set_rollback(True)
        record("after")
    assert names() == ["before", "after"]


@pytest.mark.django_db
def test_of_what_fails_nothing_is_written():
    def act() -> None:
        with one_transaction():
            record("one")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        act()
    with one_transaction():
        record("two")
    assert names() == ["two"]
