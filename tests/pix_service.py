"""A payment service that stands in for a bank: the Central Bank's Pix API over mutual TLS, with a memory and a clock of its own.

Every request and every answer is looked at by the Central Bank's document (`pix_document`): `wrong` lists what is not as it says.
"""

from __future__ import annotations

import base64
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl
from uuid import uuid4
from zoneinfo import ZoneInfo

from abono.gateways.pix.brcode import BrCode, compose
from abono.kernel.bank_days import bank_day
from tests import pix_document
from tests.certificates import Authority, Pair
from tests.pix_recurring import No, Recurring

Json = dict[str, Any]
BRASILIA = ZoneInfo("America/Sao_Paulo")
CLIENT_ID, CLIENT_SECRET = "abono", "a secret of the tests"
PIX_KEY = "12ABC34501DE35"
CENT = Decimal("0.01")
ACTIVE, PAID, REMOVED = "ATIVA", "CONCLUIDA", "REMOVIDA_PELO_USUARIO_RECEBEDOR"


class NotPayable(Exception):
    """The payer's bank does not take it: removed, paid, or too late."""


def _open() -> threading.Event:
    event = threading.Event()
    event.set()
    return event


@dataclass
class Answer:
    """What happens to the next call. `lost`: it is done, and the line breaks before a word; `before`: what somebody else
    does just before it."""

    lost: bool = False
    held: threading.Event = field(default_factory=_open)  # it is done, and said once this is set
    before: Callable[[], object] = lambda: None
    status: int = 0  # with `body`: this is said, and nothing is done at all
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class PixService(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, authority: Authority) -> None:
        self.as_new()
        own = authority.pair("service")
        super().__init__(("127.0.0.1", 0), _Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(own.certificate, own.key)
        context.load_verify_locations(authority.file)
        context.verify_mode = ssl.CERT_REQUIRED
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def as_new(self) -> None:
        """Without any charge, and with nothing pulled."""
        self.now = datetime.now(UTC).replace(microsecond=0)
        self.charges: dict[str, Json] = {}  # by txid: kind and what is shown
        self.asked: list[tuple[str, str]] = []  # every call that came, without its token
        self.wrong: list[str] = []  # what the document does not allow, of either side
        self.next: list[Answer] = []  # used up one by one by calls but those for tokens
        self.recurring = Recurring(self)
        self.marked: set[str] = set()  # tax ids with the mark of well-founded suspicion of fraud
        self.tokens: set[str] = set()
        self.lasts_s = 3600  # how long a token lasts
        self.places_only = False  # charges have no text to copy and paste, only a place
        self.returns_as = "DEVOLVIDO"

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.server_address[1]}"

    @property
    def today(self) -> date:
        return self.now.astimezone(BRASILIA).date()

    def handle_error(self, request: object, client_address: object) -> None:
        """Callers without a certificate, and those that hung up."""

    def options(self, client: Pair, authority: Authority) -> Json:
        """Of an adapter of ours that speaks to it."""
        return {
            "base_url": f"{self.url}/api",
            "token_url": f"{self.url}/oauth/token",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "certificate_file": str(client.certificate),
            "key_file": str(client.key),
            "ca_file": str(authority.file),
            "pix_key": PIX_KEY,
            "receiver_name": "Abono SA",
            "receiver_city": "SAO PAULO",
            "webhook_header": "X-Client-Certificate",
            "webhook_senders": ["AA:BB:01", "AA:BB:02"],
            "webhook_secret": "a-part-of-the-address",
        }

    # What payers and their banks do.

    def owed(self, txid: str, on: date) -> dict[str, Decimal]:
        """What is to be paid on a day, by its parts. Raises NotPayable."""
        shown = self.charges[txid]["shown"]
        calendar, valor = shown["calendario"], shown["valor"]
        parts = {"original": Decimal(valor["original"])}
        if shown["status"] != ACTIVE:
            raise NotPayable
        if "expiracao" in calendar:
            if self.now > datetime.fromisoformat(calendar["criacao"]) + timedelta(
                seconds=calendar["expiracao"]
            ):
                raise NotPayable
            return parts
        due = bank_day(date.fromisoformat(calendar["dataDeVencimento"]))
        if on > bank_day(due + timedelta(days=calendar["validadeAposVencimento"])):
            raise NotPayable
        if (days := (on - due).days) > 0:
            parts |= _late(valor, days)
        return parts

    def pay(self, txid: str, *, on: date | None = None, amount: str = "", faster: bool = False) -> str:
        """A payer pays; with `faster`, as somebody whose bank had read the charge before. Returns the end-to-end id."""
        charge, day = self.charges[txid]["shown"], on or self.today
        parts = {"original": Decimal(charge["valor"]["original"])} if faster else self.owed(txid, day)
        at = self.now if day == self.today else datetime(day.year, day.month, day.day, 15, tzinfo=UTC)
        pix = {
            "endToEndId": f"E{uuid4().hex[:31]}",
            "txid": txid,
            "valor": amount or str(sum(parts.values())),
            "componentesValor": {name: {"valor": str(part)} for name, part in parts.items()},
            "horario": at.isoformat(),
            "infoPagador": "Padaria",
        }
        charge["status"] = PAID if charge["status"] == ACTIVE else charge["status"]
        charge.setdefault("pix", []).append(pix)
        return str(pix["endToEndId"])

    def contest(self, end_to_end: str, amount: str, *, natureza: str = "MED_FRAUDE") -> Json:
        """The payer's bank asks for a special return (MED); `status` of what is returned says whether the money left."""
        return self._return(self.pix(end_to_end), uuid4().hex, amount, natureza, "EM_PROCESSAMENTO")

    def told(self, txid: str) -> bytes:
        """What it posts to a webhook."""
        items = self.charges[txid]["shown"]["pix"]
        self.wrong += [wrong for item in items for wrong in pix_document.wrong_with("Pix", item)]
        return json.dumps({"pix": items}).encode()

    # What receivers ask.

    def answer(self, method: str, address: str, body: Any) -> tuple[int, Json]:
        path, _, query = address.partition("?")
        call = pix_document.operation(method, path)
        if call is None:
            return 404, {}
        wrong = pix_document.wrong_with_request(call, body) if method != "GET" else []
        self.wrong += [f"{method} {path}: {one}" for one in wrong]
        try:
            if wrong:
                raise No(400, "RequisicaoInvalida", wrong[0], "")
            status, said = self._do(method, path.strip("/").split("/"), dict(parse_qsl(query)), body)
        except No as no:
            status, said = no.status, no.body
        self.wrong += [
            f"answer to {method} {path}: {one}" for one in pix_document.wrong_with_answer(call, status, said)
        ]
        return status, said

    def _do(self, method: str, parts: list[str], query: dict[str, str], body: Any) -> tuple[int, Json]:
        match method, parts:
            case _, ["rec" | "locrec" | "solicrec" | "cobr", *_]:
                return self.recurring.do(method, parts, query, body)
            case "PUT", ["cob" | "cobv" as kind, txid]:
                return 201, self._charge(kind, txid, body)
            case "PATCH", ["cob" | "cobv" as kind, txid]:
                shown = self._shown(kind, txid)
                if shown["status"] != ACTIVE:
                    raise No(400, "CobOperacaoInvalida", "A cobrança não está ATIVA.", "cob.status")
                shown.update(body, revisao=shown["revisao"] + 1)
                return 200, shown
            case "GET", ["cob" | "cobv" as kind, txid]:
                return 200, self._shown(kind, txid)
            case "GET", ["pix", end_to_end]:
                return 200, self.pix(end_to_end)
            case "PUT", ["pix", end_to_end, "devolucao", id]:
                return 201, self._give_back(end_to_end, id, body["valor"])
            case "GET", ["pix", end_to_end, "devolucao", id]:
                known = [one for one in self.pix(end_to_end).get("devolucoes", []) if one["id"] == id]
                if not known:
                    raise No(404, "PixDevolucaoNaoEncontrada")
                return 200, known[0]
        raise No(403, "AcessoNegado")

    def _charge(self, kind: str, txid: str, body: Json) -> Json:
        payer = body["devedor"].get("cpf") or body["devedor"]["cnpj"]
        if payer in self.marked:
            raise No(
                400, "CobOperacaoInvalida", "Usuário marcado por fundada suspeita de fraude.", "cob.devedor"
            )
        if body["chave"] != PIX_KEY:
            raise No(400, "CobOperacaoInvalida", "A chave não pertence ao usuário recebedor.", "cob.chave")
        if Decimal(body["valor"]["original"]) == 0:
            raise No(400, "CobOperacaoInvalida", "Valor zero.", "cob.valor.original")
        known = self.charges.get(txid)
        if known and (known["kind"] != kind or known["shown"]["status"] != ACTIVE):
            raise No(400, "CobOperacaoInvalida", "O txid encontra-se em uso.", "txid")
        place = known["shown"]["location"] if known else f"pix.example.com/qr/v2/{kind}/{uuid4().hex}"
        made = self.now.isoformat()
        shown: Json = {
            **body,
            "calendario": {"criacao": made, **body["calendario"]},
            "txid": txid,
            "revisao": known["shown"]["revisao"] + 1 if known else 0,
            "loc": {
                "id": len(self.charges) + 1,
                "txid": txid,
                "location": place,
                "tipoCob": kind,
                "criacao": made,
            },
            "location": place,
            "status": ACTIVE,
            "pixCopiaECola": compose(BrCode("Abono SA", "SAO PAULO", url=place)),
        }
        if kind == "cobv":
            address = {"logradouro": "Rua 15", "cidade": "São Paulo", "uf": "SP", "cep": "70800100"}
            shown["recebedor"] = {"cnpj": PIX_KEY, "nome": "Abono SA", **address}
        if self.places_only:
            del shown["pixCopiaECola"]
        self.charges[txid] = {"kind": kind, "shown": shown}
        return shown

    def _give_back(self, end_to_end: str, id: str, amount: str) -> Json:
        pix = self.pix(end_to_end)
        returns = pix.get("devolucoes", [])
        back = sum(Decimal(one["valor"]) for one in returns if one["status"] != "NAO_REALIZADO")
        if any(one["id"] == id for one in returns):
            raise No(400, "PixDevolucaoInvalida", "O id já foi utilizado.", "devolucao.id")
        if back + Decimal(amount) > Decimal(pix["valor"]):
            raise No(400, "PixDevolucaoInvalida", "Excede o valor do Pix.", "devolucao.valor")
        return self._return(pix, id, amount, "ORIGINAL", self.returns_as)

    def _return(self, pix: Json, id: str, amount: str, natureza: str, status: str) -> Json:
        back = {
            "id": id,
            "rtrId": f"D{uuid4().hex[:31]}",
            "valor": amount,
            "natureza": natureza,
            "horario": {"solicitacao": self.now.isoformat()},
            "status": status,
        }
        pix.setdefault("devolucoes", []).append(back)
        return back

    def _shown(self, kind: str, txid: str) -> Json:
        known = self.charges.get(txid)
        if known is None or known["kind"] != kind:
            raise No(404, "CobNaoEncontrado" if kind == "cob" else "CobVNaoEncontrado")
        return known["shown"]

    def pix(self, end_to_end: str) -> Json:
        for charge in self.charges.values():
            for pix in charge["shown"].get("pix", []):
                if pix["endToEndId"] == end_to_end:
                    return pix
        raise No(404, "PixNaoEncontrado")


