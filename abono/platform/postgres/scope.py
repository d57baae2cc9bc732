"""For whom the database is asked: the policies of its tables read it (ACC-2).

Nothing is said at first, and then no row of any customer is there. A door says for whom it works once it knows; what
has to look across customers says so by a name, so that every place that does is found by its name. A connection is
told before the next statement on it (`engine`), so that none ever works for whom another one left it with.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from enum import StrEnum
from uuid import UUID

SETTING = "abono.scope"  # a customer's id, or the name of a crossing
CONTRACTS = "abono.contracts"  # of that customer, as they were when it was said; one made later is seen when it is said next
SAY = "scope_say_v1"  # the database's function by which both are said, never one without the other
NOBODY = ""


class Crossing(StrEnum):
    """Work that looks across customers, and why it has to. The database has a role for it (`roles.ACROSS`)."""

    ACCESS = "access"  # who asks is looked for: memberships of a person, the owner of a key
    PUBLIC = "public"  # pages for everybody: signing in, ordering, coming back from paying
    PROVIDER = "provider"  # gateways and providers tell of things of anybody's
    SELLER = "seller"  # the seller's people and keys


CROSSINGS = frozenset(why.value for why in Crossing)
_wanted: ContextVar[str | None] = ContextVar("scope", default=None)


def wanted() -> str | None:
    """What a connection has to be told; None outside of what serves a customer."""
    return _wanted.get()


def work_for(customer_id: UUID) -> None:
    """From now on, in the `crossing` around: nobody else's rows are there."""
    _wanted.set(str(customer_id))


def work_for_nobody() -> None:
    """From now on, in the `crossing` around: no row of any customer is there."""
    _wanted.set(NOBODY)


def work_for_one_or_all(customer_id: UUID | None) -> None:
    """From now on, in the `crossing` around: the rows of a key's customer, or everybody's for a key of the seller."""
    if customer_id is None:
        cross(Crossing.SELLER)
    else:
        work_for(customer_id)


def cross(why: Crossing) -> None:
    """From now on, in the `crossing` around: everybody's rows are there."""
    _wanted.set(why.value)


@contextmanager
def crossing(why: Crossing) -> Iterator[None]:
    """For a while everybody's rows are there; then it is as it was."""
    with working(why.value):
        yield


def over_all() -> AbstractContextManager[None]:
    """For a while everybody's rows are there, to count or look for something; as it was where nobody has been told."""
    return nullcontext() if wanted() is None else crossing(Crossing.ACCESS)


@contextmanager
def working(what: str | None) -> Iterator[None]:
    """As `wanted` said it elsewhere; then it is as it was."""
    token = _wanted.set(what)
    try:
        yield
    finally:
        _wanted.reset(token)
