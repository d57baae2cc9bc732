"""Draws a story from a seed: what happens depends on nothing but the seed, so that it can be told again."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from abono.kernel import periods
from tests.simulation import steps, story_licences
from tests.simulation.apart import apart
from tests.simulation.model_facts import UNLIMITED
from tests.simulation.steps import Asked, Call, Seen, Step, Story, Terms, Told
from tests.simulation.world import CHANGES, PACKAGES

REAL = 1_000_000
TICK = timedelta(microseconds=1)
DAY = timedelta(hours=24)
ZONES = ("America/Sao_Paulo", "America/Bogota", "America/Santiago", "Europe/Lisbon")
_ROUTES = (
    "sms", "sms", "sms", "sms", "sms", "whatsapp", "whatsapp", "whatsapp", "answer", "answer", "webchat", "rcs", "rcs",
    "unpriced", "nowhere", "reply", "reply", "basic rcs",
)  # fmt: skip
_ENDS = ("sent", "delivered", "not_delivered", "rejected")
_LATER = (  # calls that may come beside another one, or once more after others
    steps.Hold, steps.Record, steps.Settle, steps.Tell, steps.Observe, steps.SettleCampaign, steps.EndCampaign,
    steps.Raise, steps.OneMoreLimit, steps.OwnLimits, steps.Roll,
)  # fmt: skip


def draw(seed: int) -> Story:
    return story_licences.mixed(_Pen(seed).story())


def of_licences(seed: int) -> Story:
    return story_licences.alone(_Pen(seed).story())


@dataclass
class _Contract:
    """What the people around a contract know of it."""

    terms: Terms
    clock: datetime
    names: list[str] = field(default_factory=list)  # of sends
    seen: list[Seen] = field(default_factory=list)
    campaigns: list[steps.HoldCampaign] = field(default_factory=list)
    marks: list[datetime] = field(default_factory=list)  # moments at which something runs out


class _Pen:
    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = random.Random(seed)
        self.dear = self.random.random() < 0.03  # a story with prices that nobody can pay
        self.capped = self.random.random() < 0.25  # one whose customers have limits of their own
        self.rolled = self.random.random() < 0.3  # one in which sends are added up meanwhile
        self.contracts = [self._contract() for _ in range(self.random.choice((1, 2, 2, 3, 4)))]
        self.past: list[Call] = []

    def story(self) -> Story:
        count = self.random.randint(15, 50)
        told = tuple(self._step() for _ in range(count))
        return Story(self.seed, tuple(one.terms for one in self.contracts), told)

    def _contract(self) -> _Contract:
        draw = self.random
        value = draw.choice((0, REAL // 2, REAL, REAL, 3 * REAL, 20 * REAL, 20 * REAL, 1_000 * REAL))
        limit = draw.choice((0, 0, 50, 100, 100, 33, None))
        ceiling = UNLIMITED if limit is None else value + value * limit // 100
        anchor = draw.choice((date(2026, 5, 1), date(2026, 5, 20), date(2026, 1, 31)))
        first = 0 if anchor.month == 5 else 4
        zone = draw.choice(ZONES)
        cycles = []
        for number in range(first, first + 3):
            found = periods.cycle(anchor, number, zone)
            cycles.append(steps.Cycle(found.start, found.end))
        edges = [edge for edge in (*CHANGES, cycles[1].start) if cycles[0].start < edge <= cycles[1].start]
        clock = draw.choice(edges) - timedelta(minutes=draw.randint(-600, 3_000))
        terms = Terms(
            tuple(cycles[: draw.choice((2, 3, 3))]), draw.choice(PACKAGES), value, ceiling, draw.randint(0, 4)
        )
        return _Contract(terms, clock)

    # -- steps

    def _step(self) -> Step:
        draw = self.random
        if self.past and draw.random() < 0.06:
            call = draw.choice(self.past)
            return Step(call, "again", lane=isinstance(call, steps.BATCHES) and draw.random() < 0.5)
        call = self._call()
        if isinstance(call, _LATER):
            self.past.append(call)
        how = draw.choices(("plain", "lost", "undone", "killed", "twin"), (69, 12, 10, 1, 8))[0]
        if how == "twin":
            beside: Call | None = (
                draw.choice(self.past) if self.past and draw.random() < 0.4 else self._call()
            )
            beside = apart(call, beside) if isinstance(beside, _LATER) and isinstance(call, _LATER) else None
            if beside is None:
                return Step(call)
            lane = isinstance(beside, steps.BATCHES) and len(beside.events) % 2 == 1
            return Step(call, "twin", lane=lane, beside=beside)
        lane = isinstance(call, steps.BATCHES) and draw.random() < 0.5
        return Step(call, how, lane=lane)

    def _call(self) -> Call:
        kinds = (
            (self._hold, 30), (self._settle, 18), (self._record, 8), (self._tell, 8), (self._observe, 14), (self._expire, 6),
            (self._raise, 3), (self._one_more_limit, 3), (self._own_limits, 10 if self.capped else 0),
            (self._roll, 4 if self.rolled else 0),
            (self._open_cycle, 2), (self._hold_campaign, 6),
            (self._settle_campaign, 10), (self._extend, 1), (self._end, 3), (self._expire_campaigns, 2),
            (self._read, 3),
        )  # fmt: skip
        draw = self.random.choices([kind for kind, _ in kinds], [weight for _, weight in kinds])[0]
        return draw()

    # -- moments and names

    def _moment(self, of: _Contract) -> datetime:
        """Now, mostly; the clock goes on, often to just before, exactly at or after something that runs out."""
        draw = self.random
        what = draw.random()
        if what < 0.6:
            return of.clock
        if what < 0.86:
            of.clock += timedelta(seconds=draw.choice((1, 60, 3_600, 10_000, 30_000)))
            return of.clock
        if what < 0.93:
            edges = sorted({edge for edge in self._edges(of) if edge > of.clock})
            if edges:
                edge = edges[0] if draw.random() < 0.8 else draw.choice(edges[:3])
                of.clock = max(of.clock, edge + draw.choice((-TICK, 0 * TICK, TICK)))
            return of.clock
        if what < 0.98:
            return of.clock - timedelta(minutes=draw.randint(1, 3_000))
        return draw.choice(self._edges(of)) + draw.choice((-TICK, 0 * TICK, TICK))

    def _edges(self, of: _Contract) -> list[datetime]:
        bounds = [edge for one in of.terms.cycles for edge in (one.start, one.end)]
        return [*CHANGES, *bounds, *of.marks[-8:]]

    def _name(self, of: _Contract) -> str:
        """Of a send: new mostly, else one that came before."""
        draw = self.random
        if of.names and draw.random() < 0.2:
            return draw.choice(of.names)
        number = len(of.names)
        name = f"send {number}" if draw.random() < 0.6 else str(self._uuid7(of.clock))
        of.names.append(name)
        return name

    def _uuid7(self, at: datetime) -> UUID:
        """As callers make them from their own clocks, which need not be right."""
        off = self.random.choice((0, 0, 0, 1, -40, 400)) * DAY
        milliseconds = int((at + off).timestamp() * 1_000)
        return UUID(int=milliseconds << 80 | 7 << 76 | self.random.getrandbits(12) << 64
                    | 2 << 62 | self.random.getrandbits(62))  # fmt: skip

    def _some(self) -> list[int]:
        """Contracts that a batch is about."""
        draw = self.random
        many = range(len(self.contracts))
        found = [draw.choice(many)] if draw.random() < 0.6 else draw.choices(many, k=3)
        return [*found, len(self.contracts)] if draw.random() < 0.04 else found

    def _one(self) -> tuple[int, _Contract]:
        number = self.random.randrange(len(self.contracts))
        return number, self.contracts[number]

    # -- calls

    def _asked(self) -> tuple[Asked, ...]:
        draw = self.random
        of = self._some()
        known = {n: self.contracts[n] if n < len(self.contracts) else self.contracts[0] for n in of}
        moments = {n: self._moment(one) for n, one in known.items()}
        routes = [*_ROUTES, *(["dear"] * 10 if self.dear else [])]
        few = draw.choices(routes, k=draw.choice((1, 2, 4)))
        found: list[Asked] = []
        for _ in range(draw.choice((1, 1, 2, 5, 10, 25))):
            n = draw.choice(of)
            name = found[-1].name if found and draw.random() < 0.05 else self._name(known[n])
            found.append(Asked(n, name, draw.choice(few), moments[n], *self._whom()))
            if draw.random() < 0.1:
                known[n].marks.append(moments[n] + DAY)
        return tuple(found)

    def _whom(self) -> tuple[int, str | None, str | None]:
        """Units, contact and the number that sends."""
        draw = self.random
        return (
            draw.choice((1, 1, 1, 1, 1, 2, 3)),
            draw.choice((None, None, "Inês", "Juan")),
            draw.choice((None, "one", "one", "other")),
        )

    def _hold(self) -> Call:
        return steps.Hold(self._asked())

    def _record(self) -> Call:
        """Of several at once none is a release: they are held first, and settled then."""
        asked = self._asked()
        told = self.random.choice(("sent", "sent", "delivered", "not_delivered"))
        return steps.Record(asked[:1] if told == "not_delivered" else asked, told)

    def _tell(self) -> Call:
        """Often of sends that came before; of several at once none is a release, as of those that are recorded."""
        draw = self.random
        told = draw.choice(("sent", "sent", "sent", "delivered", "not_delivered", "rejected"))
        asked = self._asked()
        later = draw.choice((0, 0, 0, 0, 3, 40)) * DAY
        found = []
        for one in asked[:1] if told in ("not_delivered", "rejected") else asked:
            names = self.contracts[one.contract if one.contract < len(self.contracts) else 0].names[-40:]
            name = draw.choice(names) if names and draw.random() < 0.4 else one.name
            units = None if draw.random() < 0.5 else one.units
            found.append(
                steps.Left(
                    one.contract,
                    name,
                    one.route,
                    one.at,
                    one.at + later,
                    told,
                    units,
                    one.contact,
                    one.sender,
                )
            )
        return steps.Tell(tuple(found))

    def _settle(self) -> Call:
        draw = self.random
        found: list[Told] = []
        moments: dict[int, datetime] = {}
        for _ in range(draw.choice((1, 2, 5, 12, 30))):
            n, one = self._one()
            if n not in moments:
                moments[n] = self._moment(one)
            recent = one.names[-30:]
            name = draw.choice(recent) if recent and draw.random() < 0.97 else self._name(one)
            outcome = draw.choices(
                ("sent", "delivered", "not_delivered", "rejected", "expired"), (45, 20, 12, 21, 2)
            )[0]
            kinds = ("basic", "contact", "contact", "company", "reply", "message", "gossip")
            kind = draw.choice(kinds) if draw.random() < 0.25 else None
            units = draw.choice((1, 2, 5)) if draw.random() < 0.15 else None
            where = (
                draw.choice(("sms", "rcs", "whatsapp", "webchat", "unpriced"))
                if draw.random() < 0.1
                else None
            )
            found.append(Told(n, name, outcome, moments[n], kind, units, where))
        return steps.Settle(tuple(found))

    def _observe(self) -> Call:
        draw = self.random
        found: list[Seen] = []
        of = self._some()
        for _ in range(draw.choice((1, 1, 3, 8))):
            n = draw.choice(of)
            one = self.contracts[n if n < len(self.contracts) else 0]
            if one.seen and draw.random() < 0.15:
                found.append(draw.choice(one.seen))
                continue
            now = self._moment(one)
            at = now if draw.random() < 0.5 else now - timedelta(minutes=draw.randint(0, 7_000))
            if one.seen and draw.random() < 0.35:  # near another, on the edge of its 24 hours
                at = draw.choice(one.seen).at + draw.choice((-1, 0, 1)) * DAY + draw.choice((-1, 0, 1)) * TICK
            kinds = ("contact_message", "contact_message", "agent_action", "mass_send",
                     "simulated_poll", "simulated_call", "gossip", "ad_click", "ad_click")  # fmt: skip
            used = one.seen and draw.random() < 0.05
            name = draw.choice(one.seen).name if used else f"event {len(one.seen)}"
            seen = Seen(
                n,
                name,
                draw.choice(("Inês", "Juan")),
                draw.choice(("whatsapp", "whatsapp", "sms")),
                draw.choice(kinds),
                at,
                max(now, at) if draw.random() < 0.9 else now + 40 * DAY,
            )
            one.seen.append(seen)
            found.append(seen)
        return steps.Observe(tuple(found))

    def _expire(self) -> Call:
        number, one = self._one()
        return steps.Expire(None if self.random.random() < 0.15 else number, self._moment(one))

    def _expire_campaigns(self) -> Call:
        number, one = self._one()
        return steps.ExpireCampaigns(number, self._moment(one))

    def _raise(self) -> Call:
        number, one = self._one()
        value = one.terms.value * self.random.choice((1, 2, 3)) + self.random.choice((0, 0, REAL, -1))
        ceiling = UNLIMITED if self.random.random() < 0.1 else 2 * max(value, 0)
        return steps.Raise(number, self._moment(one), self.random.choice(PACKAGES), max(value, 0), ceiling)

    def _one_more_limit(self) -> Call:
        number, one = self._one()
        return steps.OneMoreLimit(number, self._moment(one), max(one.terms.value, REAL // 2))

    def _own_limits(self) -> Call:
        draw = self.random
        number, one = self._one()
        value = one.terms.value
        cap = draw.choice((None, None, None, 0, REAL // 2, value, 2 * value))
        channels = draw.sample(("sms", "whatsapp", "rcs", "webchat"), k=draw.choice((0, 1, 2, 3)))
        budgets = tuple((channel, draw.choice((0, REAL // 2, REAL, value))) for channel in channels)
        return steps.OwnLimits(number, self._moment(one), cap, budgets)

    def _roll(self) -> Call:
        number, one = self._one()
        ahead = self.random.choice((0, 0, 1, 3, 40)) * DAY
        return steps.Roll(number, self._moment(one) + ahead, self.random.random() < 0.2)

    def _open_cycle(self) -> Call:
        number, one = self._one()
        cycle = self.random.choice(one.terms.cycles)
        value = self.random.choice((REAL, 5 * REAL))
        package = self.random.choice(PACKAGES)
        return steps.OpenCycle(number, cycle, package, value, 2 * value, self.random.randint(0, 4))

    def _hold_campaign(self) -> Call:
        draw = self.random
        number, one = self._one()
        if one.campaigns and draw.random() < 0.2:
            return draw.choice(one.campaigns)
        routes = draw.sample(sorted(set(_ROUTES)), k=draw.choice((1, 2, 3)))
        wishes = tuple((route, draw.choice((1, 2, 5, 12, 40))) for route in routes)
        fresh = not one.campaigns or draw.random() < 0.9
        name = f"campaign {len(one.campaigns)}" if fresh else one.campaigns[0].name
        hours = draw.choice((24, 24, 24, 1, 168, 169))
        call = steps.HoldCampaign(number, name, wishes, self._moment(one), hours, draw.choice((1, 3, 1_000)))
        one.campaigns.append(call)
        one.marks.append(call.at + timedelta(hours=hours))
        return call

    def _settle_campaign(self) -> Call:
        draw = self.random
        number, one = self._one()
        if not one.campaigns:
            return self._hold()
        held = draw.choice(one.campaigns[-3:])
        routes = [route for route, _ in held.wishes]
        few = [*routes, *routes, *routes, draw.choice(_ROUTES)]
        reports = tuple(
            (self._name(one), draw.choice(few), draw.choices(_ENDS, (50, 20, 10, 20))[0], *self._counted())
            for _ in range(draw.choice((1, 3, 10, 25)))
        )
        return steps.SettleCampaign(number, held.name, reports, self._moment(one))

    def _counted(self) -> tuple[str | None, int | None, str | None, str | None]:
        """What the carrier counted a send as, whom it went to and which number sent it."""
        draw = self.random
        kind = draw.choice(("basic", "basic", "message", "gossip")) if draw.random() < 0.15 else None
        units = draw.choice((1, 2)) if draw.random() < 0.1 else None
        _units, contact, sender = self._whom()
        return kind, units, contact, sender

    def _extend(self) -> Call:
        number, one = self._one()
        if not one.campaigns:
            return self._read()
        held = self.random.choice(one.campaigns)
        until = held.at + self.random.choice((DAY, 2 * DAY, 7 * DAY, 7 * DAY + TICK))
        one.marks.append(until)
        return steps.ExtendCampaign(number, held.name, until)

    def _end(self) -> Call:
        number, one = self._one()
        if not one.campaigns:
            return self._settle()
        name = self.random.choice(one.campaigns[-3:]).name
        return steps.EndCampaign(number, name, self._moment(one), self.random.random() < 0.3)

    def _read(self) -> Call:
        number, one = self._one()
        return steps.Read(number, self._moment(one))
