from __future__ import annotations

import secrets
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, Expression, OuterRef, Q, QuerySet

from abono.domain.catalog.types import PackageInfo, PlanInfo
from abono.domain.contracts import terms
from abono.domain.contracts.drafts import draft_of
from abono.domain.contracts.due import note_renewal, note_trial
from abono.domain.contracts.errors import NoSuchContract, NoSuchSignup
from abono.domain.contracts.models import Acceptance, Arrangement, Contract, Move, Signup, Term, TermsText
from abono.domain.contracts.states import CONTRACT, State, event_of
from abono.domain.contracts.types import MONTH, Accepted, Draft
from abono.kernel.ids import contract_number
from abono.kernel.lifecycle import MoveNotAllowed
from abono.kernel.periods import Period
from abono.platform import events, numbering
from abono.platform.postgres.asked import Asked, Slot
from abono.platform.running import purge
from abono.platform.sole import sole
from abono.platform.use_case import forget, once, use_case

SIGNUP_KEPT = timedelta(days=30)  # of an order without a contract
_ORDER = "order"  # what a transaction remembers of the order of a contract


def start_signup(
    *,
    plan_code: str,
    package_code: str,
    currency: str,
    interval: str = MONTH,
    language: str,
    typed: dict[str, str],
    buyer_id: UUID | None = None,
    now: datetime,
) -> tuple[Draft, str]:
    """Begin a contract on the site. Returns the draft and the secret that the browser keeps.

    buyer_id   the person who is signed in, when somebody is: the order is theirs on every device
    """
    signup = Signup.objects.create(
        secret=secrets.token_urlsafe(32),
        plan_code=plan_code,
        package_code=package_code,
        currency=currency,
        interval=interval,
        language=language,
        typed=typed,
        buyer_id=buyer_id,
        created_at=now,
    )
    return draft_of(signup), signup.secret


def find_signup(*, signup_id: UUID, secret: str, buyer_id: UUID | None) -> Draft:
    """The draft, for the browser that began it, or the person who was signed in. Raises NoSuchSignup."""
    theirs = Q(secret=secret) if buyer_id is None else Q(secret=secret) | Q(buyer_id=buyer_id)
    signup = Signup.objects.filter(theirs, id=signup_id).first()
    if signup is None:
        raise NoSuchSignup()
    return draft_of(signup)


def signups_of(buyer_id: UUID, *, most: int) -> list[Draft]:
    """What a person began while they were signed in, newest first."""
    return [draft_of(row) for row in Signup.objects.filter(buyer_id=buyer_id).order_by("-id")[:most]]


def secret_of(signup_id: UUID) -> str:
    """What a browser has to keep to go on with the draft: for whoever holds a link to it. Raises NoSuchSignup."""
    secret = Signup.objects.filter(id=signup_id).values_list("secret", flat=True).first()
    if secret is None:
        raise NoSuchSignup()
    return secret


@use_case
def save_typed(
    *,
    signup_id: UUID,
    typed: dict[str, str],
    plan_code: str,
    package_code: str,
    currency: str,
    interval: str,
) -> None:
    """Keep what was typed and chosen.

    The choice is open until the contract is paid. Raises NoSuchSignup.
    """
    if not Signup.objects.filter(id=signup_id).update(typed=typed):
        raise NoSuchSignup()
    unpaid = Q(contract=None) | Q(contract__state=State.PENDING.value)
    Signup.objects.filter(unpaid, id=signup_id).update(
        plan_code=plan_code, package_code=package_code, currency=currency, interval=interval
    )


def read_signup(signup_id: UUID) -> Draft:
    """The draft as it stands. Raises NoSuchSignup."""
    signup = sole(Signup.objects.filter(id=signup_id))
    if signup is None:
        raise NoSuchSignup()
    return draft_of(signup)


def lock_signup(signup_id: UUID) -> Draft:
    """Hold the draft until the transaction ends; `flows.locks` knows when. Raises NoSuchSignup."""
    signup = sole(Signup.objects.select_for_update().filter(id=signup_id))
    if signup is None:
        raise NoSuchSignup()
    return draft_of(signup)


