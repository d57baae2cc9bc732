"""Pix keys: the names under which an account receives. Only their form is looked at; nothing asks the directory (DICT)."""

from __future__ import annotations

import re
from enum import Enum

from stdnum.br import cnpj, cpf

LONGEST_KEY = 77


class KeyKind(Enum):
    CPF = "cpf"
    CNPJ = "cnpj"  # also of letters and digits
    PHONE = "phone"
    EMAIL = "email"
    RANDOM = "random"


_PHONE = re.compile(r"\+55[1-9]{2}[1-9]\d{7,8}", re.ASCII)
_EMAIL = re.compile(r"[a-z0-9.!#$&'*+/=?^_`{|}~-]+@[a-z0-9-]+(\.[a-z0-9-]+)+")
_RANDOM = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}")


def key_kind(key: str) -> KeyKind | None:
    """Which kind of key this is, written as the directory writes it: no mask, letters of a CNPJ in upper case, others in
    lower case, a Brazilian phone with +55. None for what cannot be one."""
    if not key.isascii() or len(key) > LONGEST_KEY:
        return None
    if _PHONE.fullmatch(key):
        return KeyKind.PHONE
    if _RANDOM.fullmatch(key):
        return KeyKind.RANDOM
    if _EMAIL.fullmatch(key):
        return KeyKind.EMAIL
    if len(set(key)) == 1 or not key.isalnum() or key != key.upper():
        return None
    if len(key) == 11 and cpf.is_valid(key):
        return KeyKind.CPF
    return KeyKind.CNPJ if len(key) == 14 and cnpj.is_valid(key) else None
