"""Keys and XMLs as tax offices make them, for tests of fiscal documents."""

from __future__ import annotations

from datetime import date

from abono.domain.fiscal.states import Said
from abono.domain.fiscal.types import Answer
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import FISCAL_DOCUMENTS
from abono.kernel.fiscal_key import check_digit
from tests.world import DAY, JUNE_1

SELLER = "33444555000181"  # as an installation ships
PADARIA = "11222333000181"
PDF = b"%PDF-1.7 a picture of it"
JUNE_5 = date(2026, 6, 5)


def kept(when: str = "issued") -> None:
    """Invoices get fiscal documents, from long before the first one."""
    set_value(
        setting=FISCAL_DOCUMENTS,
        value=when,
        actor="olga",
        why="our accountant asks for it",
        now=JUNE_1 - 30 * DAY,
    )


def key(number: int = 1, issuer: str = SELLER) -> str:
    """Of an NFS-e of São Paulo."""
    body = f"355030822{issuer}{number:013d}2606000000001"
    return f"{body}{check_digit(body)}"


def xml(number: int = 1, *, buyer: str = PADARIA, title: str = "", before: str = "") -> bytes:
    """An NFS-e of the national standard, as far as anybody reads it."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}<NFSe xmlns="http://www.sped.fazenda.gov.br/nfse" versao="1.01">'
        f'<infNFSe Id="NFS{key(number)}"><nNFSe>{number}</nNFSe><dhProc>2026-06-05T10:00:00-03:00</dhProc>'
        f"<emit><CNPJ>{SELLER}</CNPJ></emit><DPS><infDPS><serie>1</serie><toma><CNPJ>{buyer}</CNPJ></toma>"
        f"<serv><cServ><xDescServ>Fatura {title}</xDescServ></cServ></serv></infDPS></DPS></infNFSe></NFSe>"
    ).encode()


def issued(nth: int = 1, **more: object) -> Answer:
    given = {"number": str(nth), "key": key(nth), "issued_on": JUNE_5, **more}
    return Answer(Said.ISSUED, **given)  # type: ignore[arg-type]