def sign(
    *,
    contract_id: UUID,
    signup_id: UUID,
    customer_id: UUID,
    plan: PlanInfo,
    package: PackageInfo,
    extra_licences: int,
    currency: str,
    interval: str = MONTH,
    today: date,
    actor: str,
    now: datetime,
) -> Contract:
    """Make a pending contract with its number (CON-5) and tie the draft to it.

    today   the customer's local day: the year of the number is the year in which they sign

    Call it last in a transaction, after what refers to the contract: the number's counter stays locked until the
    commit, and foreign keys are checked there.
    """
    contract = Contract(id=contract_id, customer_id=customer_id, currency=currency, signed_at=now)
    term = terms.begin_with(
        contract,
        plan_id=plan.id,
        package_id=package.id,
        extra_licences=extra_licences,
        interval=interval,
        actor=actor,
        now=now,
    )
    term.save(force_insert=True)
    Signup.objects.filter(id=signup_id).update(contract=contract)
    forget(_ORDER)
    contract.number = contract_number(today.year, numbering.next_number(f"contract:{today.year}"))
    contract.save(force_insert=True)
    events.record(
        name="contract.signed",
        subject=("contract", contract.id),
        customer_id=customer_id,
        actor=actor,
        now=now,
        after={**terms.signed(plan, package, extra_licences), "currency": currency},
        data={"number": contract.number},
    )
    return contract


def rechoose(
    contract: Contract,
    *,
    plan_id: UUID,
    package_id: UUID,
    extra_licences: int,
    currency: str,
    interval: str,
    actor: str,
    now: datetime,
) -> None:
    """Change what a contract that is not paid yet is for. The caller holds it."""
    position = len(contract.timeline) + 1
    terms.begin_with(
        contract,
        plan_id=plan_id,
        package_id=package_id,
        extra_licences=extra_licences,
        interval=interval,
        position=position,
        actor=actor,
        now=now,
    ).save(force_insert=True)
    contract.currency = currency
    contract.save(update_fields=["term", "currency"])


def note_accepted(*, signup_id: UUID, accepted: Accepted, buyer_id: UUID | None) -> None:
    """Keep with the order who accepts which text, when and from where: nothing of it binds before it is paid."""
    Signup.objects.filter(id=signup_id).update(
        accepted={**asdict(accepted), "accepted_at": accepted.accepted_at.isoformat()},
        buyer_id=buyer_id,
        declined="",
    )
    forget(_ORDER)


def keep_text(*, terms_hash: str, text: str) -> None:
    """Keep a text for good before somebody accepts it; once, however many do."""
    TermsText.objects.bulk_create([TermsText(hash=terms_hash, text=text)], ignore_conflicts=True)


def keep_terms(contract_id: UUID) -> tuple[Accepted, UUID | None]:
    """The contract is paid: what was accepted with its order is kept for good (CON-2).

    Returns it, and the person who was signed in while they made the order. Raises NoSuchSignup.
    """
    signup = _order(contract_id)
    accepted = accepted_with(contract_id)
    if signup is None or accepted is None:
        raise NoSuchSignup()
    Acceptance.objects.create(contract_id=contract_id, **asdict(accepted))
    return accepted, signup.buyer_id


def accepted_with(contract_id: UUID) -> Accepted | None:
    """What was accepted with the order that made the contract."""
    signup = _order(contract_id)
    if signup is None or signup.accepted is None:
        return None
    facts: dict[str, Any] = dict(signup.accepted)
    return Accepted(**{**facts, "accepted_at": datetime.fromisoformat(facts["accepted_at"])})


def unpaid_orders(*, now: datetime) -> list[tuple[UUID, UUID]]:
    """Orders with their contracts that wait for their first money for so long that nobody goes on with them."""
    old = Signup.objects.filter(
        contract__state=State.PENDING.value, contract__signed_at__lt=now - SIGNUP_KEPT
    )
    return list(old.values_list("id", "contract_id")[: purge.MOST])


def forget_old_signups(*, now: datetime) -> int:
    """Orders that nobody went on with, and what was typed in them (OPS-6). Returns how many."""
    return purge.rows("orders", Signup.objects.filter(contract=None, created_at__lt=now - SIGNUP_KEPT))


def order_of(contract_id: UUID) -> UUID | None:
    """The order on the site that made the contract."""
    signup = _order(contract_id)
    return None if signup is None else signup.id


def _order(contract_id: UUID) -> Signup | None:
    """Who holds the contract, asks once: it is written by whoever holds that too."""
    return once((_ORDER, contract_id), lambda: Signup.objects.filter(contract_id=contract_id).first())


