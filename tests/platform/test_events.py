"""What an event keeps: before and after, why, from where; persons' values beside it (ACC-6's shape)."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from abono.platform import events
from abono.platform.events import Personal
from abono.platform.models import Event, PersonalValues
from abono.platform.origin import coming_from
from tests.world import JUNE_1

pytestmark = pytest.mark.django_db


def _record(**more: object) -> None:
    events.record(
        name="card.saved",
        subject=("card", uuid4()),
        customer_id=None,
        actor="person:ana",
        now=JUNE_1,
        **more,  # type: ignore[arg-type]
    )


def test_what_tells_of_persons_lies_beside_the_event() -> None:
    _record(
        after={"brand": "visa"}, personal=Personal(after={"holder": "ANA SOUZA"}), why="asked on the phone"
    )
    [row] = events.page(customer_id=None, limit=9)
    assert (row.before, row.after, row.personal_after) == (None, {"brand": "visa"}, {"holder": "ANA SOUZA"})
    assert (row.why, row.origin) == ("asked on the phone", "system")
    assert "ANA" not in str(Event.objects.values().get())


def test_personal_values_can_be_erased_and_the_event_stays_whole() -> None:
    _record(after={"brand": "visa"}, personal=Personal(after={"holder": "ANA SOUZA"}))
    PersonalValues.objects.all().delete()
    [row] = events.page(customer_id=None, limit=9)
    assert (row.after, row.personal_after) == ({"brand": "visa"}, None)
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        Event.objects.all().delete()


def test_the_door_is_known_without_being_carried_along() -> None:
    with coming_from("api", "203.0.113.9"):
        _record()
        with coming_from("worker"):
            _record()
    _record()
    assert list(Event.objects.order_by("id").values_list("origin", flat=True)) == ["api", "worker", "system"]
    assert PersonalValues.objects.get().address == "203.0.113.9"
