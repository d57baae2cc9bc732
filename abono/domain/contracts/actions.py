from __future__ import annotations

import secrets
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from abono.domain.catalog.models import Package, Plan
from abono.domain.contracts.errors import NoSuchContract, NoSuchSignup
from abono.domain.contracts.models import Acceptance, Contract, Move, Signup
from abono.domain.contracts.states import CONTRACT, RENEWED, State
from abono.domain.contracts.types import Draft
from abono.kernel.ids import contract_number, public
from abono.kernel.periods import Period
from abono.platform import agenda, events, numbering
from abono.platform.queue import Lane
from abono.platform.use_case import use_case

RENEW = agenda.Kind("renew", Lane.BILLING)


def start_signup(
    *, plan_code: str, package_code: str, currency: str, language: str, typed: dict[str, str], now: datetime
) -> tuple[Draft, str]:
    """Begin a contract on the site. Returns the draft and the secret that the browser keeps."""
    signup = Signup.objects.create(
        secret=secrets.token_urlsafe(32),
        plan_code=plan_code,
        package_code=package_code,
        currency=currency,
        language=language,
        typed=typed,
        created_at=now,
    )
    return _draft(signup), signup.secret


def find_signup(*, signup_id: UUID, secret: str) -> Draft:
    """The draft, for the browser that began it. Raises NoSuchSignup."""
    signup = Signup.objects.filter(id=signup_id, secret=secret).first()
    if signup is None:
        raise NoSuchSignup()
    return _draft(signup)


@use_case
def save_typed(
    *, signup_id: UUID, typed: dict[str, str], plan_code: str, package_code: str, currency: str
) -> None:
    """Keep what was typed and chosen.

    The choice is open until the contract is paid, its currency until the contract exists. Raises NoSuchSignup.
    """
    if not Signup.objects.filter(id=signup_id).update(typed=typed):
        raise NoSuchSignup()
    unpaid = Q(contract=None) | Q(contract__state=State.PENDING.value, contract__currency=currency)
    Signup.objects.filter(unpaid, id=signup_id).update(
        plan_code=plan_code, package_code=package_code, currency=currency
    )


def read_signup(signup_id: UUID) -> Draft:
    """The draft as it stands. Raises NoSuchSignup."""
    signup = Signup.objects.filter(id=signup_id).first()
    if signup is None:
        raise NoSuchSignup()
    return _draft(signup)


def lock_signup(signup_id: UUID) -> Draft:
    """Hold the draft until the transaction ends; `flows.locks` knows when. Raises NoSuchSignup."""
    signup = Signup.objects.select_for_update().filter(id=signup_id).first()
    if signup is None:
        raise NoSuchSignup()
    return _draft(signup)


def sign(
    *,
    contract_id: UUID,
    signup_id: UUID,
    customer_id: UUID,
    plan_id: UUID,
    package_id: UUID,
    currency: str,
    limit_percent: int | None,
    today: date,
    actor: str,
    now: datetime,
) -> Contract:
    """Make a pending contract with its number (CON-5) and tie the draft to it.

    today   the customer's local day: the year of the number is the year in which they sign

    Call it last in a transaction, after what refers to the contract: the number's counter stays locked until the
    commit, and foreign keys are checked there.
    """
    sequence = numbering.next_number(f"contract:{today.year}")
    contract = Contract.objects.create(
        id=contract_id,
        number=contract_number(today.year, sequence),
        customer_id=customer_id,
        plan_id=plan_id,
        package_id=package_id,
        currency=currency,
        limit_percent=limit_percent,
        signed_at=now,
    )
    Signup.objects.filter(id=signup_id).update(contract=contract)
    events.record(
        name="contract.signed",
        subject=("contract", contract.id),
        customer_id=customer_id,
        actor=actor,
        now=now,
        after={
            "plan": str(plan_id),
            "package": str(package_id),
            "currency": currency,
            "limit_percent": limit_percent,
        },
        data={"number": contract.number},
    )
    return contract


def rechoose(*, contract_id: UUID, plan_id: UUID, package_id: UUID, limit_percent: int | None) -> None:
    """Change what a contract that is not paid yet is for."""
    Contract.objects.filter(id=contract_id, state=State.PENDING.value).update(
        plan_id=plan_id, package_id=package_id, limit_percent=limit_percent
    )


def accept_terms(
    *,
    contract_id: UUID,
    terms_version: str,
    terms_hash: str,
    language: str,
    person_name: str,
    person_email: str,
    address: str | None,
    now: datetime,
) -> None:
    """Keep who accepted which text, when and from where (CON-2)."""
    Acceptance.objects.create(
        contract_id=contract_id,
        terms_version=terms_version,
        terms_hash=terms_hash,
        language=language,
        person_name=person_name,
        person_email=person_email,
        address=address,
        accepted_at=now,
    )


