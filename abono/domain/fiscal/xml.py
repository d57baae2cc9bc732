"""What the XML of a fiscal document says of itself: NFS-e of the national standard, NFCom and NF-e, CFDI (INV-11).

An XML is what others wrote. A document type is refused before anything of it is read, and with it all entities, whether they grow or
lead elsewhere; its size, depth and number of elements are bounded. Nothing is asked of the network, and no signature is checked: the
file is kept byte for byte for who does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from xml.parsers import expat

from abono.domain.fiscal.errors import XmlWrong

DEEPEST, MOST_ELEMENTS = 60, 20_000
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TITLE = re.compile(r"\b[A-Z][A-Z0-9-]{0,15}-[0-9]{6,}\b")


@dataclass(frozen=True, slots=True)
class Facts:
    """What was found; empty where nothing was. `titles`: what in its texts looks like the number of an invoice of ours."""

    number: str = ""
    series: str = ""
    key: str = ""
    issued_on: date | None = None
    verification: str = ""
    buyer: str = ""
    titles: tuple[str, ...] = ()


@dataclass(slots=True)
class _Seen:
    """Texts and attributes by the last three names of their path, the first of each."""

    path: list[str] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    titles: dict[str, None] = field(default_factory=dict)
    elements: int = 0
    said: str = ""

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        self.path.append(name.rpartition(":")[2])
        self.said = ""
        if len(self.path) > DEEPEST or self.elements > MOST_ELEMENTS:
            raise ValueError("too deep, or too much")
        for attribute, value in attributes.items():
            self.texts.setdefault(f"{self.path[-1]}@{attribute}", value.strip())

    def end(self, _name: str) -> None:
        if said := self.said.strip():
            self.texts.setdefault("/".join(self.path[-3:]), said)
            self.titles |= dict.fromkeys(_TITLE.findall(said))
        self.path.pop()
        self.said = ""

    def text(self, said: str) -> None:
        self.said += said

    def first(self, *ends: str) -> str:
        """Of the first of these ends of a path that something is at."""
        for end in ends:
            for path, text in self.texts.items():
                if path == end or path.endswith(f"/{end}"):
                    return text
        return ""


def _no(*_told: object) -> None:
    raise ValueError("a document type")


def read(content: bytes, *, most: int) -> Facts:
    """Raises XmlWrong."""
    seen = _Seen()
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = parser.UnparsedEntityDeclHandler = _no
    parser.ExternalEntityRefHandler = lambda *_told: 0
    parser.StartElementHandler, parser.EndElementHandler = seen.begin, seen.end
    parser.CharacterDataHandler = seen.text
    parser.buffer_text = True
    try:
        if not 0 < len(content) <= most:
            raise ValueError("its size")
        parser.Parse(content, True)
        return _facts(seen)
    except (expat.ExpatError, ValueError, LookupError):
        raise XmlWrong(most // 1024) from None


def _facts(seen: _Seen) -> Facts:
    marked = next((seen.texts[one] for one in _MARKS if one in seen.texts), "")
    told = seen.first("Comprobante@Fecha", "infNFSe/dhProc", "ide/dhEmi", "InfNfse/DataEmissao")
    day = _DAY.match(told)
    return Facts(
        number=seen.first("infNFSe/nNFSe", "ide/nNF", "Comprobante@Folio", "InfNfse/Numero")[:40],
        series=seen.first("ide/serie", "Comprobante@Serie")[:20],
        key=re.sub(r"^[A-Za-z]+", "", marked) or seen.first("TimbreFiscalDigital@UUID"),
        issued_on=date.fromisoformat(day[0]) if day else None,
        verification=seen.first("InfNfse/CodigoVerificacao")[:60],
        buyer=re.sub(r"[^0-9A-Z&Ñ]", "", seen.first(*_BUYERS).upper()),
        titles=tuple(seen.titles),
    )


_MARKS = ("infNFSe@Id", "infNFCom@Id", "infNFe@Id")
_BUYERS = (
    "toma/CNPJ",
    "toma/CPF",
    "dest/CNPJ",
    "dest/CPF",
    "Receptor@Rfc",
    "IdentificacaoTomador/CpfCnpj/Cnpj",
    "IdentificacaoTomador/CpfCnpj/Cpf",
)
