"""An order of Padaria da Lua."""

from __future__ import annotations

from typing import Any

from abono.flows.signup import terms
from tests.entrypoints.api.conftest import Program

ORDER: dict[str, Any] = {
    "plan": "specialist",
    "package": "brl-100",
    "currency": "BRL",
    "customer": {
        "legal_name": "Padaria da Lua Ltda",
        "country": "BR",
        "tax_id": "11.222.333/0001-81",
        "language": "pt-BR",
        "address": {
            "street": "Rua das Flores",
            "number": "12",
            "district": "Centro",
            "city": "São Paulo",
            "region": "SP",
            "postal_code": "01310-100",
        },
    },
    "administrator": {"name": "Lia Prado", "email": "lia@lua.example"},
}


def begin(shop: Program, **other: Any) -> dict[str, Any]:
    answer = shop.post("/orders", ORDER | other, once="order" + "".join(ascii(other).split()))
    assert answer.status_code == 201, answer.content
    said: dict[str, Any] = answer.json()
    return said


def payment(order: dict[str, Any], card: str = "ok", **other: Any) -> dict[str, Any]:
    return {"offer": order["quote"]["offer"], "card": card, "terms_version": terms.VERSION, **other}
