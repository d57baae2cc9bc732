"""What a payment service says, in the words of the port. Pure; nothing raises but KeyClash.

A word that is in no manual makes an answer unclear where money depends on it, and is passed over where none does.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from abono.domain.payments.ports.port import KeyClash, RefundOutcome, RefundReply
from abono.domain.payments.ports.push import Arrival, PushReply, Received, Standing
from abono.gateways.pix.brcode import BadCode, BrCode, compose, read
from abono.gateways.pix.client import Heard, Json
from abono.kernel.bank_days import bank_day
from abono.kernel.money import Money, total

ZONE = ZoneInfo("America/Sao_Paulo")  # days of Pix are those of Brasília

_STANDING = {
    "ATIVA": Standing.PAYABLE,
    "CONCLUIDA": Standing.PAID,
    "REMOVIDA_PELO_USUARIO_RECEBEDOR": Standing.ENDED,
    "REMOVIDA_PELO_PSP": Standing.ENDED,
}
_RETURNED = {
    "DEVOLVIDO": RefundOutcome.DONE,
    "EM_PROCESSAMENTO": RefundOutcome.WAITING,
    "NAO_REALIZADO": RefundOutcome.REFUSED,
}
_FIELDS = {"devedor": "payer", "chave": "receiver_key", "valor": "amount", "calendario": "dates"}
_AMOUNT = re.compile(r"\d{1,10}\.\d{2}", re.ASCII)
_TXID = re.compile(r"[0-9a-f]{32}")
_END_TO_END = re.compile(r"[A-Za-z0-9]{20,40}")
_NOT_FOUND = re.compile(r"(Cob|CobV|CobR|Pix|PixDevolucao)?NaoEncontrad[oa]")


class Unreadable(ValueError):
    """Not what the Central Bank's document says."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """How a code names us where the service gives only the place of a charge: as `BrCode` bounds them."""

    name: str
    city: str


def charge(heard: Heard, txid: str, receiver: Receiver) -> PushReply:
    """How a charge stands, by an answer that is about it."""
    said, unclear = heard.body, PushReply(Standing.UNKNOWN, txid)
    standing = _STANDING.get(str(said.get("status")))
    try:
        received = all_received(said)
        amount = sum_of_money(inner(said.get("valor")).get("original"))
    except Unreadable:
        return unclear
    if standing is None or said.get("txid") != txid:
        return unclear
    if received:
        return PushReply(Standing.PAID, txid, amount, received=received)
    if standing is Standing.PAID:  # not said by what: it will be
        return unclear
    if standing is Standing.ENDED or _over(inner(said.get("calendario")), heard.at):
        return PushReply(Standing.ENDED, txid, amount)
    text = _code(said, receiver)
    return PushReply(standing, txid, amount, pay_with=text) if text else unclear


def given_back(said: Json, amount: Money) -> RefundReply:
    """What became of a return of `amount`. Raises KeyClash when it is of another."""
    outcome = _RETURNED.get(str(said.get("status")))
    try:
        of = sum_of_money(said.get("valor"))
    except Unreadable:
        return RefundReply(RefundOutcome.UNKNOWN)
    if of != amount:
        raise KeyClash("this return was asked for with another amount")
    if outcome is None:
        return RefundReply(RefundOutcome.UNKNOWN)
    code = str(said.get("motivo") or "not_returned")[:140] if outcome is RefundOutcome.REFUSED else None
    number = said.get("rtrId")
    return RefundReply(outcome, number if isinstance(number, str) else None, code)


def never_seen(heard: Heard) -> bool:
    """Whether the service itself says that it has no such thing; a page that is not found is no such word."""
    return heard.status == 404 and bool(_NOT_FOUND.fullmatch(_problem(heard.body)))


def refusal(heard: Heard) -> str | None:
    """Why the service does not do what it was asked, in a word of ours where we have one, else in its own; None when it did
    not say no to what we asked: to who we are, how often we come, or nothing at all."""
    problem = _problem(heard.body)
    if not problem or not 400 <= heard.status < 500:
        return None
    violations = [item for item in items(heard.body.get("violacoes")) if isinstance(item, dict)]
    reasons = [heard.body.get("title"), heard.body.get("detail"), *(item.get("razao") for item in violations)]
    if any("fraud" in _plain(reason) for reason in reasons):
        return "payer_marked"
    if heard.status not in (400, 409, 422):
        return None
    return next(_named(violations), problem)