def lock(contract_id: UUID, *, customer_id: UUID) -> Contract:
    """Hold a customer's contract until the transaction ends; `flows.locks` knows when. Raises NoSuchContract."""
    contract = (
        Contract.objects.select_for_update(of=("self",))
        .select_related("plan", "package", "customer")
        .filter(id=contract_id, customer_id=customer_id)
        .first()
    )
    if contract is None:
        raise NoSuchContract()
    return contract


def activate(
    contract: Contract, *, adhesion_date: date, cycle: Period, actor: str, reason: str, now: datetime
) -> None:
    """Start the service: the day of adhesion is the anchor of every cycle (INV-2)."""
    contract.adhesion_date = adhesion_date
    contract.activated_at = now
    contract.cycle_number = 0
    contract.cycle_start, contract.cycle_end = cycle.start, cycle.end
    contract.save(update_fields=["adhesion_date", "activated_at", "cycle_number", "cycle_start", "cycle_end"])
    move(contract, State.ACTIVE, actor=actor, reason=reason, now=now)


def begin_cycle(contract: Contract, *, number: int, cycle: Period, actor: str, now: datetime) -> None:
    """Go on to the next cycle."""
    before = _cycle(contract)
    contract.cycle_number = number
    contract.cycle_start, contract.cycle_end = cycle.start, cycle.end
    contract.save(update_fields=["cycle_number", "cycle_start", "cycle_end"])
    events.record(
        name="contract.cycle_started",
        subject=("contract", contract.id),
        customer_id=contract.customer_id,
        actor=actor,
        now=now,
        before=before,
        after=_cycle(contract),
    )
    _note_renewal(contract, now=now)


def replace_package(contract: Contract, *, package_id: UUID, actor: str, now: datetime) -> None:
    """Put another channel package version in the contract's place."""
    before = contract.package_id
    contract.package_id = package_id
    contract.save(update_fields=["package"])
    events.record(
        name="contract.package_changed",
        subject=("contract", contract.id),
        customer_id=contract.customer_id,
        actor=actor,
        now=now,
        before={"package": str(before)},
        after={"package": str(package_id)},
    )


def replace_versions(
    contract: Contract, *, plan: Plan, package: Package, batch_id: UUID, actor: str, now: datetime
) -> None:
    """Let the contract go on with other versions of its plan and package (CAT-5).

    A limit that follows the plan's goes with it; one that was agreed otherwise stays.
    """
    before = versions(contract)
    if contract.limit_percent == contract.plan.limit_percent:
        contract.limit_percent = plan.limit_percent
    contract.plan, contract.package = plan, package
    contract.save(update_fields=["plan", "package", "limit_percent"])
    events.record(
        name="contract.versions_changed",
        subject=("contract", contract.id),
        customer_id=contract.customer_id,
        actor=actor,
        now=now,
        before=before,
        after=versions(contract),
        data={"number": contract.number, "batch": str(batch_id)},
    )


def versions(contract: Contract) -> dict[str, object]:
    """What a contract is for, as events tell of it."""
    return {"plan": str(contract.plan), "package": str(contract.package)}


def move(contract: Contract, target: State, *, actor: str, reason: str, now: datetime) -> None:
    """Change the state along the table of moves, keeping who, when and why (CON-6).

    Raises MoveNotAllowed.
    """
    before = State(contract.state)
    CONTRACT.require(before, target)
    contract.state = target.value
    contract.save(update_fields=["state"])
    Move.objects.create(
        contract=contract,
        from_state=before.value,
        to_state=target.value,
        actor=actor,
        reason=reason,
        happened_at=now,
    )
    events.record(
        name={State.ACTIVE: "contract.activated"}.get(target, f"contract.{target.value}"),
        subject=("contract", contract.id),
        customer_id=contract.customer_id,
        actor=actor,
        now=now,
        before={"state": before.value},
        after={"state": target.value},
        why=reason,
    )
    _note_renewal(contract, now=now)


def _note_renewal(contract: Contract, *, now: datetime) -> None:
    """Due at the end of the cycle, as long as the contract goes on to a next one."""
    if State(contract.state) not in RENEWED:
        agenda.withdraw(RENEW, subject=contract.id)
    elif contract.cycle_end is not None:
        customer = contract.customer
        agenda.note(
            RENEW,
            subject=contract.id,
            customer_id=customer.id,
            sandbox=customer.sandbox,
            due_at=contract.cycle_end,
            now=now,
        )


def _cycle(contract: Contract) -> dict[str, object]:
    """The cycle that a contract is in, as events tell of it."""
    start, end = contract.cycle_start, contract.cycle_end
    return {
        "cycle": contract.cycle_number,
        "start": None if start is None else start.isoformat(),
        "end": None if end is None else end.isoformat(),
    }


def _draft(signup: Signup) -> Draft:
    return Draft(
        id=signup.id,
        public_id=public("sig", signup.id),
        currency=signup.currency,
        plan_code=signup.plan_code,
        package_code=signup.package_code,
        language=signup.language,
        typed=dict(signup.typed),
        contract_id=signup.contract_id,
        created_at=signup.created_at,
    )
