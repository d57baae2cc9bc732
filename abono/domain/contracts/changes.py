"""Changes of a contract as things with a state, from the quote on (CHG-1, CHG-8)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Q, QuerySet

from abono.domain.contracts.errors import NoSuchChange
from abono.domain.contracts.models import Change, Contract
from abono.domain.contracts.states import CHANGE, HELD_CHANGE, OPEN_CHANGE, ChangeState
from abono.platform import agenda, events, keyed
from abono.platform.given import given
from abono.platform.postgres.asked import Asked, Slot
from abono.platform.queue import Lane
from abono.platform.running import purge
from abono.platform.use_case import forget, once

QUOTE_KEPT = timedelta(days=30)  # of a quote that nobody accepted
LAPSES = agenda.Kind("change_lapses", Lane.BILLING)
MOST_ANSWER = 500  # characters
_LINKS = "abono.changes"
_MEMORY = "changes"
_UNDER_WAY = [one.value for one in OPEN_CHANGE if one is not ChangeState.QUOTED]
_MOVED = ("state", "accepted_by", "accepted_at", "valid_until", "begins_at", "quote", "was", "ended_at")
_WORDS = ("held_until", "link_hash", "confirmed_at", "approved_at", "decided_by", "answer")


def quoted(
    contract: Contract,
    *,
    plan_id: UUID,
    package_id: UUID,
    extra_licences: int,
    quote: Mapping[str, object],
    begins_at: datetime | None,
    valid_until: datetime,
    actor: str,
    now: datetime,
) -> Change:
    """What somebody sees of a change, kept so that it can be accepted by its id (CHG-1).

    quote       all that is seen, as data: what is accepted is that and nothing else
    begins_at   of its step down; None where all of it is at once
    """
    return Change.objects.create(
        contract=contract,
        before=contract.term,
        plan_id=plan_id,
        package_id=package_id,
        extra_licences=extra_licences,
        quote=quote,
        begins_at=begins_at,
        valid_until=valid_until,
        asked_by=actor,
        asked_at=now,
    )


def accept(change: Change, *, actor: str, now: datetime) -> None:
    """Somebody accepted what was quoted, and nobody else's word is waited for: it waits for its payment. The caller holds
    the contract, and has seen that nothing else waits. Raises MoveNotAllowed."""
    change.accepted_by, change.accepted_at = change.accepted_by or actor, now
    move(change, ChangeState.WAITING, actor=actor, now=now)


def hold(change: Change, state: ChangeState, *, until: datetime, actor: str, now: datetime) -> None:
    """Somebody accepted what was quoted, and it waits for somebody's word (CHG-6). The caller holds the contract.
    Raises MoveNotAllowed."""
    change.accepted_by, change.accepted_at = change.accepted_by or actor, now
    change.held_until = until
    change.link_hash = keyed.hashed(_secrets(change.id)[0]) if state is ChangeState.CONFIRM else None
    customer = change.contract.customer
    agenda.note(
        LAPSES,
        subject=change.id,
        customer_id=customer.id,
        sandbox=customer.sandbox,
        due_at=until,
        now=now,
    )
    move(change, state, actor=actor, now=now)


def move(change: Change, state: ChangeState, *, actor: str, now: datetime) -> None:
    """The caller holds the contract, and may have set when its step down begins. Raises MoveNotAllowed."""
    before = _enter(change, state, now=now)
    if before in HELD_CHANGE and state not in HELD_CHANGE:
        change.link_hash = change.held_until = None
        agenda.withdraw(LAPSES, subject=change.id)
    words = _WORDS if {before, state} & {*HELD_CHANGE} else ()
    change.save(update_fields=[*_MOVED, *words])
    forget(_MEMORY)
    _record(change, before, actor=actor, now=now)


def begin_each(contracts: Collection[Contract], *, actor: str, now: datetime) -> None:
    """The step downs that begin with the cycles of many contracts are applied (CHG-3), in two statements. The caller holds
    them."""
    of = {one.id: one for one in contracts}
    scheduled = _whole().filter(state=ChangeState.SCHEDULED.value, contract_id__in=of)
    begun = [one for one in scheduled if _begins(one, of[one.contract_id])]
    before = [_enter(one, ChangeState.APPLIED, now=now) for one in begun]
    Change.objects.filter(id__in=[one.id for one in begun]).update(
        state=ChangeState.APPLIED.value, ended_at=now
    )
    forget(_MEMORY)
    for one, was in zip(begun, before, strict=True):
        _record(one, was, actor=actor, now=now)


def begin(contract: Contract, *, actor: str, now: datetime) -> None:
    """The same of one."""
    change = scheduled(contract.id)
    if change is not None and _begins(change, contract):
        move(change, ChangeState.APPLIED, actor=actor, now=now)


def _begins(change: Change, contract: Contract) -> bool:
    """Whether its step down does with the cycle that the contract is in, or did."""
    assert contract.cycle is not None
    return change.begins_at is not None and change.begins_at <= contract.cycle.start


def _enter(change: Change, state: ChangeState, *, now: datetime) -> ChangeState:
    """For who saves it. Returns what it was before. Raises MoveNotAllowed."""
    before = ChangeState(change.state)
    CHANGE.require(before, state)
    change.state = state.value
    if state not in OPEN_CHANGE:
        change.ended_at = now
    return before


def _record(change: Change, before: ChangeState, *, actor: str, now: datetime) -> None:
    state = ChangeState(change.state)
    events.record(
        name=f"change.{state.value}",
        subject=("change", change.id),
        customer_id=change.contract.customer_id,
        actor=actor,
        now=now,
        before={"state": before.value},
        after={"state": state.value},
        data={
            "number": change.contract.number,
            "plan_before": str(change.before.plan),
            "plan_after": str(change.plan),
            "package_before": str(change.before.package),
            "package_after": str(change.package),
            "extra_licences_before": change.before.extra_licences,
            "extra_licences_after": change.extra_licences,
        },
        why=change.answer if state is ChangeState.REFUSED else "",
    )


def get(change_id: UUID, *, customer_id: UUID | None = None) -> Change:
    """One of a customer's, where that is given. Raises NoSuchChange."""
    found = _ONE.sole(id=change_id)
    if found is None or customer_id not in (None, found.contract.customer_id):
        raise NoSuchChange()
    return found


