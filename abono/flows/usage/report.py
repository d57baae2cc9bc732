"""Usage that others tell us of after the fact, in whatever format: sends that ended, contacts that wrote."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection
from msgspec.structs import replace

from abono.domain.catalog import queries as catalog
from abono.domain.contracts import hot as contracts
from abono.domain.settings import queries as settings
from abono.flows.usage.case import Case, Fact, Given, look
from abono.flows.usage.facts import Contact, Settlement, Told
from abono.flows.usage.observe import OBSERVE
from abono.flows.usage.said import Said, Word
from abono.flows.usage.settle import SETTLE
from abono.flows.usage.told import TELL, put, unheld
from abono.platform.postgres.batches import ask
from abono.platform.use_case import use_case


def report(facts: Sequence[Told | Contact], *, customer_id: UUID | None, now: datetime) -> list[Said]:
    """Book every fact by itself and say for each, in order, what became of it. The same again draws nothing (PKG-4).

    A hold that waits for a send is settled; a send that nobody held is drawn now, if it was sent at all, or kept as
    uncovered (PKG-12).
    customer_id   whose contracts it may speak of (ACC-2); None for the seller
    now           real time
    """
    given = look_up((fact.contract for fact in facts), customer_id=customer_id, now=now)
    ends = iter(_ends([fact for fact in facts if isinstance(fact, Told)], given))
    touches = iter(take(OBSERVE, [fact for fact in facts if isinstance(fact, Contact)], given))
    return [next(ends) if isinstance(fact, Told) else next(touches) for fact in facts]


def _ends(sends: Sequence[Told], given: Given) -> list[Said]:
    """Settle by the id of its hold, then by the teller's own, then tell of what nobody held."""
    said = [Said(send.id, Word.NO_SEND) for send in sends]
    _settle(said, [n for n, send in enumerate(sends) if send.held_as], [_as_held(s) for s in sends], given)
    _settle(said, [n for n, one in enumerate(said) if one.word is Word.NO_SEND], sends, given)
    left = unheld(sends, said)
    put(said, left, take(TELL, [sends[n] for n in left], given))
    return [replace(one, id=send.id) for send, one in zip(sends, said, strict=True)]


def _as_held(send: Told) -> Told:
    return replace(send, id=send.held_as)


def _settle(said: list[Said], places: list[int], sends: Sequence[Told], given: Given) -> None:
    """Settle the sends at these places. Nobody reads our answer: what the carrier counted it as and has no price here
    (PKG-13) draws as it was held, and is not lost."""
    _fill(said, places, SETTLE, sends, given)
    unpriced = [n for n in places if said[n].word is Word.NO_PRICE]
    _fill(said, unpriced, SETTLE, [replace(send, counted_as=(), counted_units=None) for send in sends], given)


def _fill(
    said: list[Said], places: list[int], case: Case[Settlement], sends: Sequence[Told], given: Given
) -> None:
    """Have the case done with the sends at these places."""
    for n, one in zip(places, take(case, [sends[n] for n in places], given), strict=True):
        said[n] = one


def look_up(names: Iterable[str], *, customer_id: UUID | None, now: datetime) -> Given:
    """What has to be known of facts about these contracts."""
    ids = contracts.ids(set(names))
    with connection.cursor() as cursor:
        cursor.execute(contracts.CONTRACTS, [list(ids)])
        found = contracts.by_name(ids, cursor.fetchall())
    mine = {name: one for name, one in found.items() if customer_id in (None, one.customer_id)}
    return Given(mine, catalog.ways(), settings.snapshot(), now)


@use_case
def take[F: Fact](case: Case[F], facts: Sequence[F], given: Given) -> list[Said]:
    """Have a case done on Django's connection. At most metering.types.MAX_BATCH facts."""
    batch = look(case, facts, given)
    told = ask(case.call, batch.rows, now=given.now) if batch.rows else ()
    return batch.say(told)
