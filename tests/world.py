"""The fixed cast, built through use cases as the site builds it.

Padaria Sol in São Paulo (reais): Ana administrator, Bruno viewer, Carla agent.
Ferretería Luna in Bogotá (dollars): Diego administrator, who is the stranger to all others.
Olga works for the seller.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

from allauth.mfa.totp.internal import auth as totp

from abono.domain.catalog import actions as catalog_actions
from abono.domain.catalog import queries as catalog
from abono.domain.catalog import reader
from abono.domain.contracts import actions as contract_actions
from abono.domain.contracts import queries as contracts
from abono.domain.contracts.types import ContractInfo
from abono.domain.customers.types import Address, NewCustomer
from abono.domain.identity import actions as identity
from abono.domain.identity import factors, staff
from abono.domain.identity import queries as people
from abono.domain.identity.roles import Role
from abono.domain.identity.types import Profile
from abono.domain.metering import actions as metering
from abono.domain.metering.types import HoldAnswer, HoldRequest, Outcome, SettleRequest
from abono.flows.changes.accept import Accepted, accept_change
from abono.flows.changes.ask import make_quote
from abono.flows.signup.quote import quote_of
from abono.flows.signup.sign import Administrator, Signed, sign_contract
from abono.kernel.ids import uuid7
from abono.kernel.moment import Moment
from abono.kernel.periods import local_date
from abono.platform import clock
from tests import sql
from tests.remembered import remembered

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
JUNE_1 = datetime(2026, 6, 1, 15, tzinfo=UTC)  # noon in São Paulo
CATALOG = Path(__file__).parents[1] / "catalog" / "abono.yaml"
CATALOG_FROM = datetime(2024, 1, 1, tzinfo=UTC)
PASSWORD = "correct horse battery"
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # of Olga's application

PADARIA = NewCustomer(
    legal_name="Padaria Sol Ltda.",
    country="BR",
    tax_id="11.222.333/0001-81",
    language="pt-br",
    time_zone="America/Sao_Paulo",
    financial_name="Fabiana Reis",
    financial_email="financeiro@padaria.example",
    address=Address("Avenida Paulista", "São Paulo", "1578", "Loja 2", "Bela Vista", "SP", "01310-200"),
)
LUNA = NewCustomer(
    legal_name="Ferretería Luna S.A.S.",
    country="CO",
    tax_id="213.123.432-1",
    language="es",
    time_zone="America/Bogota",
    financial_name="Elena Rojas",
    financial_email="pagos@luna.example",
    address=Address("Carrera 7 # 71-21", "Bogotá", region="Cundinamarca", postal_code="110231"),
)


ANA = Administrator("Ana Souza", "ana@padaria.example")


@dataclass(frozen=True, slots=True)
class Tenant:
    """A customer with its contract and its people, by first name."""

    customer_id: UUID
    contract_id: UUID
    people: dict[str, UUID]

    @property
    def contract(self) -> ContractInfo:
        return contracts.get(self.contract_id)


def load_catalog() -> None:
    """Put the shipped catalog in force, where a test emptied it."""
    if sql.run("SELECT 1 FROM catalog_plan WHERE on_sale_from <= %s LIMIT 1", CATALOG_FROM):
        return
    catalog_actions.apply(catalog=reader.read(CATALOG), actor="test", now=CATALOG_FROM)


def sign(
    *,
    plan: str = "specialist",
    package: str = "brl-100",
    currency: str = "BRL",
    interval: str = "month",
    customer: NewCustomer = PADARIA,
    administrator: Administrator = ANA,
    card: str | Callable[[str], str] | None = "ok",
    now: datetime = JUNE_1,
    signup_id: UUID | None = None,
    sandbox: bool = False,
    accepted: str = "",
    signed_in: bool = True,
) -> Signed:
    """Contract on the site with a card that behaves as `card` says (see tests.fakes).

    card        or what types one into fields that were opened for the order with this public id; None: by Pix
    signed_in   the administrator is, if they have an account; else their membership waits for them (CON-9)
    """
    known = people.find_person(administrator.email) if signed_in else None
    if signup_id is None:
        signup_id = begin_signup(
            plan=plan, package=package, currency=currency, interval=interval, customer=customer, now=now
        )
    draft = contract_actions.read_signup(signup_id)
    return sign_contract(
        signup_id=signup_id,
        customer=customer,
        administrator=administrator,
        accepted=accepted or quote_of(draft, customer=customer, now=now).fingerprint,
        frame_ref=card(draft.public_id) if callable(card) else card,
        address="203.0.113.7",
        buyer_id=None if known is None else known.id,
        sandbox=sandbox,
        moment=moment(now),
    )


def chief(signed: Signed) -> UUID:
    """The administrator of a paid contract."""
    [member] = people.administrators(signed.customer_id)
    return member.person_id


def join_ana(signed: Signed) -> None:
    """Make Ana a member of an organization whose contract is not paid yet, with PASSWORD."""
    ana = add_person(signed.customer_id, ANA.name, ANA.email, "pt-br", Profile.ADMINISTRATOR, JUNE_1)
    set_passwords({"ana": ana})


def today() -> date:
    """The day that it is for Padaria Sol, which may be yesterday in UTC."""
    return local_date(clock.now(), PADARIA.time_zone)


def moment(now: datetime) -> Moment:
    """A moment of a story: what the customer's clock shows, and real time for gateways."""
    return Moment(clock.now(), now)