def _problem(body: Json) -> str:
    """The last part of a problem's type: `CobNaoEncontrado`."""
    return str(body.get("type") or "").rpartition("/")[2][:60]


def _named(violations: list[Json]) -> Iterator[str]:
    for violation in violations:
        for part in str(violation.get("propriedade") or "").split("."):
            if part in _FIELDS:
                yield _FIELDS[part]


def _plain(text: object) -> str:
    """Lower case without accents."""
    return unicodedata.normalize("NFD", str(text or "")).encode("ascii", "ignore").decode().lower()


def all_received(said: Json) -> tuple[Received, ...]:
    """Each Pix that came for a charge. Raises Unreadable."""
    return tuple(_received(item) for item in items(said.get("pix")))


def arrival(said: Json) -> Arrival | None:
    """One Pix, whatever it came for; None for what cannot be read."""
    txid = said.get("txid")
    try:
        return Arrival(key_of(txid), txid[:35] if isinstance(txid, str) else "", _received(said))
    except Unreadable:
        return None


def key_of(txid: object) -> str | None:
    """Our key behind a txid; None for one that we did not give."""
    return str(UUID(txid)) if isinstance(txid, str) and _TXID.fullmatch(txid) else None


def _received(item: Any) -> Received:
    reference, at = inner(item).get("endToEndId"), moment(inner(item).get("horario"))
    if not isinstance(reference, str) or not _END_TO_END.fullmatch(reference) or at is None:
        raise Unreadable
    day = at.astimezone(ZONE).date()
    returns = [inner(one) for one in items(item.get("devolucoes"))]
    back = [one for one in returns if one.get("status") == "DEVOLVIDO"]
    contested = [
        one
        for one in returns
        if str(one.get("natureza")).startswith("MED_") and one.get("status") != "NAO_REALIZADO"
    ]
    parts = inner(item.get("componentesValor"))
    late = [inner(parts[name]) for name in ("multa", "juros") if name in parts]
    return Received(
        reference,
        sum_of_money(item.get("valor")),
        paid_on=day,
        credited_on=day,
        late=_sum(late),
        back=_sum(back),
        contested=_sum(contested),
    )


def _sum(parts: list[Json]) -> Money | None:
    return total([sum_of_money(part.get("valor")) for part in parts], "BRL") if parts else None


def _over(calendar: Json, at: datetime | None) -> bool:
    """Whether nobody can pay any more by the service's own clock: a charge that has run out stays `ATIVA`."""
    try:
        if at is None:
            return False
        if "dataDeVencimento" in calendar:
            due = bank_day(date.fromisoformat(calendar["dataDeVencimento"]))
            last = bank_day(due + timedelta(days=int(calendar["validadeAposVencimento"])))
            return at.astimezone(ZONE).date() > last
        made = moment(calendar["criacao"])
        return made is not None and at > made + timedelta(seconds=int(calendar["expiracao"]))
    except (KeyError, TypeError, ValueError, OverflowError):
        return False


def _code(said: Json, receiver: Receiver) -> str | None:
    """The text to copy and paste: the service's own when it is whole, else made of the place of the charge."""
    given, place = said.get("pixCopiaECola"), said.get("location") or inner(said.get("loc")).get("location")
    try:
        if isinstance(given, str):
            return given if read(given).url else None
        return compose(BrCode(receiver.name, receiver.city, url=str(place or "")))
    except BadCode:
        return None


def inner(said: Any) -> Json:
    """What stands inside, or nothing."""
    return said if isinstance(said, dict) else {}


def items(said: Any) -> list[Any]:
    """The same of a list."""
    return said if isinstance(said, list) else []


def sum_of_money(said: object) -> Money:
    """Raises Unreadable."""
    if not isinstance(said, str) or not _AMOUNT.fullmatch(said):
        raise Unreadable
    return Money(int(said.replace(".", "")), "BRL")


def moment(said: object) -> datetime | None:
    """A moment as RFC 3339 writes it."""
    try:
        at = datetime.fromisoformat(str(said))
    except ValueError:
        return None
    return at if at.tzinfo else None
