"""A write that comes again with its key is answered as the first time, and done once (API-2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from abono.platform import idempotency
from abono.platform.idempotency import Answer, Ask, InProgress, KeyReused
from abono.platform.models import IdempotencyKey

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@dataclass
class Act:
    """Something that must be done once; `answers` in turn, the last one for good."""

    answers: list[Answer] = field(default_factory=lambda: [Answer(201, "done")])
    times: int = 0

    def __call__(self, ask: Ask) -> Answer:
        self.times += 1
        return self.answers[min(self.times, len(self.answers)) - 1]


def send(act: Act, **other: object) -> Answer:
    given = {"caller": "ana", "key": "k", "route": "POST /x", "body": b"{}", "now": NOON}
    return idempotency.first_answer(**{**given, **other}, act=act)  # type: ignore[arg-type]


@pytest.mark.rule("API-2", part="first answer")
@pytest.mark.rule("API-2", part="30 days")
@pytest.mark.parametrize("answer", [Answer(201, "made"), Answer(402, "declined"), Answer(500, "incident")])
def test_the_first_answer_is_given_again_for_thirty_days(answer: Answer) -> None:
    act = Act([answer, Answer(201, "another")])
    assert send(act) == answer
    for later in (SECOND, timedelta(days=30)):
        assert idempotency.forget_old(now=NOON + later) == 0
        assert send(act, now=NOON + later) == Answer(answer.status, answer.body, replayed=True)
    assert act.times == 1


@pytest.mark.rule("API-2", part="other body")
def test_other_content_under_the_same_key_is_refused() -> None:
    act = Act()
    send(act)
    with pytest.raises(KeyReused):
        send(act, body=b"{ }")
    assert act.times == 1


@pytest.mark.rule("API-2", "ACC-2")
def test_another_caller_and_another_route_have_keys_of_their_own() -> None:
    act = Act()
    for other in ({}, {"caller": "diego"}, {"route": "POST /y"}, {"key": "l"}):
        assert not send(act, **other).replayed
    assert act.times == 4


@pytest.mark.rule("API-2", part="conflict")
def test_while_the_first_runs_the_second_is_told_to_wait() -> None:
    refused = []

    class Nested(Act):
        def __call__(self, ask: Ask) -> Answer:
            for body in (b"{}", b"other"):
                with pytest.raises((InProgress, KeyReused)) as caught:
                    send(Act(), body=body, now=NOON + SECOND)
                refused.append(type(caught.value))
            return super().__call__(ask)

    send(Nested())
    assert refused == [InProgress, KeyReused]


class Killed(BaseException):
    pass


class Dies(Act):
    def __call__(self, ask: Ask) -> Answer:
        ask.note(attempt="one", before="brl-100")
        raise Killed


@pytest.mark.rule("OPS-1", part="killed at any moment")
@pytest.mark.rule("API-2", part="cut off by a crash")
def test_a_call_whose_process_died_is_taken_over_at_once_and_told_what_it_led_to() -> None:
    with pytest.raises(Killed):
        send(Dies())

    class Second(Act):
        def __call__(self, ask: Ask) -> Answer:
            assert ask.led_to == {"attempt": "one", "before": "brl-100"}
            with pytest.raises(InProgress):
                send(Act(), now=NOON + SECOND)
            return super().__call__(ask)

    assert send(Second([Answer(201, "second")]), now=NOON + SECOND).body == "second"
    assert send(Act(), now=NOON + SECOND) == Answer(201, "second", replayed=True)


@pytest.mark.rule("API-2", part="cut off by a crash")
def test_what_a_call_led_to_is_not_forgotten_by_an_answer_that_says_try_again() -> None:
    class Notes(Act):
        def __call__(self, ask: Ask) -> Answer:
            if not self.times:
                ask.note(attempt="one")
            else:
                assert ask.led_to == {"attempt": "one"}
            return super().__call__(ask)

    act = Notes([Answer(503, "the database is away"), Answer(201, "done")])
    assert send(act).status == 503
    assert send(act).body == "done"


@pytest.mark.rule("API-2")
def test_who_was_slower_does_not_change_the_answer_any_more() -> None:
    """Who lost its connection, and with it what says that it runs, may be overtaken."""

    class Slow(Act):
        def __call__(self, ask: Ask) -> Answer:
            IdempotencyKey.objects.update(status=201, body="second")
            return Answer(201, "slow")

    assert send(Slow()).body == "slow"
    assert send(Act()).body == "second"


@pytest.mark.rule("API-2")
def test_an_answer_that_says_try_again_lets_one_try_again() -> None:
    act = Act([Answer(503, "locked"), Answer(201, "done")])
    assert send(act).status == 503
    assert not IdempotencyKey.objects.exists()
    assert send(act) == Answer(201, "done")
    assert act.times == 2


def test_old_answers_are_forgotten() -> None:
    send(Act())
    assert idempotency.forget_old(now=NOON + idempotency.KEPT) == 0
    assert idempotency.forget_old(now=NOON + idempotency.KEPT + SECOND) == 1
    assert not send(Act(), now=NOON + idempotency.KEPT + SECOND).replayed
