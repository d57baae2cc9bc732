from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import datetime
from functools import cache
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject

from abono.domain.contracts.errors import NoSuchContract
from abono.domain.contracts.models import Acceptance, Arrangement, Contract, Move, Signup, TermsText
from abono.domain.contracts.states import RUNNING, SERVED, Arranged, State
from abono.domain.contracts.types import Accepted, ContractInfo, MoveInfo
from abono.domain.customers import queries as customers
from abono.domain.settings import queries as settings
from abono.domain.settings.known import LIMIT_PERCENT, OVERAGE_PRICE_PERCENT, limit_percent
from abono.domain.settings.types import Setting, Whose
from abono.platform.given import given
from abono.platform.postgres import scope
from abono.platform.postgres.asked import Asked, Slot
from abono.platform.sole import sole

_WHOSE = Asked(lambda: Contract.objects.filter(id=Slot("id")).values_list("customer_id", flat=True))
_NUMBER = re.compile("[0-9-]{13}")
_BEGUN = re.compile("[0-9]{4}-[0-9-]{0,8}")  # how a number begins


def info(contract: Contract) -> ContractInfo:
    return ContractInfo(
        id=contract.id,
        public_id=contract.public_id,
        number=contract.number,
        customer_id=contract.customer_id,
        plan_id=contract.term.plan_id,
        plan_code=contract.plan.code,
        plan_name=contract.plan.name,
        package_id=contract.term.package_id,
        package_code=contract.package.code,
        package_value_minor=contract.package.value_minor,
        included_licences=contract.plan.included_licences,
        extra_licences=contract.term.extra_licences,
        currency=contract.currency,
        interval=contract.term.interval,
        limit_percent=limit_percent(contract.plan.limit_percent, _setting(LIMIT_PERCENT, contract)),
        overage_price_percent=_setting(OVERAGE_PRICE_PERCENT, contract),
        state=State(contract.state),
        signed_at=contract.signed_at,
        activated_at=contract.activated_at,
        ended_at=contract.ended_at,
        adhesion_date=contract.adhesion_date,
        counted_from=contract.anchor,
        cycle_number=contract.cycle_number,
        cycle_start=contract.cycle_start,
        cycle_end=contract.cycle_end,
        trial_until=contract.trial_until,
        ends_at=contract.ends_at,
        own_prices={Arranged(one["kind"]): one["price"] for one in getattr(contract, "own", ())},
    )


@cache
def _whole() -> QuerySet[Contract]:
    """With what `info` says of them; prices of its own are those of the cycle that a contract is in. Put together once, which
    takes as long as asking."""
    codes = [OuterRef("term__plan__code"), OuterRef("term__package__code")]
    begun = Arrangement.objects.filter(contract=OuterRef("pk"), replaced_by=None, of__in=codes)
    begun = begun.filter(since__lte=OuterRef("cycle_start")).exclude(kind=Arranged.ADD_ON.value)
    holds = begun.filter(Q(until=None) | Q(until__gt=OuterRef("cycle_start")))
    own = ArraySubquery(holds.values(json=JSONObject(kind="kind", price="price_micro")))
    return Contract.objects.select_related("term__plan", "term__package").annotate(own=own)


_ONE = Asked(lambda: _whole().filter(id=Slot("id")))
_SERVED = Asked(
    lambda: _whole().filter(customer_id=Slot("customer"), state__in=[one.value for one in SERVED])
)


def _setting[T](setting: Setting[T], contract: Contract) -> T:
    """What held when the cycle began that the contract is in, as `flows.charges.allowance` opened it."""
    at = contract.cycle_start or contract.signed_at
    return settings.snapshot().value(setting, whose=Whose(contract.plan.code, contract.id), at=at)


def get(contract_id: UUID, *, customer_id: UUID | None = None) -> ContractInfo:
    """One contract; with `customer_id`, only if it is that customer's (ACC-2). Raises NoSuchContract."""
    contract = _ONE.sole(id=contract_id)
    if contract is None or customer_id not in (None, contract.customer_id):
        raise NoSuchContract()
    return info(contract)


def whose(contract_id: UUID, *, customer_id: UUID) -> None:
    """See that it is that customer's (ACC-2). Raises NoSuchContract."""
    if customer_of(contract_id) != customer_id:
        raise NoSuchContract()


def customer_of(contract_id: UUID) -> UUID:
    """Whose contract it is. Raises NoSuchContract."""
    customer_id = _WHOSE.sole(id=contract_id)
    if customer_id is None:
        raise NoSuchContract()
    return customer_id