def begin_signup(
    *,
    plan: str = "specialist",
    package: str = "brl-100",
    currency: str = "BRL",
    interval: str = "month",
    customer: NewCustomer = PADARIA,
    now: datetime = JUNE_1,
) -> UUID:
    draft, _secret = contract_actions.start_signup(
        plan_code=plan,
        package_code=package,
        currency=currency,
        interval=interval,
        language=customer.language,
        typed={},
        now=now,
    )
    return draft.id


@remembered
def make_padaria(
    *,
    plan: str = "specialist",
    package: str = "brl-100",
    card: str | Callable[[str], str] = "ok",
    now: datetime = JUNE_1,
    sandbox: bool = False,
) -> Tenant:
    """Padaria Sol with an active contract, Ana, Bruno and Carla; all have PASSWORD."""
    signed = sign(plan=plan, package=package, card=card, now=now, sandbox=sandbox)
    members = {"ana": chief(signed)}
    for name, profile in (("bruno", Profile.VIEWER), ("carla", Profile.AGENT)):
        members[name] = add_person(
            signed.customer_id, f"{name.title()} Lima", f"{name}@padaria.example", "pt-br", profile, now
        )
    set_passwords(members)
    return Tenant(signed.customer_id, signed.contract_id, members)


@remembered
def make_luna(*, plan: str = "specialist", package: str = "usd-20", now: datetime = JUNE_1) -> Tenant:
    """Ferretería Luna with an active contract in dollars, and Diego."""
    signed = sign(
        plan=plan,
        package=package,
        currency="USD",
        customer=LUNA,
        administrator=Administrator("Diego Rojas", "diego@luna.example"),
        now=now,
    )
    members = {"diego": chief(signed)}
    set_passwords(members)
    return Tenant(signed.customer_id, signed.contract_id, members)


def make_olga(now: datetime = JUNE_1) -> UUID:
    """Owner among the people of the seller, member of no customer."""
    return make_colleague("Olga Prado", Role.OWNER, now=now)


@remembered
def make_colleague(name: str, *roles: Role, now: datetime = JUNE_1) -> UUID:
    """Somebody who works for the seller, at `first name@abono.example`; with PASSWORD, and an application that makes
    codes from SEED."""
    first = name.split()[0].lower().replace("á", "a").replace("í", "i")
    person, _new = identity.ensure_person(
        email=f"{first}@abono.example", name=name, language="pt-br", now=now
    )
    staff.set_roles(person_id=person.id, roles=roles, actor="test", now=now)
    set_passwords({"colleague": person.id})
    give_codes(person.id)
    return person.id


