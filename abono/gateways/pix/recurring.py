"""Mandates and their charges in the words of the Central Bank, and back. Pure."""

from __future__ import annotations

from datetime import date

from abono.domain.payments.ports.mandates import (
    DebitReply,
    DebitStanding,
    Every,
    MandateReply,
    MandateRequest,
    MandateStanding,
)
from abono.gateways.pix.adapter import tax_id
from abono.gateways.pix.brcode import BadCode, read, reais
from abono.gateways.pix.client import Json
from abono.gateways.pix.reading import Unreadable, all_received, inner, items, sum_of_money
from abono.gateways.pix.webhook import txid_of

_EVERY = {
    Every.WEEK: "SEMANAL",
    Every.MONTH: "MENSAL",
    Every.QUARTER: "TRIMESTRAL",
    Every.HALF_YEAR: "SEMESTRAL",
    Every.YEAR: "ANUAL",
}
_MANDATE = {
    "CRIADA": MandateStanding.ASKED,
    "APROVADA": MandateStanding.AGREED,
    "REJEITADA": MandateStanding.REFUSED,
    "EXPIRADA": MandateStanding.ENDED,
    "CANCELADA": MandateStanding.ENDED,
}
_DEBIT = {
    "CRIADA": DebitStanding.ANNOUNCED,
    "ATIVA": DebitStanding.SCHEDULED,
    "CONCLUIDA": DebitStanding.PAID,
    "REJEITADA": DebitStanding.REFUSED,
    "EXPIRADA": DebitStanding.ENDED,
    "CANCELADA": DebitStanding.ENDED,
}
LONGEST_NAME = 140


def wanted(request: MandateRequest, place: int) -> Json:
    """A mandate as the service is asked for it."""
    calendar = {"dataInicial": request.begins.isoformat(), "periodicidade": _EVERY[request.every]}
    value: Json = {}
    if request.amount:
        value = {"valorRec": reais(request.amount)}
    elif request.least:
        value = {"valorMinimoRecebedor": reais(request.least)}
    asked: Json = {
        "vinculo": {
            "contrato": request.name,
            "objeto": request.subject,
            "devedor": {**tax_id(request.payer), "nome": request.payer.name[:LONGEST_NAME]},
        },
        "calendario": calendar | ({"dataFinal": request.ends.isoformat()} if request.ends else {}),
        "politicaRetentativa": "PERMITE_3R_7D" if request.retried else "NAO_PERMITE",
        "loc": place,
    }
    if value:
        asked["valor"] = value
    if request.first:
        asked["ativacao"] = {"dadosJornada": {"txid": txid_of(request.first)}}
    return asked


def mandate(said: Json, reference: str) -> MandateReply:
    """How a mandate stands, by an answer that is about it."""
    standing = _MANDATE.get(str(said.get("status")))
    if standing is None or said.get("idRec") != reference:
        return MandateReply(MandateStanding.UNKNOWN, reference)
    end = inner(said.get("encerramento"))
    why = inner(end.get("rejeicao") or end.get("cancelamento"))
    code, by = why.get("codigo"), why.get("solicitante")
    return MandateReply(
        standing,
        reference,
        agree_with=_code(said) if standing is MandateStanding.ASKED else None,
        code=str(code) if code else None,
        ended_by_payer=by in ("USUARIO_PAGADOR", "PSP_PAGADOR") or "rejeicao" in end,
    )


def names(said: Json) -> dict[str, str] | None:
    """Names of the mandates of a list and the service's numbers of them; None for a list that is not whole."""
    pages = inner(inner(said.get("parametros")).get("paginacao")).get("quantidadeDePaginas")
    if pages != 1 or not isinstance(said.get("recs"), list):
        return None
    found = [
        (inner(one.get("vinculo")).get("contrato"), one.get("idRec")) for one in map(inner, said["recs"])
    ]
    return {
        name: reference for name, reference in found if isinstance(name, str) and isinstance(reference, str)
    }


def debit(said: Json, txid: str) -> DebitReply:
    """How a charge under a mandate stands, by an answer that is about it."""
    standing = _DEBIT.get(str(said.get("status")))
    try:
        received = all_received(said)
        amount = sum_of_money(inner(said.get("valor")).get("original"))
        tries = tuple(
            date.fromisoformat(str(inner(one).get("dataLiquidacao"))) for one in items(said.get("tentativas"))
        )
    except (Unreadable, ValueError):
        return DebitReply(DebitStanding.UNKNOWN)
    if standing is None or said.get("txid") != txid or (standing is DebitStanding.PAID and not received):
        return DebitReply(DebitStanding.UNKNOWN)
    ends = [inner(said.get("encerramento")), *map(inner, reversed(items(said.get("tentativas"))))]
    codes = [inner(end.get("rejeicao") or end.get("cancelamento")).get("codigo") for end in ends]
    final = standing in (DebitStanding.REFUSED, DebitStanding.ENDED)
    code = next((str(code) for code in codes if code), None) if final else None
    return DebitReply(DebitStanding.PAID if received else standing, amount, tries, code, received)


def _code(said: Json) -> str | None:
    given = inner(said.get("dadosQR")).get("pixCopiaECola")
    try:
        return given if isinstance(given, str) and read(given).recurrence else None
    except BadCode:
        return None