def unsign(contract: Contract, *, declined: str, actor: str, now: datetime) -> None:
    """Take away a contract whose first charge was declined: its order goes on without one (CON-9).

    declined   what to check of the card

    The caller holds order and contract, and took away before what refers to it. Raises MoveNotAllowed.
    """
    if State(contract.state) is not State.PENDING:
        raise MoveNotAllowed("contract", contract.state, "withdrawn")
    Signup.objects.filter(contract=contract).update(contract=None, accepted=None, declined=declined)
    forget(_ORDER)
    events.record(
        name="contract.withdrawn",
        subject=("contract", contract.id),
        customer_id=contract.customer_id,
        actor=actor,
        now=now,
        before={"state": contract.state},
        why="first charge declined",
        data={"number": contract.number},
    )
    Term.objects.filter(contract=contract).delete()
    contract.delete()


def locking(**beside: Expression | Exists) -> QuerySet[Contract]:
    """How `lock` asks for a contract.

    beside   what is read with it, by the name that it gets there
    """
    related = with_beside(**beside).select_related("term__plan", "term__package", "customer")
    return related.select_for_update(of=("self",)).filter(id=Slot("id"), customer_id=Slot("customer"))


def with_beside(**beside: Expression | Exists) -> QuerySet[Contract]:
    """Contracts, and whether there is more to read of each: see `note_alone`."""
    arranged = Exists(Arrangement.objects.filter(contract=OuterRef("pk")))
    other = Term.objects.filter(contract=OuterRef("pk")).exclude(id=OuterRef("term_id"))
    return Contract.objects.annotate(ever_arranged=arranged, has_others=Exists(other), **beside)


def lock(contract_id: UUID, *, customer_id: UUID, asked: Asked[Contract, Contract]) -> Contract:
    """Hold a customer's contract until the transaction ends; `flows.locks` knows when. Raises NoSuchContract.

    asked   `locking`
    """
    contract = asked.sole(id=contract_id, customer=customer_id)
    if contract is None:
        raise NoSuchContract()
    note_alone(contract)
    return contract


def note_alone(contract: Contract) -> None:
    """What was read beside it: whether there is more to read of it."""
    contract.may_be_arranged = vars(contract)["ever_arranged"]
    if not vars(contract)["has_others"]:
        contract.timeline = [contract.term]


def activate(
    contract: Contract,
    *,
    adhesion_date: date,
    counted_from: date,
    cycle: Period,
    trial: bool = False,
    actor: str,
    reason: str,
    now: datetime,
) -> None:
    """Start the service; `counted_from` is the anchor of every cycle (INV-2).

    trial   the first cycle is one, and cycles are counted from the one after it (INV-10)
    """
    contract.adhesion_date = adhesion_date
    contract.counted_from = None if counted_from == adhesion_date else counted_from
    contract.activated_at = now
    contract.cycle_number = 0
    contract.cycle_start, contract.cycle_end = cycle.start, cycle.end
    contract.trial_until = cycle.end if trial else None
    cycle_of = ("cycle_number", "cycle_start", "cycle_end", "trial_until")
    dates = ("adhesion_date", "counted_from", "activated_at", *cycle_of)
    move(contract, State.ACTIVE, *dates, actor=actor, reason=reason, now=now)
    if trial:
        note_trial(contract, now=now)


def move(
    contract: Contract, target: State, *dates: str, actor: str, reason: str, now: datetime, **told: object
) -> None:
    """Change the state along the table of moves, keeping who, when and why (CON-6).

    dates   names of what the caller has set with it
    told    what its event says beside

    Raises MoveNotAllowed.
    """
    before = State(contract.state)
    CONTRACT.require(before, target)
    contract.state = target.value
    contract.save(update_fields=["state", *dates])
    Move.objects.create(
        contract=contract,
        from_state=before.value,
        to_state=target.value,
        actor=actor,
        reason=reason,
        happened_at=now,
    )
    events.record(
        name=event_of(before, target),
        subject=("contract", contract.id),
        customer_id=contract.customer_id,
        actor=actor,
        now=now,
        before={"state": before.value},
        after={"state": target.value},
        why=reason,
        data=told or None,
    )
    note_renewal(contract, now=now)
