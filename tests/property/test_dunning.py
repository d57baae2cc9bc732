"""Whatever banks answer over months, no machine asks a card against their rules (PAY-8)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abono.domain.payments.ports.port import Decline, Hint, Retry
from abono.domain.payments.retries import MOST_DECLINES, WITHIN, Declined, Terms, Try, after_answer, next_try
from abono.domain.payments.types import Card

JUNE_1 = datetime(2026, 6, 1, 3, tzinfo=UTC)  # midnight in São Paulo
DAY, MOMENT = timedelta(days=1), timedelta(microseconds=1)
ZONE = "America/Sao_Paulo"

answers = st.lists(
    st.none()
    | st.builds(
        Decline,
        code=st.just("51"),
        hint=st.just(Hint.BALANCE),
        retry=st.sampled_from([Retry.LATER] * 4 + list(Retry)),
        wait_s=st.sampled_from([0, 0, 3_600, 259_200, 345_600, 864_000]),
    ),
    max_size=80,
)
schedules = st.sets(st.integers(1, 30), max_size=7).map(lambda days: tuple(sorted(days)))


@dataclass
class Said:
    card: UUID
    invoice: int
    at: datetime
    answer: Decline | None


@dataclass
class Story:
    """A wallet of a card in use and a reserve, from which many invoices are asked; done as the flows do it."""

    days: tuple[int, ...]
    answers: list[Decline | None]
    cards: list[Card] = field(default_factory=lambda: [_card(in_use=True), _card(in_use=False)])
    said: list[Said] = field(default_factory=list)
    planned: dict[int, Try | None] = field(default_factory=dict)

    def issue(self, invoice: int, now: datetime) -> None:
        self._plan(invoice, now, after=now)
        self._go_on(now)

    def _go_on(self, now: datetime) -> None:
        while due := [(one.at, number) for number, one in self.planned.items() if one and one.at <= now]:
            at, number = min(due)
            self._plan(number, at, after=at - MOMENT)  # looked at once more, as whoever collects does
            coming = self.planned[number]
            if coming is None or coming.at > at:
                continue
            answer = self.answers.pop(0) if self.answers else None
            self.said.append(Said(coming.card.id, number, at, answer))
            where = self.cards.index(coming.card)
            stopped, ask_from = after_answer(coming.card, answer, now=at)
            self.cards[where] = replace(coming.card, stopped=stopped, ask_from=ask_from)
            if answer is None:
                del self.planned[number]
            else:
                self._plan(number, at, after=at)

    def _plan(self, invoice: int, now: datetime, *, after: datetime) -> None:
        known = [(card, self._declined(card, invoice, now)) for card in self.cards]
        self.planned[invoice] = next_try(known, Terms(self.days, ZONE), now=now, after=after)

    def _declined(self, card: Card, invoice: int, now: datetime) -> Declined:
        no = [one for one in self.said if one.card == card.id and one.answer is not None]
        of_it = [one.at for one in no if one.invoice == invoice]
        every = [one.at for one in no if one.at > now - WITHIN]
        return Declined(every, *(of_it[:1] or [None]), *(of_it[-1:] or [None]))


def _card(*, in_use: bool) -> Card:
    return Card(uuid4(), "", "simulator", "visa", "4242", "ANA", 12, 2030, in_use=in_use, reserve=not in_use)


@pytest.mark.rule("PAY-8", part="class allows")
@pytest.mark.rule("PAY-8", part="8 tries, 30 days")
@given(days=schedules, answers=answers, every=st.integers(1, 15))
def test_machines_keep_to_days_classes_waits_and_limits(
    days: tuple[int, ...], answers: list[Decline | None], every: int
) -> None:
    story = Story(days, list(answers))
    for number in range(180 // every):
        story._go_on(JUNE_1 + number * every * DAY)
        story.issue(number, JUNE_1 + number * every * DAY)
    story._go_on(JUNE_1 + 400 * DAY)

    of_card: dict[UUID, list[Said]] = defaultdict(list)
    for now in story.said:
        before = of_card[now.card]
        no = [one for one in before if one.answer is not None]
        of_it = [one for one in no if one.invoice == now.invoice]
        opened = max((one.at for one in before if one.answer is None), default=JUNE_1 - DAY)
        for one in no:
            assert one.answer is not None
            if one.answer.retry is Retry.LATER:
                assert one.at < opened or now.at - one.at >= timedelta(seconds=one.answer.wait_s)
            else:
                assert one.at < opened
                assert one.answer.retry is not Retry.MANDATE
        assert len([one for one in no if now.at - one.at < WITHIN]) < MOST_DECLINES
        if of_it:
            first = of_it[0].at
            assert now.at in [first + day * DAY for day in days]  # no summer time there
            assert now.at - first <= WITHIN
            assert len(of_it) <= len(days)
            assert now.at > of_it[-1].at
        of_card[now.card].append(now)