def give_codes(person_id: UUID) -> None:
    """The person has an application that makes codes from SEED."""
    factors.give(person_id=person_id, secret=SEED, recovery_codes=(), now=clock.now())


def code(*, of: str = SEED, ahead: int = 0) -> str:
    """What the application shows now, or so many half minutes later."""
    return totp.format_hotp_value(totp.hotp_value(of, int(clock.now().timestamp()) // 30 + ahead))


def add_person(
    customer_id: UUID, name: str, email: str, language: str, profile: Profile, now: datetime
) -> UUID:
    person, _new = identity.ensure_person(email=email, name=name, language=language, now=now)
    identity.add_member(person_id=person.id, customer_id=customer_id, profile=profile, actor="test", now=now)
    return person.id


def set_passwords(members: dict[str, UUID]) -> None:
    for person_id in members.values():
        identity.set_password(person_id=person_id, password=PASSWORD)


def change(
    tenant: Tenant,
    *,
    plan: str | None = None,
    package: str | None = None,
    licences: int | None = None,
    interval: str | None = None,
    actor: str = "ana",
    now: datetime,
) -> Accepted:
    """Change plan, package and extra licences as a page does: see what it would be, accept that."""
    asked = {"plan": plan, "package": package, "interval": interval}
    accepted_id = quote(tenant, **asked, licences=licences, actor=actor, now=now)
    return accept(tenant, accepted_id, actor=actor, now=now)


def quote(
    tenant: Tenant,
    *,
    plan: str | None = None,
    package: str | None = None,
    licences: int | None = None,
    interval: str | None = None,
    actor: str = "ana",
    now: datetime,
) -> UUID:
    has = tenant.contract
    return make_quote(
        contract_id=tenant.contract_id,
        customer_id=tenant.customer_id,
        plan_code=plan or has.plan_code,
        package_code=package or has.package_code,
        extra_licences=licences,
        interval=interval,
        actor=actor,
        moment=moment(now),
    ).id


def accept(tenant: Tenant, change_id: UUID, *, actor: str = "ana", now: datetime) -> Accepted:
    return accept_change(change_id=change_id, customer_id=tenant.customer_id, actor=actor, moment=moment(now))


def bigger(tenant: Tenant, package: str = "brl-250", *, actor: str = "ana", now: datetime) -> Accepted:
    """Raise the package."""
    return change(tenant, package=package, actor=actor, now=now)


def hold(
    contract_id: UUID,
    *,
    count: int = 1,
    channel: str = "whatsapp",
    kind: str = "company",
    country: str = "BR",
    at: datetime = JUNE_1 + HOUR,
) -> tuple[list[UUID], list[HoldAnswer]]:
    """Ask for `count` sends. Returns their ids and the answers, in order."""
    route = catalog.routes()[channel, kind, country]
    ids = [uuid7() for _ in range(count)]
    return ids, metering.hold([HoldRequest(contract_id, send, route, at) for send in ids])


def settle(contract_id: UUID, ids: list[UUID], *, outcome: Outcome = Outcome.SENT, at: datetime) -> None:
    metering.settle([SettleRequest(contract_id, send, outcome, at) for send in ids])


def use(
    contract_id: UUID,
    count: int,
    *,
    channel: str = "whatsapp",
    kind: str = "company",
    country: str = "BR",
    at: datetime = JUNE_1 + HOUR,
) -> list[HoldAnswer]:
    """Hold sends and let those that were granted go out."""
    ids, answers = hold(contract_id, count=count, channel=channel, kind=kind, country=country, at=at)
    granted = [send for send, answer in zip(ids, answers, strict=True) if answer.status.granted]
    settle(contract_id, granted, at=at)
    return answers
