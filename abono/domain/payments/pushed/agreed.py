"""Mandates: their payer agrees once, in the app of their bank, and is charged from then on (PAY-11)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Q

from abono.domain.payments.errors import NoSuchMandate
from abono.domain.payments.ports.mandates import Every, MandateReply, MandateRequest, MandateStanding
from abono.domain.payments.ports.push import Payer
from abono.domain.payments.states import ALIVE, MANDATE, REQUESTED, MandateState, RequestState
from abono.domain.payments.tables.mandated import Mandate
from abono.domain.payments.tables.requested import PaymentRequest
from abono.kernel.ids import public
from abono.kernel.money import Money
from abono.platform import agenda, events
from abono.platform.given import given
from abono.platform.queue import Lane

LOOK = agenda.Kind("look_at_mandate", Lane.GATEWAYS, real=True)  # ask its supplier how it stands
IF_WE_DIE = timedelta(minutes=1)
PAUSES = tuple(timedelta(minutes=m) for m in (1, 1, 1, 2, 5, 10, 30, 60, 180, 720))
"""Between questions about one that its payer has not answered, or that is to end; one that is agreed to tells of itself, and is
asked about before each charge."""
EVERY = Every.MONTH
LONGEST = 35  # of a name and a subject
_LONGEST = {"reference": 120, "agree_with": 512, "code": 60}
_STATES = {
    MandateStanding.ASKED: MandateState.ASKED,
    MandateStanding.AGREED: MandateState.AGREED,
    MandateStanding.REFUSED: MandateState.REFUSED,
    MandateStanding.ENDED: MandateState.ENDED,
}


@dataclass(frozen=True, slots=True)
class MandateInfo:
    """One mandate. `agree_with` is the Pix to copy and paste while its payer has not answered.

    most           nothing above it is charged
    begins         local day of the customer
    cancelled_at   since when its customer wants it no more: it may take a while until its supplier knows
    """

    id: UUID
    public_id: str
    customer_id: UUID
    contract_id: UUID
    gateway: str
    name: str
    subject: str
    payer: Payer
    most: Money
    begins: date
    state: MandateState
    reference: str
    agree_with: str
    code: str
    by_payer: bool
    asked_by: str
    asked_at: datetime
    agreed_at: datetime | None
    cancelled_at: datetime | None
    over_at: datetime | None

    @property
    def alive(self) -> bool:
        """Whether it is, or may still become, one under which is charged."""
        return self.state in ALIVE and self.cancelled_at is None

    @property
    def agreed(self) -> bool:
        """Whether something may be charged under it."""
        return self.state is MandateState.AGREED and self.cancelled_at is None

    @property
    def waits(self) -> bool:
        """Whether its payer can agree to it now."""
        return self.state is MandateState.ASKED and self.cancelled_at is None

    @property
    def word(self) -> str:
        """How it stands, for pages and programs: `ending` where its supplier has not confirmed that it is over."""
        return "ending" if self.state in ALIVE and self.cancelled_at is not None else self.state.value

    def for_supplier(self) -> MandateRequest:
        """As its supplier is asked: what is charged varies, and the payer's own limit is this one at least."""
        return MandateRequest(
            name=self.name,
            subject=self.subject,
            payer=self.payer,
            asked_at=self.asked_at,
            every=EVERY,
            begins=self.begins,
            ends=None,
            amount=None,
            least=self.most,
        )


@dataclass(frozen=True, slots=True)
class Asking:
    """What a new mandate says."""

    gateway: str
    number: str  # of the contract
    subject: str
    payer: Payer
    most: Money
    begins: date


def begin(
    *, contract_id: UUID, customer_id: UUID, asking: Asking, actor: str, now: datetime, real: datetime
) -> MandateInfo:
    """Write down that it will be asked for. The caller holds the contract, of which none is alive."""
    count = Mandate.objects.filter(contract_id=contract_id).count() + 1
    row = Mandate.objects.create(
        contract_id=contract_id,
        customer_id=customer_id,
        gateway=asking.gateway,
        name=f"{asking.number}/{count}"[:LONGEST],
        subject=asking.subject[:LONGEST],
        payer=asdict(asking.payer),
        most_minor=asking.most.minor,
        currency=asking.most.currency,
        begins=asking.begins,
        asked_by=actor,
        asked_at=real,
    )
    _note("mandate.made", row, actor=actor, now=now)
    _look_at(row, real + IF_WE_DIE, real=real)
    return _info(row)


def hear(*, mandate_id: UUID, reply: MandateReply, now: datetime, real: datetime) -> MandateInfo | None:
    """Apply what its supplier says of how it stands. Returns it as it is where that changed it.

    The caller holds its contract. An older answer changes nothing: states only move forward.
    """
    row = Mandate.objects.get(id=mandate_id)
    before, target = MandateState(row.state), _STATES.get(reply.standing)
    fits = all(len(getattr(reply, name) or "") <= most for name, most in _LONGEST.items())
    if target is MandateState.ASKED and not (reply.agree_with or row.agree_with):
        target = None  # to be agreed to, and nobody says how: no clear answer
    if target is None or not fits:
        _look_later(row, real)
        return None
    said = {name: getattr(reply, name) for name in _LONGEST if getattr(reply, name)}
    for name, text in said.items():
        setattr(row, name, text)
    moved = MANDATE.allows(before, target)
    if moved:
        row.state = target.value
        row.by_payer = reply.ended_by_payer
        row.agreed_at = now if target is MandateState.AGREED else row.agreed_at
        row.over_at = None if target in ALIVE else now
    row.save(update_fields=["state", "by_payer", "agreed_at", "over_at", *said])
    if MandateState(row.state) not in ALIVE or (
        row.state == MandateState.AGREED.value and row.cancelled_at is None
    ):
        agenda.withdraw(LOOK, subject=row.id)
    else:
        _look_later(row, real)
    if moved and target is not MandateState.ASKED:
        _note(f"mandate.{target.value}", row, actor=row.gateway, now=now)
    return _info(row) if moved else None


