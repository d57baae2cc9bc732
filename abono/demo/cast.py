"""Who lives in the demo: one organization in each state that a contract can be in. All of it is invented."""

from __future__ import annotations

from dataclasses import dataclass

from abono.domain.catalog.types import RouteKey
from abono.domain.customers.types import Address, NewCustomer
from abono.domain.identity.roles import Role
from abono.domain.identity.types import Profile
from abono.flows.signup.sign import Administrator
from abono.gateways.simulator.company.cards import Behaviour
from abono.kernel.due import Means

STAFF = (  # who works for the seller: name, e-mail, roles, and what they are for
    ("Olga Prado", "olga@abono.example", (Role.OWNER,), "Back office: everything, people and keys too"),
    ("Otto Brandão", "otto@abono.example", (Role.BILLING,), "Back office: invoices and money"),
    (
        "Odete Faria",
        "odete@abono.example",
        (Role.SUPPORT,),
        "Back office: reads, and sees what customers see",
    ),
)
PASSWORD = "correct horse battery"  # of everybody, printed at every start
STAFF_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # for an application that makes codes
STAFF_CODE = "20262026"  # a recovery code; the demo gives her the same one many times, as each serves once

type Mix = dict[RouteKey, int]  # how often each route is sent on, as weights

BRAZIL: Mix = {
    ("whatsapp", "company", "BR"): 26,
    ("whatsapp", "contact", "BR"): 12,
    ("sms", "message", "BR"): 28,
    ("email", "message", "*"): 16,
    ("rcs", "message", "BR"): 6,
    ("webchat", "message", "*"): 12,
}
COLOMBIA: Mix = {
    ("whatsapp", "company", "CO"): 30,
    ("whatsapp", "contact", "CO"): 12,
    ("sms", "message", "CO"): 30,
    ("email", "message", "*"): 16,
    ("instagram", "message", "*"): 12,
}
MEXICO: Mix = {
    ("whatsapp", "company", "MX"): 40,
    ("sms", "message", "MX"): 40,
    ("email", "message", "*"): 20,
}


@dataclass(frozen=True, slots=True)
class Colleague:
    name: str
    email: str
    profile: Profile


@dataclass(frozen=True, slots=True)
class Tenant:
    """One organization and how it came to be as it is.

    days_in        days of the current cycle that are over
    shares         use of the package in % of its value, cycle by cycle; the last is the current one
    busy           interactions in % of the allowance, in each cycle
    fill           in the end, sends until sending is blocked
    parked         why the invoice of its current cycle waits for the seller; empty: it was issued at once
    regrets        it gave its contract back within the hour
    cancels        it cancelled its contract some days ago, for the end of its cycle
    last_by        what the invoice of its current cycle waits for; by a card it was paid at once
    people         who works with the software, those first who are in it most
    """

    slug: str
    customer: NewCustomer
    administrator: Administrator
    plan: str
    package: str
    mix: Mix
    days_in: int
    shares: tuple[int, ...]
    sees: str  # for the table of log-ins
    busy: int = 80
    card: Behaviour = Behaviour.PAID
    colleagues: tuple[Colleague, ...] = ()
    people: tuple[str, ...] = ()
    fill: bool = False
    parked: str = ""
    regrets: bool = False
    cancels: bool = False
    last_by: Means = Means.CARD
    sandbox: bool = False
    traffic: int = 0  # how much of the traffic generator's attention it gets, as a weight

    @property
    def currency(self) -> str:
        return self.package.partition("-")[0].upper()


def _brazil(name: str, tax_id: str, contact: str, email: str) -> NewCustomer:
    address = Address(
        "Rua das Laranjeiras",
        "São Paulo",
        str(len(name) * 7),
        district="Centro",
        region="SP",
        postal_code="01013-001",
    )
    return NewCustomer(name, "BR", tax_id, "pt-br", "America/Sao_Paulo", contact, email, address)


