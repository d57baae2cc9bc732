"""Pix Automático behind its port: mandates (`rec`, `solicrec`) and their charges (`cobr`). Banco Central, API Pix 2.9.0.

The service names mandates itself, so one whose answer was lost is looked for by its name among those of its payer. Charges have
our key as txid, as all of Pix.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from abono.domain.payments.ports.mandates import (
    Debit,
    DebitReply,
    DebitStanding,
    MandateReply,
    MandateRequest,
    MandateStanding,
    PayerAccount,
)
from abono.domain.payments.ports.push import Payer
from abono.gateways.pix import recurring
from abono.gateways.pix.adapter import DONE, PixGateway, tax_id
from abono.gateways.pix.brcode import reais
from abono.gateways.pix.client import Json
from abono.gateways.pix.options import BadOptions, Options
from abono.gateways.pix.reading import never_seen, refusal
from abono.gateways.pix.webhook import txid_of

PAGE = 100  # mandates of one payer that are looked through
LOOKED = timedelta(days=1)  # before and after a mandate was asked for
CANCELLED = {"status": "CANCELADA"}
_UNKNOWN, _UNKNOWN_DEBIT = MandateReply(MandateStanding.UNKNOWN), DebitReply(DebitStanding.UNKNOWN)


class PixAutomatic(PixGateway):
    """Pix at a payment service that offers Pix Automático too. The options `account`, `account_type` and, where there is one,
    `agency` say which account of ours receives. Raises BadOptions."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        options = Options(**given)
        if not options.account:
            raise BadOptions("account is missing, and Pix Automático asks for it")
        self._own = {
            "conta": options.account,
            "tipoConta": options.account_type,
            **({"agencia": options.agency} if options.agency else {}),
        }

    def ask_mandate(self, request: MandateRequest) -> MandateReply:
        known = self.find_mandate(request, None)
        if known is not None:
            return known
        place = self._client.call("POST", "locrec", {"tipo": "rec"})
        number = place.body.get("id")
        if place.status not in DONE or type(number) is not int:
            return _UNKNOWN
        heard = self._client.call("POST", "rec", recurring.wanted(request, number))
        if heard.status in DONE:
            return self._whole(str(heard.body.get("idRec")), request.first)
        code = refusal(heard)
        return MandateReply(MandateStanding.REFUSED, code=code) if code else _UNKNOWN

    def find_mandate(self, request: MandateRequest, reference: str | None) -> MandateReply | None:
        if reference:
            return self._whole(reference, request.first)
        asked = {
            "inicio": (request.asked_at - LOOKED).isoformat(),
            "fim": (request.asked_at + LOOKED).isoformat(),
            **tax_id(request.payer),
            "paginacao.itensPorPagina": PAGE,
        }
        heard = self._client.call("GET", f"rec?{urlencode(asked)}")
        names = recurring.names(heard.body) if heard.status in DONE else None
        if names is None:
            return _UNKNOWN
        found = names.get(request.name)
        return self._whole(found, request.first) if found else None

    def send_mandate(
        self, reference: str, account: PayerAccount, payer: Payer, until: datetime
    ) -> MandateReply:
        to = {"conta": account.account, "ispbParticipante": account.bank, **tax_id(payer)}
        asked: Json = {
            "idRec": reference,
            "calendario": {"dataExpiracaoSolicitacao": until.isoformat()},
            "destinatario": to | ({"agencia": account.agency} if account.agency else {}),
        }
        heard = self._client.call("POST", "solicrec", asked)
        if heard.status in DONE:
            return self._whole(reference, None)
        code = refusal(heard)
        return MandateReply(MandateStanding.REFUSED, reference, code=code) if code else _UNKNOWN

    def end_mandate(self, reference: str) -> MandateReply:
        heard = self._client.call("PATCH", f"rec/{quote(reference, safe='')}", CANCELLED)
        return self._whole(reference, None) if heard.status in DONE or refusal(heard) else _UNKNOWN

    def announce(self, debit: Debit) -> DebitReply:
        asked = {
            "idRec": debit.mandate,
            "calendario": {"dataDeVencimento": debit.day.isoformat()},
            "valor": {"original": reais(debit.amount)},
            "ajusteDiaUtil": True,
            "recebedor": self._own,
            "infoAdicional": debit.title,
        }
        return self._done("PUT", f"cobr/{txid_of(debit.key)}", debit.key, asked)

    def find_debit(self, key: str) -> DebitReply | None:
        heard = self._client.call("GET", f"cobr/{txid_of(key)}")
        if heard.status in DONE:
            return recurring.debit(heard.body, txid_of(key))
        return None if never_seen(heard) else _UNKNOWN_DEBIT

    def try_again(self, key: str, on: date) -> DebitReply:
        return self._done("POST", f"cobr/{txid_of(key)}/retentativa/{on.isoformat()}", key)

    def take_back(self, key: str) -> DebitReply:
        return self._done("PATCH", f"cobr/{txid_of(key)}", key, CANCELLED)

    def _done(self, method: str, path: str, key: str, body: Json | None = None) -> DebitReply:
        """A no may be about an earlier call whose answer was lost, or too late: then it is told how the charge stands."""
        heard = self._client.call(method, path, body)
        if heard.status in DONE:
            return recurring.debit(heard.body, txid_of(key))
        code = refusal(heard)
        if code is None:
            return _UNKNOWN_DEBIT
        return self.find_debit(key) or DebitReply(DebitStanding.REFUSED, code=code)

    def _whole(self, reference: str, first: str | None) -> MandateReply:
        """What the service has of it, with its code: one that pays as well where `first` is the key of a charge."""
        with_charge = f"?txid={txid_of(first)}" if first else ""
        heard = self._client.call("GET", f"rec/{quote(reference, safe='')}{with_charge}")
        return recurring.mandate(heard.body, reference) if heard.status in DONE else _UNKNOWN
