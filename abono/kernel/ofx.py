"""Bank statements in OFX as banks write them: 1.x (SGML) and 2.x (XML) alike, read tag by tag (ADR 61).

A statement is believed whole or not at all: what cannot be read is a BadStatement with its line, never a line that is left out or a
sum that became zero. Forgiven is what changes no sum: end tags that are missing around values and entries, a declaration of
letters that is wrong (UTF-8 where that is what the bytes are, else Windows-1252), a decimal comma, `&` as it stands.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from dataclasses import dataclass
from datetime import date

from abono.kernel.money import CURRENCIES, EXPONENT, Money
from abono.kernel.written import visible

MOST = 10_000  # entries of one file
LONGEST_TEXT, LONGEST_NAME = 400, 120
_LONGEST = 4_000  # letters of a value that are looked at
_OLDEST = date(2000, 1, 1)
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9._]*+)[^<>]*+>([^<]*+)")
_ACCOUNT = ("BANKID", "BRANCHID", "ACCTID")
_ONCE = frozenset(
    {"TRNTYPE", "DTPOSTED", "TRNAMT", "FITID"}
)  # of an entry: twice, one is cut and goes on as another
_ENTRY = _ONCE | {"CHECKNUM", "REFNUM", "NAME", "MEMO"}
_OTHERS = frozenset({"CCSTMTRS", "INVSTMTRS"})  # of a card, of shares
_BODY = re.compile(r"<OFX\b[^<>]*+>", re.IGNORECASE)
_DAY = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_AMOUNT = re.compile(
    r"([+-]?)([0-9]{1,15}|[0-9]{1,3}(?:([.,])[0-9]{3})(?:\3[0-9]{3}){0,3})(?:([.,])([0-9]{1,9}))?"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One movement of an account.

    line    in the file, from 1
    account bank, branch and number, as far as the file says them
    day     as it is written, which is the bank's own
    amount  below zero where money left
    name    the bank's own of it (FITID); some banks give none, the same to several, or another one each time
    text    what the bank says of it
    nth     how many with the same account, name (or text), day and amount stand before it in the file
    """

    line: int
    account: str
    day: date
    amount: Money
    name: str
    text: str
    nth: int = 0

    @property
    def known_by(self) -> tuple[str, str, str, str, str]:
        """What it has in common with itself in another statement."""
        said = f"{self.amount.minor} {self.amount.currency}"
        return plain_account(self.account), self.name or self.text, self.day.isoformat(), said, str(self.nth)


def plain_account(account: str) -> str:
    """The same however its parts are written."""
    return "/".join(re.sub("[^0-9A-Z]", "", part.upper()).lstrip("0") for part in account.split("/"))


def without_branch(account: str) -> str:
    """As a statement names it that says bank and number alone."""
    parts = account.split("/")
    return "/".join(parts[::2]) if len(parts) == len(_ACCOUNT) else account


class BadStatement(Exception):
    """Nothing of it can be believed.

    code   empty, layout (no OFX), cut, card (of no bank account), currency, amount, day, long
    """

    def __init__(self, code: str, line: int, found: str) -> None:
        super().__init__(f"{code} in line {line}: {found}")
        self.code, self.line, self.found = code, line, visible(found)[:60]


def read(content: bytes) -> list[Entry]:
    """All entries of all bank accounts in a file, in its order. Raises BadStatement."""
    if not content.strip():
        raise BadStatement("empty", 1, "")
    text = _text(content)
    body = _BODY.search(text)
    if body is None:
        raise BadStatement("layout", 1, text[:60])
    reader = _Reader()
    line, before = text.count("\n", 0, body.start()) + 1, body.start()
    for tag in _TAG.finditer(text, before):
        line += text.count("\n", before, tag.start())
        before = tag.start()
        reader.take(
            line, tag[2].upper(), closes=bool(tag[1]), value=visible(html.unescape(tag[3][:_LONGEST]))
        )
    return reader.ended(line)