def cancel(mandate_id: UUID, *, actor: str, now: datetime, real: datetime) -> MandateInfo:
    """Nothing is charged under it any more, and its supplier is told so: the first time counts. The caller holds its contract."""
    row = Mandate.objects.get(id=mandate_id)
    if MandateState(row.state) in ALIVE and row.cancelled_at is None:
        row.cancelled_at = now
        row.save(update_fields=["cancelled_at"])
        _note("mandate.cancelled", row, actor=actor, now=now)
        _look_at(row, real, real=real)
    return _info(row)


def _look_later(row: Mandate, real: datetime) -> None:
    pause = PAUSES[min(row.looked, len(PAUSES) - 1)]
    row.looked += 1
    row.save(update_fields=["looked"])
    _look_at(row, real + pause, real=real)


def _look_at(row: Mandate, moment: datetime, *, real: datetime) -> None:
    agenda.note(LOOK, subject=row.id, customer_id=row.customer_id, due_at=moment, now=real)


def get(mandate_id: UUID, *, customer_id: UUID | None = None) -> MandateInfo:
    """One; with `customer_id`, only if it is that customer's (ACC-2). Raises NoSuchMandate."""
    row = Mandate.objects.filter(id=mandate_id, **given(customer_id=customer_id)).first()
    if row is None:
        raise NoSuchMandate()
    return _info(row)


def find_by_reference(gateway: str, reference: str) -> MandateInfo | None:
    """By its supplier's own number, which its news say."""
    row = Mandate.objects.filter(gateway=gateway, reference=reference).first() if reference else None
    return None if row is None else _info(row)


def of_contract(contract_id: UUID) -> list[MandateInfo]:
    """Newest first."""
    return [_info(row) for row in Mandate.objects.filter(contract_id=contract_id).order_by("-id")]


def alive(contract_id: UUID) -> MandateInfo | None:
    """The one that is agreed to or may still be, if there is one."""
    states = [s.value for s in ALIVE]
    row = Mandate.objects.filter(contract_id=contract_id, state__in=states, cancelled_at=None).first()
    return None if row is None else _info(row)


def held_at(contract_id: UUID, at: datetime) -> MandateInfo | None:
    """Under which something could be charged at a moment on the customer's clock."""
    over = (Q(cancelled_at=None) | Q(cancelled_at__gt=at)) & (Q(over_at=None) | Q(over_at__gt=at))
    row = Mandate.objects.filter(over, contract_id=contract_id, agreed_at__lte=at).order_by("-id").first()
    return None if row is None else _info(row)


def open_debits(mandate_id: UUID) -> list[UUID]:
    """Charges under it for which money may still come."""
    states = [s.value for s in REQUESTED]
    found = PaymentRequest.objects.filter(mandate_id=mandate_id, state__in=states)
    return list(found.values_list("id", flat=True))


@dataclass(frozen=True, slots=True)
class Charged:
    """One charge under a mandate, for who looks at it. `title` is the invoice's number."""

    invoice_public_id: str
    title: str
    amount: Money
    on: date | None  # on which it is, or was, charged at last
    state: str  # as of a request

    @property
    def word(self) -> str:
        """As of a request, `announced` while it waits for its day."""
        return "announced" if self.state == RequestState.ASKED.value else self.state

    @property
    def coming(self) -> bool:
        """Whether it is announced, or about to be."""
        return self.state in (RequestState.CREATED.value, RequestState.ASKED.value)


def charged(mandate_ids: Iterable[UUID], *, limit: int) -> list[Charged]:
    """The newest charges under mandates."""
    rows = PaymentRequest.objects.select_related("invoice").filter(mandate_id__in=mandate_ids)
    return [
        Charged(
            public("inv", row.invoice_id),
            row.invoice.title,
            Money(row.amount_minor, row.currency),
            row.tried_on or row.due_date,
            row.state,
        )
        for row in rows.order_by("-id")[:limit]
    ]


def _note(name: str, row: Mandate, *, actor: str, now: datetime) -> None:
    events.record(
        name=name,
        subject=("contract", row.contract_id),
        customer_id=row.customer_id,
        actor=actor,
        now=now,
        data={
            "mandate": row.public_id,
            "most_minor": row.most_minor,
            "currency": row.currency,
            "begins": row.begins.isoformat(),
            **({"code": row.code} if row.code else {}),
            **({"by_payer": True} if row.by_payer else {}),
        },
    )


def _info(row: Mandate) -> MandateInfo:
    return MandateInfo(
        id=row.id,
        public_id=row.public_id,
        customer_id=row.customer_id,
        contract_id=row.contract_id,
        gateway=row.gateway,
        name=row.name,
        subject=row.subject,
        payer=Payer(**row.payer),
        most=Money(row.most_minor, row.currency),
        begins=row.begins,
        state=MandateState(row.state),
        reference=row.reference,
        agree_with=row.agree_with,
        code=row.code,
        by_payer=row.by_payer,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        agreed_at=row.agreed_at,
        cancelled_at=row.cancelled_at,
        over_at=row.over_at,
    )