def and_waiting(change_id: UUID, *, customer_id: UUID) -> tuple[Change, Change | None]:
    """One of a customer's, and the one of its contract that waits for its payment. Raises NoSuchChange."""
    both = {one.id: one for one in _AND_WAITING.all(id=change_id, customer=customer_id)}
    if change_id not in both:
        raise NoSuchChange()
    waits = (one for one in both.values() if one.state == ChangeState.WAITING.value)
    return both[change_id], next(waits, None)


def waiting_id(contract_id: UUID) -> UUID | None:
    """Of the one that waits for its payment."""
    return _WAITING.sole(contract=contract_id)


def waiting(contract_id: UUID) -> Change | None:
    """The one that waits for its payment."""
    return under_way(contract_id).get(ChangeState.WAITING)


def scheduled(contract_id: UUID) -> Change | None:
    """The one whose step down is still to begin."""
    return under_way(contract_id).get(ChangeState.SCHEDULED)


def of_held(contract: Contract, change_id: UUID) -> Change:
    """One of a contract that the caller holds; what else of it is under way is known with that. Raises NoSuchChange."""
    known = _under_way(contract.id, beside=change_id)
    return next((one for one in known if one.id == change_id), None) or get(change_id)


def under_way(contract_id: UUID) -> dict[ChangeState, Change]:
    """Those of which something is still to come; of each state there is at most one."""
    return {ChangeState(one.state): one for one in _under_way(contract_id) if one.state in _UNDER_WAY}