class _Handler(BaseHTTPRequestHandler):
    server: PixService
    timeout = 30

    def do_GET(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def do_PATCH(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: object) -> None:
        """Silence: pytest shows what matters."""

    def _serve(self) -> None:
        service, body = self.server, self.rfile.read(int(self.headers.get("content-length", "0")))
        if self.path == "/oauth/token":
            return self._send(*self._token(body.decode()))
        service.asked.append((self.command, self.path))
        if self.headers.get("authorization", "").removeprefix("Bearer ") not in service.tokens:
            return self._send(401, {})
        answer = service.next.pop(0) if service.next else Answer()
        answer.before()
        if answer.status:
            return self._raw(answer.status, answer.body, answer.headers)
        said = json.loads(body) if body else None
        status, shown = service.answer(self.command, self.path.removeprefix("/api"), said)
        answer.held.wait(30)
        if answer.lost:
            self.close_connection = True
            return None
        return self._send(status, shown)

    def _token(self, body: str) -> tuple[int, Json]:
        known = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        asked = parse_qs(body)
        if self.headers.get("authorization") != f"Basic {known}" or asked.get("grant_type") != [
            "client_credentials"
        ]:
            return 401, {}
        token = uuid4().hex
        self.server.tokens.add(token)
        return 200, {"access_token": token, "token_type": "Bearer", "expires_in": self.server.lasts_s}

    def _send(self, status: int, said: Json) -> None:
        self._raw(status, json.dumps(said).encode(), {"Date": format_datetime(self.server.now, usegmt=True)})

    def _raw(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response_only(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _late(valor: Json, days: int) -> dict[str, Decimal]:
    """Fine and interest of a charge that is so many days late, by calendar days, as the Central Bank's tables have them."""
    original, parts = Decimal(valor["original"]), {}
    if fine := valor.get("multa"):
        rate = Decimal(fine["valorPerc"])
        parts["multa"] = rate if fine["modalidade"] == 1 else original * rate / 100
    if interest := valor.get("juros"):
        rate = Decimal(interest["valorPerc"])
        a_day = {1: rate, 2: original * rate / 100, 3: original * rate / 3000, 4: original * rate / 36500}
        parts["juros"] = a_day[interest["modalidade"]] * days
    return {name: part.quantize(CENT, ROUND_HALF_UP) for name, part in parts.items()}


@contextmanager
def start_pix_service(folder: Path) -> Iterator[tuple[PixService, Authority]]:
    """A service of one's own, with no charge, for as long as the block lasts."""
    authority = Authority(folder)
    with PixService(authority) as service:
        thread = threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield service, authority
        finally:
            service.shutdown()
            thread.join()
