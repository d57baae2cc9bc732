"""Pix Automático at the payment service of the tests: mandates, what payers and their banks do, and charges under them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from abono.gateways.pix.brcode import BrCode, compose
from tests import pix_document

if TYPE_CHECKING:
    from tests.pix_service import PixService

Json = dict[str, Any]
OVER = ("REJEITADA", "CANCELADA")
OPEN_TRIES = ("SOLICITADA", "AGENDADA")
OURS = {"cnpj": "12ABC34501DE35", "nome": "Abono SA"}


class No(Exception):
    """A problem that the service answers with."""

    def __init__(self, status: int, kind: str, razao: str = "", propriedade: str = "") -> None:
        self.status = status
        self.body: Json = {
            "type": f"https://pix.bcb.gov.br/api/v2/error/{kind}",
            "title": "Não foi possível.",
            "status": status,
        }
        if razao:
            self.body["violacoes"] = [{"razao": razao, "propriedade": propriedade}]


class Recurring:
    def __init__(self, service: PixService) -> None:
        self.service = service
        self.mandates: dict[str, Json] = {}
        self.shown_to_payers: list[Json] = []
        self.debits: dict[str, Json] = {}
        self.places: dict[int, Json] = {}

    # What payers and their banks do.

    def agree(self, reference: str) -> None:
        self._move(self.mandates[reference], "APROVADA")

    def refuse(self, reference: str) -> None:
        mandate = self.mandates[reference]
        mandate["encerramento"] = {
            "rejeicao": {"codigo": "AP13", "descricao": "Rejeitada pelo usuário pagador."}
        }
        self._move(mandate, "REJEITADA")

    def leave(self, reference: str) -> None:
        """The payer cancels in the app of their bank."""
        why = {"solicitante": "USUARIO_PAGADOR", "codigo": "SLDB", "descricao": "Cancelada pelo pagador."}
        self.mandates[reference]["encerramento"] = {"cancelamento": why}
        self._move(self.mandates[reference], "CANCELADA")

    def take(self, txid: str) -> None:
        """The payer's bank has the charge in its agenda."""
        debit = self.debits[txid]
        self._try(debit, date.fromisoformat(debit["calendario"]["dataDeVencimento"]), "AGND")
        self._move(debit, "ATIVA")

    def pay(self, txid: str) -> str:
        debit = self.debits[txid]
        [open_try] = [one for one in debit["tentativas"] if one["status"] in OPEN_TRIES]
        open_try["status"] = "PAGA"
        pix = {
            "endToEndId": open_try["endToEndId"],
            "txid": txid,
            "valor": debit["valor"]["original"],
            "horario": f"{open_try['dataLiquidacao']}T06:00:00-03:00",
        }
        debit["pix"] = [pix]
        self._move(debit, "CONCLUIDA")
        return str(pix["endToEndId"])

    def fail(self, txid: str) -> None:
        """The payer has no balance on the day of the open try."""
        debit = self.debits[txid]
        [open_try] = [one for one in debit["tentativas"] if one["status"] in OPEN_TRIES]
        open_try |= {
            "status": "REJEITADA",
            "rejeicao": {"codigo": "AM02", "descricao": "Saldo insuficiente."},
        }
        if debit["politicaRetentativa"] == "NAO_PERMITE" or len(debit["tentativas"]) > 3:
            self._move(debit, "EXPIRADA")

    def told(self) -> tuple[Json, Json]:
        """What it posts of all mandates, and of all charges."""
        parts = ("idRec", "status", "atualizacao", "encerramento")
        recs = [{name: one[name] for name in parts if name in one} for one in self.mandates.values()]
        cobsr = [
            {name: one[name] for name in (*parts, "txid", "tentativas") if name in one}
            for one in self.debits.values()
        ]
        for schema, told in (("RecNotification", recs), ("CobRNotification", cobsr)):
            self.service.wrong += [wrong for one in told for wrong in pix_document.wrong_with(schema, one)]
        return {"recs": recs}, {"cobsr": cobsr}

    # What receivers ask.

    def do(self, method: str, parts: list[str], query: dict[str, str], body: Any) -> tuple[int, Json]:
        match method, parts:
            case "POST", ["locrec"]:
                number = len(self.places) + 1
                place = f"pix.example.com/qr/v2/rec/{uuid4().hex}"
                made = self.service.now.isoformat()
                self.places[number] = {"id": number, "location": place, "tipo": "rec", "criacao": made}
                return 201, self.places[number]
            case "POST", ["rec"]:
                return 201, self._mandate(body)
            case "GET", ["rec"]:
                return 200, self._list(query)
            case "GET", ["rec", reference]:
                return 200, self._with_code(self._known(reference), query.get("txid"))
            case "PATCH", ["rec", reference]:
                mandate = self._known(reference)
                if mandate["status"] not in ("CRIADA", "APROVADA"):
                    raise No(400, "RecOperacaoInvalida", "A recorrência encontra-se encerrada.", "rec.status")
                why = {
                    "solicitante": "USUARIO_RECEBEDOR",
                    "codigo": "SLCR",
                    "descricao": "Pedido do recebedor.",
                }
                mandate["encerramento"] = {"cancelamento": why}
                return 200, self._move(mandate, "CANCELADA")
            case "POST", ["solicrec"]:
                return 201, self._show(body)
            case "PUT", ["cobr", txid]:
                return 201, self._debit(txid, body)
            case "GET", ["cobr", txid]:
                return 200, self._debit_known(txid)
            case "PATCH", ["cobr", txid]:
                debit = self._debit_known(txid)
                if debit["status"] not in ("CRIADA", "ATIVA") or self.service.today >= self._day(debit):
                    raise No(400, "CobROperacaoInvalida", "Não é possível cancelar.", "cobr.status")
                return 200, self._move(debit, "CANCELADA")
            case "POST", ["cobr", txid, "retentativa", day]:
                return 201, self._try_again(self._debit_known(txid), date.fromisoformat(day))
        raise No(403, "AcessoNegado")

    def _mandate(self, body: Json) -> Json:
        place = self.places.get(body.get("loc", 0))
        if place is None or "idRec" in place:
            raise No(400, "RecOperacaoInvalida", "O location inexiste ou já está em uso.", "rec.loc")
        if date.fromisoformat(body["calendario"]["dataInicial"]) < self.service.today:
            raise No(
                400, "RecOperacaoInvalida", "dataInicial anterior à criação.", "rec.calendario.dataInicial"
            )
        reference = f"RN12345678{self.service.today:%Y%m%d}{uuid4().hex[:11]}"
        first = body.pop("ativacao", {}).get("dadosJornada")
        activation = {"tipoJornada": "JORNADA_3" if first else "AGUARDANDO_DEFINICAO"}
        self.mandates[reference] = {
            **body,
            "idRec": reference,
            "recebedor": OURS,
            "loc": {**place, "idRec": reference},
            "ativacao": activation | ({"dadosJornada": first} if first else {}),
            "atualizacao": [],
        }
        place["idRec"] = reference
        return self._move(self.mandates[reference], "CRIADA")

    def _list(self, query: dict[str, str]) -> Json:
        begin, end = (datetime.fromisoformat(query[name]) for name in ("inicio", "fim"))
        found = [
            one
            for one in self.mandates.values()
            if begin <= datetime.fromisoformat(one["atualizacao"][0]["data"]) <= end
            and all(
                one["vinculo"]["devedor"].get(name) == query[name]
                for name in ("cpf", "cnpj")
                if name in query
            )
        ]
        size = int(query["paginacao.itensPorPagina"])
        pages = {
            "paginaAtual": 0,
            "itensPorPagina": size,
            "quantidadeDePaginas": max(-(-len(found) // size), 1),
            "quantidadeTotalDeItens": len(found),
        }
        asked = {"inicio": query["inicio"], "fim": query["fim"], "paginacao": pages}
        return {"parametros": asked, "recs": found[:size]}

    def _with_code(self, mandate: Json, txid: str | None) -> Json:
        """With the code of journey 2, or with that of journey 3, which pays a charge as well."""
        charge = self.service.charges[txid]["shown"]["location"] if txid else ""
        code = BrCode("Abono SA", "SAO PAULO", url=charge, recurrence=mandate["loc"]["location"])
        said = {"jornada": "JORNADA_3" if txid else "JORNADA_2", "pixCopiaECola": compose(code)}
        return {**mandate, "dadosQR": said}

    def _show(self, body: Json) -> Json:
        if any(one["idRec"] == body["idRec"] for one in self.shown_to_payers):
            raise No(400, "SolicRecOperacaoInvalida", "Existe uma solicitação ativa.", "solicrec.idRec")
        made: Json = {**body, "idSolicRec": f"SC12345678{uuid4().hex[:19]}", "atualizacao": []}
        self.shown_to_payers.append(made)
        return self._move(made, "CRIADA")

    def _debit(self, txid: str, body: Json) -> Json:
        mandate, day = (
            self.mandates.get(body["idRec"]),
            date.fromisoformat(body["calendario"]["dataDeVencimento"]),
        )
        if txid in self.debits:
            raise No(400, "CobROperacaoInvalida", "O txid encontra-se em uso.", "cobr.txid")
        if mandate is None or mandate["status"] != "APROVADA":
            raise No(400, "CobROperacaoInvalida", "A recorrência não está aprovada.", "cobr.idRec")
        if not timedelta(2) <= day - self.service.today <= timedelta(10):
            raise No(400, "CobROperacaoInvalida", "Fora do prazo.", "cobr.calendario.dataDeVencimento")
        same_cycle = [
            one
            for one in self.debits.values()
            if one["idRec"] == body["idRec"]
            and one["status"] not in OVER
            and self._day(one).month == day.month
        ]
        if same_cycle:
            raise No(400, "CobROperacaoInvalida", "Existe uma CobR no mesmo ciclo.", "cobr.calendario")
        self.debits[txid] = {
            **body,
            "calendario": {**body["calendario"], "criacao": self.service.today.isoformat()},
            "recebedor": {**OURS, **body["recebedor"]},
            "txid": txid,
            "politicaRetentativa": mandate["politicaRetentativa"],
            "tentativas": [],
            "atualizacao": [],
        }
        return self._move(self.debits[txid], "CRIADA")

    def _try_again(self, debit: Json, day: date) -> Json:
        due, tried = self._day(debit), len(debit["tentativas"]) - 1
        if any(one["status"] in OPEN_TRIES for one in debit["tentativas"]):
            raise No(400, "CobROperacaoInvalida", "Existe uma tentativa ativa.", "cobr.tentativas")
        if (
            debit["politicaRetentativa"] == "NAO_PERMITE"
            or tried >= 3
            or not timedelta(0) < day - due <= timedelta(7)
        ):
            raise No(400, "CobROperacaoInvalida", "A política não permite retentativa.", "cobr.tentativas")
        self._try(debit, day, "NTAG")
        return debit

    def _try(self, debit: Json, day: date, kind: str) -> None:
        debit["tentativas"].append(
            {
                "dataLiquidacao": day.isoformat(),
                "tipo": kind,
                "endToEndId": f"E{uuid4().hex[:31]}",
                "status": "AGENDADA",
                "atualizacao": [{"status": "AGENDADA", "data": self.service.now.isoformat()}],
            }
        )

    def _move(self, one: Json, status: str) -> Json:
        one["status"] = status
        one["atualizacao"].append({"status": status, "data": self.service.now.isoformat()})
        return one

    def _day(self, debit: Json) -> date:
        return date.fromisoformat(debit["calendario"]["dataDeVencimento"])

    def _known(self, reference: str) -> Json:
        if reference not in self.mandates:
            raise No(404, "RecNaoEncontrada")
        return self.mandates[reference]

    def _debit_known(self, txid: str) -> Json:
        if txid not in self.debits:
            raise No(404, "CobRNaoEncontrado")
        return self.debits[txid]