class _Reader:
    """What was read so far."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.currency = self.account = ""
        self.of: dict[str, str] | None = None  # the account that is being told
        self.entry: dict[str, str] | None = None  # the entry that is being told
        self.begun = 0  # its line
        self.statements, self.untold = 0, False  # whether the one that began is not at its end
        self.seen: Counter[tuple[str, ...]] = Counter()

    def take(self, line: int, tag: str, *, closes: bool, value: str) -> None:
        if tag in _OTHERS and not closes:
            raise BadStatement("card", line, tag)
        if tag in ("STMTRS", "BANKTRANLIST"):
            self._close_entry()
            self.untold = not closes
            if tag == "STMTRS" and not closes:
                self.statements, self.currency, self.account = self.statements + 1, "", ""
        elif tag == "CURDEF" and not closes:
            self.currency = value.upper()
        elif tag == "BANKACCTFROM":
            self._of_account(closes=closes)
        elif tag == "STMTTRN":
            self._close_entry()
            self.entry, self.begun = (None if closes else {}), line
        elif self.entry is not None and not closes:
            if tag == "CURRENCY":  # of this entry alone
                raise BadStatement("currency", line, tag)
            if tag == "CORRECTACTION":  # of one that was told before
                raise BadStatement("amount", line, tag)
            if tag in _ONCE and tag in self.entry:
                raise BadStatement("cut", line, tag)
            if tag in _ENTRY and value:
                self.entry.setdefault(tag, value)
        elif self.of is not None and not closes and tag in _ACCOUNT:
            self.of[tag] = value

    def ended(self, line: int) -> list[Entry]:
        if not self.statements:
            raise BadStatement("layout", line, "STMTRS")
        if self.untold or self.entry is not None:
            raise BadStatement("cut", line, "BANKTRANLIST")
        return self.entries

    def _of_account(self, *, closes: bool) -> None:
        if not closes:
            self.of = {}
        elif self.of is not None:
            self.account = "/".join(filter(None, (self.of.get(part, "") for part in _ACCOUNT)))
            self.of = None

    def _close_entry(self) -> None:
        """Where one was open: it is told now."""
        told, self.entry = self.entry, None
        if told is None:
            return
        if self.of is not None:  # the end tag of the account is missing
            self._of_account(closes=True)
        if len(self.entries) == MOST:
            raise BadStatement("long", self.begun, str(MOST))
        if self.currency not in CURRENCIES:
            raise BadStatement("currency", self.begun, self.currency)
        day, minor = _day(told.get("DTPOSTED", "")), _minor(told.get("TRNAMT", ""), self.currency)
        if day is None:
            raise BadStatement("day", self.begun, told.get("DTPOSTED", ""))
        kind = told.get("TRNTYPE", "").upper()
        if minor is None or (kind == "DEBIT" and minor > 0):  # of a bank that writes no signs
            raise BadStatement("amount", self.begun, f"{kind} {told.get('TRNAMT', '')}")
        name = told.get("FITID", "")
        said = [told[part] for part in ("NAME", "MEMO", "CHECKNUM", "REFNUM") if told.get(part, name) != name]
        found = Entry(
            self.begun,
            self.account[:LONGEST_NAME],
            day,
            Money(minor, self.currency),
            name[:LONGEST_NAME],
            " · ".join(dict.fromkeys(said))[:LONGEST_TEXT],
        )
        nth = self.seen[found.known_by]
        self.seen[found.known_by] += 1
        self.entries.append(found if not nth else _again(found, nth))


def _again(one: Entry, nth: int) -> Entry:
    return Entry(one.line, one.account, one.day, one.amount, one.name, one.text, nth)


def _text(content: bytes) -> str:
    """As its bytes say, whatever it declares; with line ends of one kind."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = content.decode("utf-16", errors="replace")
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252", errors="replace")
    head, *others = text.replace("\r\n", "\n").replace("\r", "\n").split("<![CDATA[")
    plain = [html.escape(inside) + rest for inside, _end, rest in (one.partition("]]>") for one in others)]
    return "".join((head, *plain))


def _day(said: str) -> date | None:
    found = _DAY.match(said)
    try:
        day = date(*map(int, found.groups())) if found else None
    except ValueError:
        return None
    return day if day is not None and day >= _OLDEST else None


def _minor(said: str, currency: str) -> int | None:
    """None for what has two readings, such as 1.234, or parts that the currency does not know."""
    found = _AMOUNT.fullmatch(said.replace(" ", ""))
    if found is None:
        return None
    sign, whole, by, point, part = found.groups(default="")
    places = EXPONENT[currency]
    if (by and by == point) or len(part) == 3 or part[places:].strip("0"):
        return None
    minor = int(re.sub("[.,]", "", whole) + part[:places].ljust(places, "0"))
    return -minor if sign == "-" else minor