def customers_of(contract_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Whose contracts they are; those that do not exist are left out."""
    return dict(Contract.objects.filter(id__in=contract_ids).values_list("id", "customer_id"))


def require_all(contract_ids: Collection[UUID]) -> None:
    """Raises NoSuchContract where one of them is nobody's."""
    wanted = set(contract_ids)
    if Contract.objects.filter(id__in=wanted).count() < len(wanted):
        raise NoSuchContract()


def list_for_customer(customer_id: UUID) -> list[ContractInfo]:
    """Every contract of a customer, ended ones too (SEE-3), newest first."""
    found = _whole().filter(customer_id=customer_id)
    return [info(contract) for contract in found.order_by("-id")]


def page(
    *,
    customer_id: UUID | None,
    state: State | None = None,
    number: str = "",
    before: UUID | None = None,
    limit: int,
) -> list[ContractInfo]:
    """Contracts of one customer, or of all, newest first, a page at a time (API-5)."""
    wanted = given(customer_id=customer_id, state=state and state.value, number=number or None, id__lt=before)
    found = _whole().filter(**wanted)
    return [info(contract) for contract in found.order_by("-id")[:limit]]


def by_number(number: str) -> ContractInfo | None:
    """The contract that somebody names; None for what is no number of one."""
    found = _whole()
    contract = sole(found.filter(number=number)) if _NUMBER.fullmatch(number) else None
    return None if contract is None else info(contract)


def by_numbers(numbers: Collection[str]) -> dict[str, UUID]:
    """The ids of those that there are, by number."""
    wanted = {one for one in numbers if _NUMBER.fullmatch(one)}
    return dict(Contract.objects.filter(number__in=wanted).values_list("number", "id"))


def searched(text: str, *, limit: int) -> list[ContractInfo]:
    """Contracts whose number begins so, or those of organizations with this tax id or this text in their name; all where
    nothing is searched. Newest first."""
    found = _whole()
    if _BEGUN.fullmatch(text):
        found = found.filter(number__startswith=text)
    elif text:
        found = found.filter(customer_id__in=customers.searched(text, limit=limit))
    return [info(contract) for contract in found.order_by("-id")[:limit]]


def served(customer_id: UUID) -> ContractInfo | None:
    """The customer's contract that is pending or running; a customer has at most one."""
    contract = _SERVED.sole(customer=customer_id)
    return None if contract is None else info(contract)


def had_before(*, country: str, tax_ids: Sequence[str], without: UUID) -> bool:
    """Whether an organization, which is the tax ids that it has or had, has or had a contract beside one."""
    same = Contract.objects.filter(customers.same(country, tax_ids, of="customer")).exclude(id=without)
    with scope.over_all():
        return same.filter(activated_at__isnull=False).exists()


def all_running(*, after: UUID | None = None, limit: int = 500) -> list[ContractInfo]:
    """Running contracts by id, a page at a time."""
    running = {"state__in": [s.value for s in RUNNING], **given(id__gt=after)}
    found = _whole().filter(**running)
    return [info(contract) for contract in found.order_by("id")[:limit]]


def package_of(contract_id: UUID, *, at: datetime) -> UUID:
    """The version of the channel package that held at a moment, as far as is known now. Raises NoSuchContract."""
    contract = sole(Contract.objects.filter(id=contract_id))
    if contract is None:
        raise NoSuchContract()
    return contract.at(at).package_id


def acceptance(contract_id: UUID) -> Accepted | None:
    """The newest acceptance of terms (CON-2)."""
    row = Acceptance.objects.filter(contract_id=contract_id).order_by("-accepted_at", "-id").first()
    if row is None:
        return None
    return Accepted(**{field.name: getattr(row, field.name) for field in fields(Accepted)})


def terms_text(terms_hash: str) -> str | None:
    """The text with this hash, as it was accepted; None for one that nobody ever accepted here."""
    return TermsText.objects.filter(hash=terms_hash).values_list("text", flat=True).first()


def names_on_orders(order_ids: Collection[UUID]) -> dict[UUID, str]:
    """Names of those who accepted the terms of orders on the site, by order."""
    if not order_ids:
        return {}
    rows = Signup.objects.filter(id__in=order_ids, accepted__isnull=False)
    return dict(rows.values_list("id", "accepted__person_name"))


def moves(contract_id: UUID) -> list[MoveInfo]:
    """How the contract came to its state, newest first (CON-6)."""
    rows = Move.objects.filter(contract_id=contract_id).order_by("-happened_at", "-id")
    return [MoveInfo(State(r.from_state), State(r.to_state), r.actor, r.reason, r.happened_at) for r in rows]