def _people(slug: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{name}@{slug}.example" for name in names)


ANA = Administrator("Ana Souza", "ana@padaria.example")

TENANTS = (
    Tenant(
        slug="padaria",
        customer=_brazil(
            "Padaria Sol Ltda.", "11.222.333/0001-81", "Fabiana Reis", "financeiro@padaria.example"
        ),
        administrator=ANA,
        colleagues=(
            Colleague("Bruno Lima", "bruno@padaria.example", Profile.VIEWER),
            Colleague("Carla Lima", "carla@padaria.example", Profile.AGENT),
        ),
        people=_people(
            "padaria",
            *("ana", "bruno", "carla", "davi", "edna", "flavio"),
            *("gilda", "hugo", "iris", "jonas", "katia", "lia"),  # two more than licences
        ),
        plan="specialist",
        package="brl-500",
        mix=BRAZIL,
        days_in=9,
        shares=(74, 112, 38),
        busy=92,
        traffic=6,
        sees="active, overage on the last invoice",
    ),
    Tenant(
        slug="luna",
        customer=NewCustomer(
            "Ferretería Luna S.A.S.",
            "CO",
            "213.123.432-1",
            "es",
            "America/Bogota",
            "Elena Rojas",
            "pagos@luna.example",
            Address("Carrera 7 # 71-21", "Bogotá", region="Cundinamarca", postal_code="110231"),
        ),
        administrator=Administrator("Diego Rojas", "diego@luna.example"),
        people=_people("luna", "diego", "elena", "fernando", "gloria", "hernan", "ines"),
        plan="specialist",
        package="usd-50",
        mix=COLOMBIA,
        days_in=12,
        shares=(66, 91, 45),
        busy=70,
        traffic=4,
        sees="active, in dollars and Spanish",
    ),
    Tenant(
        slug="clinica",
        customer=_brazil(
            "Clínica Vida Plena Ltda.", "41.837.265/0001-26", "Sílvia Prado", "contas@vidaplena.example"
        ),
        administrator=Administrator("Helena Castro", "helena@vidaplena.example"),
        plan="starter",
        package="brl-250",
        mix=BRAZIL,
        days_in=17,
        shares=(58, 86),
        parked="Desconto combinado por telefone?",
        sees="warning: more than 80 % of the package; the seller still looks at its invoice",
    ),
    Tenant(
        slug="livraria",
        customer=_brazil(
            "Livraria Boa Vista Ltda.", "29.546.183/0001-27", "Rui Nogueira", "rui@boavista.example"
        ),
        administrator=Administrator("Marina Alves", "marina@boavista.example"),
        plan="specialist",
        package="brl-250",
        mix=BRAZIL,
        days_in=20,
        shares=(83, 134),
        busy=112,
        sees="in overage, extra interactions",
    ),
    Tenant(
        slug="transportes",
        customer=_brazil(
            "Transportes Rio Claro S.A.", "53.718.264/0001-41", "Tânia Melo", "faturas@rioclaro.example"
        ),
        administrator=Administrator("Paulo Teixeira", "paulo@rioclaro.example"),
        plan="specialist",
        package="brl-250",
        mix=BRAZIL,
        days_in=22,
        shares=(88, 103, 196),
        fill=True,
        traffic=1,
        sees="blocked, an interim invoice to pay",
    ),
    Tenant(
        slug="faro",
        customer=NewCustomer(
            "Abarrotes El Faro S.A. de C.V.",
            "MX",
            "AEF180312AB3",
            "es",
            "America/Mexico_City",
            "Lucía Vega",
            "pagos@elfaro.example",
            Address("Calle Allende 12", "Querétaro", region="Querétaro", postal_code="76000"),
        ),
        administrator=Administrator("Jorge Vega", "jorge@elfaro.example"),
        plan="expert",
        package="usd-100",
        mix=MEXICO,
        days_in=4,
        shares=(55, 9),
        busy=40,
        card=Behaviour.NO_BALANCE_LATER,
        sees="active, its renewal was declined",
    ),
    Tenant(
        slug="oficina",
        customer=_brazil(
            "Oficina Três Irmãos Ltda.", "31.682.457/0001-57", "Sandra Moura", "contas@tresirmaos.example"
        ),
        administrator=Administrator("Ivo Moura", "ivo@tresirmaos.example"),
        plan="specialist",
        package="brl-100",
        mix=BRAZIL,
        days_in=12,
        shares=(61, 24),
        busy=50,
        card=Behaviour.NO_BALANCE_LATER,
        sees="restricted: its renewal is overdue for ten days",
    ),
    Tenant(
        slug="academia",
        customer=_brazil("Academia Ritmo Ltda.", "56.719.483/0001-33", "Lívia Pinto", "contas@ritmo.example"),
        administrator=Administrator("Caio Pinto", "caio@ritmo.example"),
        plan="specialist",
        package="brl-100",
        mix=BRAZIL,
        days_in=18,
        shares=(109,),
        busy=40,
        cancels=True,
        sees="cancelled for the end of its cycle; a last invoice to come",
    ),
    Tenant(
        slug="grafica",
        customer=_brazil("Gráfica Aurora Ltda.", "72.819.463/0001-90", "Vera Dias", "contas@aurora.example"),
        administrator=Administrator("Lucas Dias", "lucas@aurora.example"),
        plan="specialist",
        package="brl-100",
        mix=BRAZIL,
        days_in=3,
        shares=(64, 11),
        busy=50,
        last_by=Means.SLIP,
        sees="active, its last invoice waits for a slip that the bank has registered",
    ),
    Tenant(
        slug="floricultura",
        customer=_brazil("Floricultura Íris Ltda.", "83.927.164/0001-96", "Rosa Luz", "contas@iris.example"),
        administrator=Administrator("Lia Luz", "lia@iris.example"),
        plan="specialist",
        package="brl-100",
        mix=BRAZIL,
        days_in=2,
        shares=(71, 8),
        busy=50,
        last_by=Means.PIX,
        sees="active, its last invoice waits for a Pix",
    ),
    Tenant(
        slug="prisma",
        customer=_brazil(
            "Estúdio Prisma Ltda.", "38.264.915/0001-87", "Otávio Reis", "otavio@prisma.example"
        ),
        administrator=Administrator("Beatriz Nunes", "beatriz@prisma.example"),
        plan="specialist",
        package="brl-100",
        mix=BRAZIL,
        days_in=0,
        shares=(),
        card=Behaviour.PROCESSING,
        sees="pending: its payment is being confirmed",
    ),
    Tenant(
        slug="atelie",
        customer=_brazil("Ateliê Jasmim Ltda.", "47.192.836/0001-07", "Nina Duarte", "nina@jasmim.example"),
        administrator=Administrator("Nina Duarte", "nina@jasmim.example"),
        plan="specialist",
        package="brl-100",
        mix=BRAZIL,
        days_in=0,
        shares=(),
        regrets=True,
        sees="ended: given back, with a full refund",
    ),
    Tenant(
        slug="confeitaria",
        customer=_brazil("Confeitaria Lua Ltda.", "62.917.438/0001-96", "Ana Souza", "ana@padaria.example"),
        administrator=ANA,
        plan="specialist",
        package="brl-100",
        mix=BRAZIL,
        days_in=6,
        shares=(44,),
        sandbox=True,
        traffic=1,
        sees="a sandbox: its clock can be advanced",
    ),
)


def log_ins() -> list[tuple[str, str, str, str]]:
    """Name, organization, e-mail and what there is to see, for each person who can sign in."""
    rows = []
    for tenant in TENANTS:
        name = tenant.customer.legal_name
        chief = tenant.administrator
        rows.append((chief.name, name, chief.email, f"Administrator: {tenant.sees}"))
        for colleague in tenant.colleagues:
            profile = colleague.profile.value.title()
            rows.append((colleague.name, name, colleague.email, f"{profile}: {_PAGES[colleague.profile]}"))
    rows += [(name, "the seller", email, sees) for name, email, _roles, sees in STAFF]
    return rows


_PAGES = {
    Profile.ADMINISTRATOR: "everything",
    Profile.VIEWER: "Home, usage and invoices; no plans, no wallet",
    Profile.AGENT: "notices and profile only",
}
