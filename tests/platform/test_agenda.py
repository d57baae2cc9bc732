"""What is due is done once, by one; what fails comes back, what cannot work is parked with its reason."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now

from abono.kernel.ids import uuid7
from abono.platform import agenda
from abono.platform.agenda import Entry, Kind
from abono.platform.models import Due
from abono.platform.queue import Lane

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
RENEW = Kind("renew", Lane.BILLING)
ASK = Kind("ask", Lane.GATEWAYS, real=True)


def note(kind: Kind = RENEW, *, due_at: datetime = NOON, now: datetime = NOON, **other: object) -> UUID:
    subject = other.pop("subject", None) or uuid7()
    agenda.note(kind, subject=subject, due_at=due_at, now=now, **other)  # type: ignore[arg-type]
    assert isinstance(subject, UUID)
    return subject


def claim(now: datetime = NOON, kind: Kind = RENEW) -> Entry | None:
    return agenda.claim(now=now, kinds=[kind])


def jobs() -> list[tuple[str, str, dict[str, str], bool]]:
    """Queue, name and arguments of what waits for a worker, and whether it waits for a moment."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT queue_name, task_name, args::text, scheduled_at FROM procrastinate_jobs ORDER BY id"
        )
        return [(lane, name, json.loads(args), at is not None) for lane, name, args, at in cursor.fetchall()]


