"""Books at random: contracts of one seller that live side by side, and are renewed in one go as one by one (INV-1).

Forty books begin with the same cast, which would be most of what a book takes: what the seller set and sells, and contracts
that are some months old. What a book did is taken back before the next one. Its seed says all of it, so that each can be
lived again alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from copy import copy, deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from django.db import transaction

from abono.domain.catalog import queries as catalog
from abono.domain.contracts.models import Contract
from abono.domain.payments.errors import CardDeclined
from abono.domain.settings import known
from abono.domain.settings import queries as settings
from abono.domain.settings.actions import set_value
from abono.domain.settings.types import Whose
from abono.flows.billing.in_one_go import renew_many
from abono.flows.restriction.by_seller import lift_for_fraud, restrict_for_fraud
from abono.kernel.errors import Refusal
from tests.books import check_books
from tests.scenarios.both_ways import renewed_alike
from tests.scenarios.living import billing, by_pix, changing, leaving, pricing, rising, standing
from tests.scenarios.living.life import SETTINGS, Life
from tests.scenarios.living.seeds import PLACES
from tests.scenarios.paying import card
from tests.work import renew_due
from tests.world import HOUR

OF_A_CAST = 40  # books
CONTRACTS = 4


def set_for_it(life: Life) -> None:
    """For this contract alone."""
    try:
        life.set(life.dice.choice(list(SETTINGS)), life.now, whose=Whose(contract_id=life.key))
    except Refusal as no:
        life.tell("not set for it", repr(no))


def set_for_all(life: Life) -> None:
    life.set(life.dice.choice([key for key in SETTINGS if key != known.REVIEW_FOR.key]), life.now)


def other_card(life: Life) -> None:
    behaviour = life.dice.choice(["ok", "decline:balance", "renewals-fail"])
    card(life.tenant, behaviour, now=life.now)
    life.tell("card", behaviour)


def barred(life: Life) -> None:
    """For fraud; and maybe not for long."""
    told: dict[str, Any] = {"contract_id": life.key, "why": "x", "actor": "olga"}
    try:
        restrict_for_fraud(**told, now=life.now)
        life.tell("barred")
        if life.dice.randrange(4):
            life.now += timedelta(hours=9)
            lift_for_fraud(**told, now=life.now)
            life.tell("runs again")
    except Refusal as no:
        life.tell("not barred", repr(no))


ACTS: dict[Callable[[Life], None], int] = {
    changing.change: 8,
    changing.undo: 3,
    changing.withdraw: 1,
    changing.late: 1,
    billing.used: 6,
    billing.past_the_limit: 2,
    billing.credit_note: 3,
    billing.one_off: 2,
    pricing.coupon: 4,
    pricing.own_price: 4,
    pricing.own_price_ends: 1,
    standing.owing: 1,
    standing.paid_otherwise: 2,
    standing.taken_back: 1,
    standing.given_up: 1,
    standing.contested: 1,
    rising.adjusted: 1,
    rising.not_adjusted: 1,
    rising.newer: 1,
    rising.tried: 1,
    by_pix.paid: 1,
    leaving.cancelled: 1,
    leaving.kept: 1,
    set_for_it: 3,
    set_for_all: 3,
    other_card: 3,
    barred: 1,
}


@dataclass
class Tally:
    """What was lived through. `renewed`: contracts that were renewed in both ways."""

    books: int = 0
    nothing: int = 0  # books in which none was renewed in one go
    renewed: int = 0
    acts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def __iadd__(self, other: Tally) -> Tally:
        self.books += other.books
        self.nothing += other.nothing
        self.renewed += other.renewed
        self.acts += other.acts
        self.failures += other.failures
        return self


class Cast:
    """The seller, and the contracts with which the books of a number begin. It knows the fakes of a test."""

    def __init__(self, number: int, gateway: Any) -> None:
        dice = Random(f"cast {number}")
        alike = bool(dice.randrange(2))  # old enough to be reckoned together
        zone, since, currency = dice.choice(PLACES)
        first = Life(
            dice,
            gateway,
            zone=zone,
            since=datetime.fromisoformat(since),
            currency=currency,
            by_year=not (alike or dice.randrange(4)),
        )
        first.name = "a"
        if dice.randrange(8):  # under review none is renewed in one go
            set_value(setting=known.REVIEW_FOR, value=timedelta(0), actor="olga", why="a", now=first.now)
        self.lives = [first, *(first.beside(dice, "bcdefg"[n], alike=alike) for n in range(CONTRACTS - 1))]
        self.now = max(one.now for one in self.lives)
        for life in self.lives:
            if not alike and dice.randrange(2):
                life.now = self.now + HOUR
                dice.choice([changing.change, pricing.coupon, pricing.own_price])(life)
        self.now = max(one.now for one in self.lives)
        for _month in range(dice.choice([3, 4] if alike else [0, 1, 2, 3, 4])):
            self.now = max(_ends(self.lives))
            renew_due(now=self.now)
        self._fakes = [vars(first.gateway), vars(first.bank)]
        self._kept = deepcopy([_collections(one) for one in self._fakes])

    def live(self, seed: int, tally: Tally) -> None:
        """One book, of which nothing stays. Raises whatever goes wrong, with its story told."""
        dice = Random(seed)
        lives = [copy(one) for one in self.lives]
        story = list(lives[0].story)
        for life in lives:
            life.dice, life.story, life.adjustments, life.clean = dice, story, [], False
        try:
            with transaction.atomic():
                renewed = Book(lives, self.now, dice, tally).live()
                raise _Over
        except _Over:
            tally.renewed += renewed
            tally.nothing += not renewed
        except BaseException as wrong:
            wrong.add_note("\n".join([f"book {seed}:", *(" ".join(map(str, one)) for one in story)]))
            raise
        finally:
            tally.books += 1
            for fake, kept in zip(self._fakes, deepcopy(self._kept), strict=True):
                fake.update(kept)
            forget()


class Book:
    def __init__(self, lives: list[Life], now: datetime, dice: Random, tally: Tally) -> None:
        self.lives, self.now, self.dice, self.tally = lives, now, dice, tally

    def live(self) -> int:
        """Returns how many renewals were tried in both ways."""
        renewed, cycles = 0, self.dice.choice([1, 1, 2])
        for cycle in range(cycles):
            for _ in range(self.dice.randrange(2, 6)):
                self.act()
            renewed += self.renewed(goes_on=cycle + 1 < cycles)
        return renewed

    def act(self) -> None:
        """Something befalls one of them, unless a cycle would be over by then."""
        running = self.running
        now = self.now + timedelta(minutes=self.dice.choice([7, 60, 60 * 24 * 2, 60 * 24 * 6]))
        if not running or now >= min(_ends(running)):
            return
        life = self.dice.choice(running)
        life.now = now
        [act] = self.dice.choices(list(ACTS), list(ACTS.values()))
        self.tally.acts[act.__name__] += 1
        try:
            act(life)
        except CardDeclined as no:
            life.tell("declined", repr(no))
        life.clean = False  # what undoing gives back is looked at where nobody else pays
        self.now = life.now
        for other in self.lives:  # what is sold and known is so for all
            other.catalog, other.known_to = life.catalog, life.known_to

    def renewed(self, *, goes_on: bool) -> int:
        """In time, or by a run that comes late; `goes_on`: what is due then is done, too."""
        keys = [life.key for life in self.lives]
        if not (running := self.running):
            return 0
        self.now = max(self.now, min(_ends(running))) + self.dice.choice(LATE)
        renewed = len(renewed_alike(keys, now=self.now))
        self.lives[0].now = self.now
        self.lives[0].tell("renewed in both ways", renewed)
        if goes_on or not self.dice.randrange(8):
            renew_many(keys, now=self.now)
            renew_due(now=self.now)
            assert check_books() == []
        return renewed

    @property
    def running(self) -> list[Life]:
        """Those with a cycle that is not over."""
        found = dict(_with_ends(self.lives))
        return [life for life in self.lives if found.get(life.key) and found[life.key] > self.now]


LATE = [timedelta(0), timedelta(0), timedelta(hours=1), timedelta(days=2)]


class _Over(Exception):
    pass


def forget() -> None:
    """What the process remembers of what was rolled back."""
    settings.forget_snapshot()
    catalog.forget_functions()


def _ends(lives: list[Life]) -> list[datetime]:
    return [end for _id, end in _with_ends(lives) if end]


def _with_ends(lives: list[Life]) -> list[tuple[UUID, datetime | None]]:
    of = Contract.objects.filter(id__in=[life.key for life in lives])
    return list(of.values_list("id", "cycle_end"))


def _collections(kept: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in kept.items() if isinstance(value, dict | set | list)}
