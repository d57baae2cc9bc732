"""The seller's account at a bank whose slips go and come by files; the simulated bank answers them."""

from __future__ import annotations

import json
from datetime import date

from abono.gateways.simulator.slip_bank import answers

NAME = "bank_boleto"  # as which `abono.config.settings` knows it
ACCOUNT = json.dumps(
    {
        "bank": "341",
        "agency": "0810",
        "account": "53678",
        "account_digit": "9",
        "wallet": "109",
        "name": "Olga Planos Ltda.",
        "tax_id": "11222333000181",
        "street": "Rua das Acácias, 40",
        "city": "São Paulo",
        "state": "SP",
        "postcode": "01310100",
    }
)
"""ABONO_BANK_BOLETO."""


def registered_and_paid(remittance: bytes, day: date) -> tuple[bytes, bytes]:
    """Two return files of the bank: the slips are registered, and each is paid on the day on which it is due."""
    registered, paid = answers(remittance, day, 1)
    return registered, paid
