"""Which contracts a preview looks at, and how many it may show."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from uuid import UUID

from django.db.models import Q

from abono.domain.contracts import terms
from abono.domain.contracts.models import Contract
from abono.domain.contracts.price_moves import NewLine
from abono.domain.contracts.states import RENEWED
from abono.flows.charges.held import read
from abono.kernel.errors import Refusal
from abono.platform.given import given

MOST = 1_000  # contracts of one preview: all of them are held at once when it is applied


def reckon_each[Line: NewLine](
    which: Q,
    reckon: Callable[[Sequence[Contract]], Iterable[Line]],
    *,
    only: Collection[UUID],
    none: Refusal,
    too_many: Refusal,
) -> list[Line]:
    """The lines that are made of contracts that go on and for which no other terms wait, by number. Raises `none` where there
    is no line, and `too_many` where there are more than MOST.

    reckon   of up to MOST contracts, of which everything is read: the statements do not grow with them
    only     of these; of all when there are none
    """
    lines: list[Line] = []
    for some in _by_number(which, only):
        lines += reckon(some)
        if len(lines) > MOST:
            raise too_many
    if not lines:
        raise none
    return lines


def _by_number(which: Q, only: Collection[UUID]) -> Iterator[list[Contract]]:
    whole = Contract.objects.select_related("term__plan", "term__package", "customer")
    asked = given(id__in=only or None)
    found = whole.filter(which, state__in=[one.value for one in RENEWED], **asked).order_by("number")
    left, last = found.exclude(id__in=terms.ahead().values("contract_id")), ""
    while rows := list(left.filter(number__gt=last)[:MOST]):
        read(rows)
        yield rows
        last = rows[-1].number
