"""BR Codes: the text that a Pix QR code says, to be copied and pasted (Banco Central, Manual do BR Code). Pure.

A field is two digits of its number, two of its length, and its letters; some hold fields of their own. Field 63, the last,
is the CRC-16/CCITT-FALSE of all before it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from abono.gateways.pix.keys import key_kind
from abono.kernel.money import Money

ARRANGEMENT = "br.gov.bcb.pix"
LONGEST_NAME, LONGEST_CITY, LONGEST_TXID, LONGEST_FIELD = 25, 15, 25, 99
MOST = Money(1_000_000_000, "BRL")  # ten million reais
NO_TXID = "***"

_AMOUNT = re.compile(r"(\d{1,10})(?:\.(\d{0,2}))?", re.ASCII)
_PRINTED = re.compile(r"[ -~]+")
_WORD = re.compile(r"[A-Za-z0-9]+")
_PLACE = re.compile(r"[a-z0-9.-]+\.[a-z]{2,}/[!-~]+", re.IGNORECASE)

type Fields = dict[str, str]


@dataclass(frozen=True, slots=True)
class BrCode:
    """What a code says.

    name, city   of who receives, without accents: up to 25 and 15 letters
    key          of a static code: the Pix key that receives
    url          of a dynamic code: where the payer's bank reads the charge, without https://
    amount       None: what the payer types, or what stands at `url`
    txid         of a static code: 1 to 25 letters and digits that come back with the money
    recurrence   where a Pix Automático to be agreed to stands, without https://
    """

    name: str
    city: str
    key: str = ""
    url: str = ""
    amount: Money | None = None
    txid: str = NO_TXID
    description: str = ""
    recurrence: str = ""


class BadCode(ValueError):
    """What is no BR Code, or cannot be one.

    code   one word: "cut", "crc", "layout", "arrangement"; or the field of `BrCode`
    found  what stands there
    """

    def __init__(self, code: str, found: str = "") -> None:
        super().__init__(f"{code}: {found[:80]!r}")
        self.code, self.found = code, found


def compose(code: BrCode) -> str:
    """The text of a code. Raises BadCode."""
    check(code)
    dynamic = bool(code.url)
    account = [("00", ARRANGEMENT), ("01", code.key), ("02", code.description), ("25", code.url)]
    agreement = [("00", ARRANGEMENT), ("25", code.recurrence)] if code.recurrence else []
    text = _written(
        ("00", "01"),
        ("01", "12" if dynamic else ""),
        ("26", _written(*account)),
        ("52", "0000"),
        ("53", "986"),
        ("54", reais(code.amount) if code.amount else ""),
        ("58", "BR"),
        ("59", code.name),
        ("60", code.city),
        ("62", _written(("05", code.txid))),
        ("80", _written(*agreement)),
    )
    text += "6304"
    return text + f"{crc16(text):04X}"


def check(code: BrCode) -> None:
    """Raises BadCode for the first field that no code may have so."""
    if sum(map(bool, (code.key, code.url))) != 1 and not code.recurrence:
        raise BadCode("key", code.key)
    if code.key and key_kind(code.key) is None:
        raise BadCode("key", code.key)
    for field, longest in (("name", LONGEST_NAME), ("city", LONGEST_CITY)):
        text = getattr(code, field)
        if not _PRINTED.fullmatch(text) or len(text) > longest or text != text.strip():
            raise BadCode(field, text)
    if code.txid != NO_TXID and not (_WORD.fullmatch(code.txid) and len(code.txid) <= LONGEST_TXID):
        raise BadCode("txid", code.txid)
    if code.amount and not (code.amount.currency == "BRL" and 0 < code.amount.minor <= MOST.minor):
        raise BadCode("amount", str(code.amount.minor))
    for field in ("url", "recurrence"):
        text = getattr(code, field)
        if text and (not _PLACE.fullmatch(text) or len(text) > LONGEST_FIELD - len(ARRANGEMENT) - 8):
            raise BadCode(field, text)
    left = LONGEST_FIELD - len(ARRANGEMENT) - len(code.key) - 12
    if code.description and not (_PRINTED.fullmatch(code.description) and len(code.description) <= left):
        raise BadCode("description", code.description)


def read(text: str) -> BrCode:
    """What a code says, whoever made it. Raises BadCode for one that was changed on its way or is none; a code that is whole
    may still have what `check` would not let us write."""
    if len(text) < 8 or text[-8:-4] != "6304":
        raise BadCode("cut", text[-8:])
    if text[-4:] != f"{crc16(text[:-4]):04X}":
        raise BadCode("crc", text[-4:])
    outer = _fields(text)
    account, agreement = _fields(outer.get("26", "")), _fields(outer.get("80", ""))
    if account.get("00", "").lower() != ARRANGEMENT:
        raise BadCode("arrangement", account.get("00", ""))
    said = (outer.get("00"), outer.get("53"), outer.get("58"))
    if said != ("01", "986", "BR"):
        raise BadCode("layout", str(said))
    return BrCode(
        name=outer.get("59", ""),
        city=outer.get("60", ""),
        key=account.get("01", ""),
        url=account.get("25", ""),
        amount=_money(outer["54"]) if "54" in outer else None,
        txid=_fields(outer.get("62", "")).get("05", NO_TXID),
        description=account.get("02", ""),
        recurrence=agreement.get("25", ""),
    )


def crc16(text: str) -> int:
    """CRC-16/CCITT-FALSE: polynomial 0x1021, begun with 0xFFFF."""
    crc = 0xFFFF
    for byte in text.encode():
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ (0x1021 if crc & 0x8000 else 0)) & 0xFFFF
    return crc


def reais(amount: Money) -> str:
    """As the Central Bank writes a sum: 1240.00. Raises ValueError for other money than reais."""
    if amount.currency != "BRL":
        raise ValueError(f"Pix moves no {amount.currency}")
    return f"{amount.minor // 100}.{amount.minor % 100:02d}"


def _written(*fields: tuple[str, str]) -> str:
    """Fields one after another; those without letters are left out."""
    return "".join(f"{number}{len(text):02d}{text}" for number, text in fields if text)


def _fields(text: str) -> Fields:
    found: Fields = {}
    while text:
        number, length = text[:2], text[2:4]
        if not (length.isascii() and length.isdigit() and number.isascii() and number.isdigit()):
            _broken(text)
        end = 4 + int(length)
        if len(text) < end or number in found:
            _broken(text)
        found[number], text = text[4:end], text[end:]
    return found


def _broken(text: str) -> NoReturn:
    raise BadCode("layout", text)


def _money(text: str) -> Money:
    said = _AMOUNT.fullmatch(text)
    if said is None:
        raise BadCode("amount", text)
    return Money(int(said[1]) * 100 + int((said[2] or "").ljust(2, "0")), "BRL")
