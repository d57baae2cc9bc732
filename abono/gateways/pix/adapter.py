"""Pix behind the port: charges to be paid at once (`cob`) or by a day (`cobv`), and returns. Banco Central, API Pix 2.9.0.

Our key is the service's txid, so nothing is asked for twice; where a no may be about an earlier call whose answer was lost,
the service is asked what it has.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import quote

from abono.domain.payments.ports.port import GatewayEvent, GatewayUnavailable, RefundOutcome, RefundReply
from abono.domain.payments.ports.push import Arrival, LateTerms, Payer, PushReply, PushRequest, Standing
from abono.gateways.pix import reading, webhook
from abono.gateways.pix.brcode import reais
from abono.gateways.pix.client import Client, Heard, Json
from abono.gateways.pix.options import Options
from abono.gateways.pix.reading import ZONE, Receiver
from abono.gateways.pix.webhook import Sender, txid_of
from abono.kernel.bank_days import bank_day
from abono.kernel.money import Money

_KINDS = ("cobv", "cob")
DONE = (200, 201)
_PER_CENT, _PER_CENT_A_MONTH = (
    2,
    3,
)  # ways of a fine and of interest, by calendar days, in the Central Bank's tables
LONGEST_NAME, LONGEST_PLACE, LONGEST_TITLE = 200, 200, 140


class _Found(NamedTuple):
    """What the service has of a key. `kind` is empty when it gave no clear answer."""

    kind: str
    reply: PushReply


class PixGateway:
    """Pix at one payment service; its options are those of `options.Options`. Threads may share one.

    Raises BadOptions.
    """

    def __init__(self, **given: Any) -> None:
        options = Options(**given)
        self.certificate_ends = options.certificate_ends()
        self._client, self._pix_key = Client(options), options.pix_key
        self._receiver = Receiver(options.receiver_name, options.receiver_city)
        senders = options.webhook_senders
        known = (senders,) if isinstance(senders, str) else tuple(senders)
        self._sender = Sender(options.webhook_header, known, options.webhook_secret)

    def ask(self, request: PushRequest) -> PushReply:
        txid = txid_of(request.key)
        kind = "cobv" if request.due_date else "cob"
        heard = self._client.call("PUT", f"{kind}/{txid}", asked(request, self._pix_key))
        if heard.status in DONE:
            return reading.charge(heard, txid, self._receiver)
        code = reading.refusal(heard)
        if code is None:
            return PushReply(Standing.UNKNOWN, txid)
        return self.find(request.key, txid) or PushReply(Standing.REFUSED, txid, code=code)

    def find(self, key: str, reference: str) -> PushReply | None:
        found = self._found(key)
        return found.reply if found else None

    def withdraw(self, key: str, reference: str) -> PushReply:
        found = self._found(key)
        if found is None:  # nothing that anybody could pay
            return PushReply(Standing.ENDED, txid_of(key))
        if found.reply.standing is not Standing.PAYABLE:
            return found.reply
        removed = {"status": "REMOVIDA_PELO_USUARIO_RECEBEDOR"}
        heard = self._client.call("PATCH", f"{found.kind}/{txid_of(key)}", removed)
        if heard.status in DONE:
            return self._read(heard, key)
        now = self._found(key) if reading.refusal(heard) else None  # somebody may have been faster
        if now and now.reply.standing in (Standing.PAID, Standing.ENDED):
            return now.reply
        return PushReply(Standing.UNKNOWN, txid_of(key))

    def give_back(self, received: str, amount: Money, key: str) -> RefundReply:
        place = f"pix/{quote(received, safe='')}/devolucao/{txid_of(key)}"
        heard = self._client.call("PUT", place, {"valor": reais(amount)})
        if heard.status in DONE:
            return reading.given_back(heard.body, amount)
        code = "no_such_pix" if reading.never_seen(heard) else reading.refusal(heard)
        if code is None:
            return RefundReply(RefundOutcome.UNKNOWN)
        known = self._client.call("GET", place)
        if known.status in DONE:
            return reading.given_back(known.body, amount)
        if reading.never_seen(known):
            return RefundReply(RefundOutcome.REFUSED, code=code)
        return RefundReply(RefundOutcome.UNKNOWN)

    def find_received(self, received: str) -> Arrival | None:
        heard = self._client.call("GET", f"pix/{quote(received, safe='')}")
        if reading.never_seen(heard):
            return None
        arrival = reading.arrival(heard.body) if heard.status in DONE else None
        if arrival is None or arrival.received.reference != received:
            raise GatewayUnavailable
        return arrival

    def parse_webhook(
        self, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> tuple[GatewayEvent, ...]:
        self._sender.prove(headers)
        return webhook.events(body, now)

    def _found(self, key: str) -> _Found | None:
        """The key does not say of which kind its charge is, and may be all that is known of it."""
        for kind in _KINDS:
            heard = self._client.call("GET", f"{kind}/{txid_of(key)}")
            if heard.status in DONE:
                return _Found(kind, self._read(heard, key))
            if not reading.never_seen(heard):
                return _Found("", PushReply(Standing.UNKNOWN, txid_of(key)))
        return None

    def _read(self, heard: Heard, key: str) -> PushReply:
        return reading.charge(heard, txid_of(key), self._receiver)


def asked(request: PushRequest, pix_key: str) -> Json:
    """A charge as the service is asked for it."""
    said: Json = {"chave": pix_key, "solicitacaoPagador": request.title[:LONGEST_TITLE]}
    valor: Json = {"original": reais(request.amount)}
    if request.due_date is None:
        lasts = request.until - request.asked_at
        calendar: Json = {"expiracao": max(int(lasts.total_seconds()), 1)}
        return {**said, "calendario": calendar, "devedor": _person(request.payer), "valor": valor}
    last = (request.until - timedelta(microseconds=1)).astimezone(ZONE).date()
    after = max(
        (last - bank_day(request.due_date)).days, 0
    )  # they are counted from the bank day to which it moves
    calendar = {"dataDeVencimento": request.due_date.isoformat(), "validadeAposVencimento": after}
    valor |= _late(request.late) if request.late else {}
    devedor = {**_person(request.payer), **_address(request.payer)}
    return {**said, "calendario": calendar, "devedor": devedor, "valor": valor}


def tax_id(payer: Payer) -> Json:
    return {"cpf" if len(payer.tax_id) == 11 else "cnpj": payer.tax_id}


def _person(payer: Payer) -> Json:
    return {**tax_id(payer), "nome": payer.name[:LONGEST_NAME]}


def _address(payer: Payer) -> Json:
    places = {
        "logradouro": payer.street[:LONGEST_PLACE],
        "cidade": payer.city[:LONGEST_PLACE],
        "uf": payer.state,
        "cep": payer.postcode,
    }
    return {name: text for name, text in places.items() if text}


def _late(terms: LateTerms) -> Json:
    """Fine once, interest by the month: a day of it is a thirtieth."""
    rates = (("multa", _PER_CENT, terms.fine), ("juros", _PER_CENT_A_MONTH, terms.interest))
    return {
        name: {"modalidade": way, "valorPerc": f"{rate.quantize(Decimal('0.01'))}"}
        for name, way, rate in rates
        if rate
    }