def _under_way(contract_id: UUID, *, beside: UUID | None = None) -> list[Change]:
    """Asked once in a transaction, and anew once one has moved."""

    def look_up() -> list[Change]:
        if beside is None:
            return _OPEN.all(contract=contract_id)
        return _OPEN_AND_ONE.all(contract=contract_id, id=beside)

    return once((_MEMORY, contract_id), look_up)


def words_given(contract_id: UUID, *, since: datetime) -> list[Change]:
    """Those that came to nothing although somebody had confirmed or approved them."""
    came_to_nothing = [ChangeState.LAPSED.value, ChangeState.GIVEN_UP.value, ChangeState.WAITING.value]
    word = Q(confirmed_at__gte=since) | Q(approved_at__gte=since)
    return list(_whole().filter(word, contract_id=contract_id, state__in=came_to_nothing))


def to_approve(*, before: UUID | None, limit: int) -> list[Change]:
    """Of all customers, those that wait for the seller's word, newest first."""
    found = _whole().filter(state=ChangeState.APPROVAL.value, **given(id__lt=before))
    return list(found.order_by("-id")[:limit])


def secret_of(change_id: UUID) -> str:
    """What opens its link; empty where that serves no more."""
    change = Change.objects.filter(id=change_id).exclude(link_hash=None).first()
    return "" if change is None else next((one for one in _secrets(change_id) if opens(change, one)), "")


def opens(change: Change, secret: str) -> bool:
    """Whether this is the secret of its link."""
    kept = change.link_hash
    return kept is not None and bytes(kept) == keyed.hashed(secret)


def accepted_of(contract_id: UUID, *, before: UUID | None = None, limit: int = 50) -> list[Change]:
    """Changes that were accepted, newest first."""
    found = _whole().filter(contract_id=contract_id, **given(id__lt=before))
    return list(found.exclude(state=ChangeState.QUOTED.value).order_by("-id")[:limit])


def newest_accepted(contract_id: UUID) -> UUID | None:
    """Of those that changed something, or are to."""
    states = [ChangeState.WAITING, ChangeState.SCHEDULED, ChangeState.APPLIED]
    held = Q(state__in=[one.value for one in states])
    held |= Q(state=ChangeState.WITHDRAWN.value, was__isnull=False)
    found = Change.objects.filter(held, contract_id=contract_id)
    return found.order_by("-accepted_at", "-id").values_list("id", flat=True).first()


def undone_since(contract_id: UUID, *, since: datetime) -> int:
    """How many were undone."""
    undone = ChangeState.UNDONE.value
    return Change.objects.filter(contract_id=contract_id, state=undone, ended_at__gte=since).count()


def forget_quotes(*, now: datetime) -> int:
    """Quotes that nobody accepted (OPS-6). Returns how many."""
    old = Change.objects.filter(state=ChangeState.QUOTED.value, valid_until__lt=now - QUOTE_KEPT)
    return purge.rows("quotes", old)


def _secrets(change_id: UUID) -> list[str]:
    return keyed.secrets(_LINKS, change_id)


def _whole() -> QuerySet[Change]:
    return Change.objects.select_related(
        "contract__customer", "contract__term", "before__plan", "before__package", "plan", "package"
    )


def _and_waiting() -> QuerySet[Change]:
    own = Change.objects.filter(id=Slot("id"), contract__customer_id=Slot("customer")).values("contract_id")
    return _whole().filter(Q(id=Slot("id")) | Q(state=ChangeState.WAITING.value), contract_id__in=own)


def _open(*beside: Q) -> QuerySet[Change]:
    return _whole().filter(reduce(or_, beside, Q(state__in=_UNDER_WAY)), contract_id=Slot("contract"))


_ONE = Asked(lambda: _whole().filter(id=Slot("id")))
_WAITING = Asked(
    lambda: Change.objects.filter(contract=Slot("contract"), state=ChangeState.WAITING.value).values_list(
        "id", flat=True
    )
)
_AND_WAITING = Asked(_and_waiting)
_OPEN = Asked(_open)
_OPEN_AND_ONE = Asked(lambda: _open(Q(id=Slot("id"))))
