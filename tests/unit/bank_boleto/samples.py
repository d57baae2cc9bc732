"""Return files that two projects published (returns/README.md), and the accounts that they are for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from abono.gateways.bank_boleto.account import Account

HERE = Path(__file__).parent / "returns"
EXPECTED: list[dict[str, Any]] = json.loads((HERE / "expected.json").read_text())
FILES = [expected["file"] for expected in EXPECTED]

_SHORT = {"756_sicoob_cnab240.ret": 17, "085_ailos_cnab240.ret": 18}
"""Whoever put another name into the header of these two left so many blanks out: the rest of the header stands too early."""
_AFTER_NAME = 91


def _account(bank: str, agency: str, number: str, agreement: str = "") -> Account:
    empty = dict.fromkeys(("wallet", "name", "tax_id", "street", "city", "state", "postcode"), "")
    return Account(bank=bank, agency=agency, account=number, agreement=agreement, **empty)


ACCOUNTS = {
    "001_bb_cnab400.ret": _account("001", "3344", "1111", "1112245"),
    "033_santander_cnab240.ret": _account("033", "3163", "013002862"),
    "033_santander_pix_cnab400.ret": _account("033", "1111", "099999990"),
    "041_banrisul_cnab400.ret": _account("041", "1102", "900015096"),
    "085_ailos_cnab240.ret": _account("085", "3039", "48981"),
    "104_caixa_cnab240.ret": _account("104", "1234", "1", "043210"),
    "237_bradesco_cnab400.ret": _account("237", "1467", "19669"),
    "341_itau_cnab400.ret": _account("341", "0111", "12345"),
    "748_sicredi_cnab240.crt": _account("748", "0390", "4146"),
    "756_sicoob_cnab240.ret": _account("756", "3039", "48981"),
}


def content(file: str) -> bytes:
    """As published, the two short headers mended."""
    published = (HERE / file).read_bytes()
    return published[:_AFTER_NAME] + b" " * _SHORT.get(file, 0) + published[_AFTER_NAME:]


def changed(told: bytes, line: int, first: int, text: str) -> bytes:
    """The same file with other text in that line, from that position on; both count from 1."""
    rows = told.split(b"\n")
    row = rows[line - 1]
    rows[line - 1] = row[: first - 1] + text.encode("latin-1") + row[first - 1 + len(text) :]
    return b"\n".join(rows)