@pytest.mark.django_db
class TestOne:
    """One worker."""

    def test_what_is_due_is_found_in_order_and_gone_once_it_is_done(self) -> None:
        late, early = note(due_at=NOON), note(due_at=NOON - HOUR)
        for subject in (early, late):
            entry = claim()
            assert entry is not None
            assert entry.subject == subject
            agenda.finish(entry)
        assert claim() is None
        assert not Due.objects.exists()

    def test_nothing_is_due_before_its_moment(self) -> None:
        note(due_at=NOON + timedelta(seconds=1))
        assert claim() is None
        assert claim(NOON + timedelta(seconds=1)) is not None

    def test_the_same_thing_stands_there_once_and_moves(self) -> None:
        subject = note(due_at=NOON)
        note(due_at=NOON + HOUR, subject=subject)
        assert claim() is None
        assert Due.objects.get().due_at == NOON + HOUR

    def test_what_is_withdrawn_is_not_due(self) -> None:
        subject = note()
        agenda.withdraw(ASK, subject=subject)  # another kind
        agenda.withdraw(RENEW, subject=subject, key="another")
        assert Due.objects.count() == 1
        agenda.withdraw(RENEW, subject=subject)
        assert claim() is None

    def test_of_many_that_are_withdrawn_at_once_those_of_the_kind_without_a_key_are_gone(self) -> None:
        subjects = [note() for _ in range(3)]
        stay = note(), note(ASK, subject=subjects[0]), note(subject=subjects[1], key="another")
        agenda.withdraw_each(RENEW, subjects)
        left = {(row.kind, row.subject, row.key) for row in Due.objects.all()}
        assert left == {("renew", stay[0], ""), ("ask", stay[1], ""), ("renew", stay[2], "another")}

    def test_what_was_written_down_while_the_work_went_on_stays(self) -> None:
        """A renewal is due again before it is done: that is the next cycle's."""
        subject = note()
        entry = claim()
        assert entry is not None
        note(due_at=NOON + HOUR, subject=subject)
        agenda.finish(entry)
        assert Due.objects.get().due_at == NOON + HOUR

    @pytest.mark.rule("OPS-1")
    def test_what_a_killed_worker_had_in_hand_comes_back_when_its_lease_ends(self) -> None:
        note()
        dead = claim()
        assert dead is not None
        assert claim() is None  # it may still be at it

        Due.objects.update(held_until=Now())
        again = claim()
        assert again is not None
        assert again.tries == 2
        agenda.finish(dead)  # the first one was only slow: what is not its any more stays
        assert Due.objects.count() == 1

    @pytest.mark.rule("OPS-1")
    def test_what_ends_its_worker_each_time_is_parked(self) -> None:
        note()
        for _again in range(agenda.MAX_TRIES):
            assert claim() is not None
            Due.objects.update(held_until=Now())
        assert claim() is None
        ((_entry, _at, reason),) = agenda.parked()
        assert reason == "whoever did it ended in the middle, each time"

    @pytest.mark.rule("OPS-1")
    def test_what_fails_is_tried_after_growing_pauses_and_parked_with_its_reason(self) -> None:
        note()
        now, waited = NOON, []
        while (entry := claim(now)) is not None:
            agenda.fail(entry, "KeyClash: \x00" + "x" * 300, now=now)
            due_at = Due.objects.get().due_at
            assert due_at is not None
            waited.append((due_at - now) // MINUTE)
            now = due_at
        assert waited == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360]
        ((parked, _at, reason),) = agenda.parked()
        assert parked.tries == agenda.MAX_TRIES
        assert reason.startswith("KeyClash: xxx")
        assert len(reason) == 200
        assert agenda.backlog(real=now).parked == 1

        assert agenda.release_parked(real=now) == 1
        assert claim(now) is not None
        assert agenda.backlog(real=now).parked == 0

    def test_what_sleeps_is_due_when_it_is_woken(self) -> None:
        customer = uuid7()
        note(customer_id=customer)
        entry = claim()
        assert entry is not None
        agenda.sleep(entry)
        assert claim(NOON + 1000 * HOUR) is None

        agenda.wake(RENEW, customer_id=uuid7(), now=NOON)
        assert claim() is None
        agenda.wake(RENEW, customer_id=customer, now=NOON)
        assert claim() is not None

    def test_what_is_woken_while_somebody_looks_at_it_does_not_fall_asleep(self) -> None:
        customer = uuid7()
        note(customer_id=customer)
        entry = claim()
        assert entry is not None
        agenda.wake(RENEW, customer_id=customer, now=NOON)
        agenda.sleep(entry)
        assert claim() is not None

    @pytest.mark.rule("TIM-2")
    def test_a_sandbox_has_its_own_next_moment_but_gateways_know_real_time_only(self) -> None:
        sandbox, other = uuid7(), uuid7()
        note(ASK, due_at=NOON, customer_id=sandbox, sandbox=True)
        note(due_at=NOON, customer_id=other)
        assert agenda.next_due(sandbox) is None
        note(due_at=NOON + 2 * HOUR, customer_id=sandbox, sandbox=True)
        note(due_at=NOON + HOUR, customer_id=sandbox, sandbox=True)
        assert agenda.next_due(sandbox) == NOON + HOUR
        assert agenda.next_due(other) is None

        assert (
            agenda.call_workers(now=NOON + 3 * HOUR) == 0
        )  # those that were due at noon were called at once
        assert agenda.call_workers(now=NOON + HOUR, sandbox=sandbox) == 1

    def test_a_worker_is_called_at_once_or_for_a_moment_that_is_near(self) -> None:
        now, soon, later = note(), note(due_at=NOON + MINUTE / 2), note(due_at=NOON + HOUR)
        assert jobs() == [
            ("billing", "work", {"kind": "renew", "subject": str(now), "key": ""}, False),
            ("billing", "work", {"kind": "renew", "subject": str(soon), "key": ""}, True),
        ]
        assert agenda.call_workers(now=NOON + HOUR) == 1
        assert agenda.call_workers(now=NOON + HOUR) == 0  # once is enough
        assert [args["subject"] for _, _, args, _ in jobs()][2:] == [str(later)]

    def test_how_old_the_oldest_is(self) -> None:
        assert agenda.backlog(real=NOON) == agenda.Backlog(None, 0)
        note(due_at=NOON - HOUR)
        note(due_at=NOON - 2 * HOUR, customer_id=uuid7(), sandbox=True)  # on a clock of its own
        note(due_at=NOON + HOUR)
        assert agenda.backlog(real=NOON) == agenda.Backlog(NOON - HOUR, 0)


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_fails_leaves_neither_an_entry_nor_a_job() -> None:
    with transaction.atomic():
        note()
        transaction.set_rollback(True)
    assert not Due.objects.exists()
    assert jobs() == []


@pytest.mark.django_db(transaction=True)
def test_two_who_claim_at_once_never_have_the_same() -> None:
    subjects = {note() for _ in range(40)}
    taken: list[UUID] = []
    start = threading.Barrier(4)

    def work() -> None:
        try:
            start.wait()
            while (entry := claim()) is not None:
                taken.append(entry.subject)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 40
    assert set(taken) == subjects
