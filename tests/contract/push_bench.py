"""A supplier of money that the payer pushes, as a contract test sees it: the port on our side, payers and a book on the other."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from abono.domain.payments.ports.push import LateTerms, Payer, PushGateway, PushRequest
from abono.gateways.pix.adapter import PixGateway
from abono.gateways.simulator.pix import SimulatorPix
from abono.kernel.due import Means
from abono.kernel.money import Money
from tests.contract.bench import fresh
from tests.pix_service import Answer, PixService
from tests.stand_ins import Simulator

PADARIA = Payer("Padaria Sol Ltda", "12ABC34501DE35", "Rua do Sol, 15", "São Paulo", "SP", "01310100")
BRASILIA = ZoneInfo("America/Sao_Paulo")


class PushBench(Protocol):
    gateway: PushGateway

    @property
    def now(self) -> datetime:
        """By the supplier's clock."""
        ...

    def lose_answer(self) -> None:
        """The next call is done, and its answer never comes."""

    def pay(self, key: str, minor: int | None = None, on: date | None = None) -> str:
        """A payer pays what is owed on a day, or another sum; also once more. Returns the reference of what came."""
        ...

    def charges(self, key: str) -> int:
        """How many charges it has for a key."""
        ...

    def returned(self, reference: str) -> list[int]:
        """What it gave back of what came, minor units, one for each time."""
        ...


class PixBench:
    def __init__(self, gateway: PixGateway, service: PixService) -> None:
        self.gateway, self.service = gateway, service

    @property
    def now(self) -> datetime:
        return self.service.now

    def lose_answer(self) -> None:
        self.service.next.append(Answer(lost=True))

    def pay(self, key: str, minor: int | None = None, on: date | None = None) -> str:
        txid = key.replace("-", "")
        twice = bool(self.service.charges[txid]["shown"].get("pix"))
        amount = f"{minor // 100}.{minor % 100:02d}" if minor else ""
        return self.service.pay(txid, on=on, amount=amount, faster=twice)

    def charges(self, key: str) -> int:
        return int(key.replace("-", "") in self.service.charges)

    def returned(self, reference: str) -> list[int]:
        returns = self.service.pix(reference).get("devolucoes", [])
        return [int(one["valor"].replace(".", "")) for one in returns]


class SimulatorPixBench:
    def __init__(self, gateway: SimulatorPix, simulator: Simulator) -> None:
        self.gateway, self.simulator = gateway, simulator

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    def lose_answer(self) -> None:
        self.simulator.pull(next_pix="answer_lost")

    def pay(self, key: str, minor: int | None = None, on: date | None = None) -> str:
        said = {"amount_minor": minor, "on": on.isoformat() if on else None}
        return str(self.simulator.ask("POST", f"pix/{key}/pay", said)["reference"])

    def charges(self, key: str) -> int:
        return int(self.simulator.ask("GET", f"pix/{key}")["key"] == key)

    def returned(self, reference: str) -> list[int]:
        book = self.simulator.book()
        return [one["amount_minor"] for one in book if (one["kind"], one["charge"]) == ("refund", reference)]


def push_request(
    now: datetime,
    *,
    minor: int = 74_000,
    key: str = "",
    due_in: int | None = None,
    late: LateTerms | None = None,
    payer: Payer = PADARIA,
    lasts: timedelta = timedelta(hours=1),
) -> PushRequest:
    """Of an invoice of Padaria Sol; to be paid at once, or in `due_in` days and 30 more."""
    today = now.astimezone(BRASILIA).date()
    due = None if due_in is None else today + timedelta(days=due_in)
    until = now + lasts if due is None else midnight(due + timedelta(days=31))
    return PushRequest(
        key=key or fresh(),
        means=Means.PIX,
        amount=Money(minor, "BRL"),
        number=1,
        title="2026-000042",
        payer=payer,
        issued=today,
        asked_at=now,
        due_date=due,
        until=until,
        late=late,
    )


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=BRASILIA)
