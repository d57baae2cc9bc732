"""What a bank's return file says of each title, by the positions of `layouts`, checked as a whole: it is of this bank and
account, no line of it is missing, and its totals agree. Nothing here knows what an occurrence means.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from abono.domain.payments.ports.push import BadFile
from abono.gateways.bank_boleto.account import Account
from abono.gateways.bank_boleto.layouts import LAYOUTS, Layout, Total, at
from abono.gateways.bank_boleto.lines import Line, first, lines
from abono.kernel.errors import Sentence, _

_BANK = {240: at(1, 3), 400: at(77, 79)}
_KIND_240, _BATCH, _PLACE, _SEGMENT, _DIRECTION = at(8, 8), at(4, 7), at(9, 13), at(14, 14), at(143, 143)
_NAMES = {"agency": _("branch"), "account": _("account"), "agreement": _("agreement")}
_RETURN_400, _PLACE_400 = "02RETORNO", at(395, 400)


@dataclass(frozen=True, slots=True)
class Header:
    """number is None where the bank counts its files by none."""

    length: int
    made_on: date | None
    number: int | None


@dataclass(frozen=True, slots=True)
class Record:
    """One title's news in the words of the file; sums in centavos. `number` is the bank's number of it with its check digit."""

    line: int
    occurrence: str
    number: str
    name: str
    face: int
    amount: int
    late: int
    fee: int
    rebates: int
    happened_on: date | None
    credited_on: date | None
    reasons: tuple[str, ...]
    qr: str | None = None


def layout_of(content: bytes, account: Account) -> Layout:
    """How this file is to be read. Raises BadFile for what is no return file of the account's bank."""
    header = first(content)
    if not content:
        raise BadFile("cut", None, Sentence(_("an empty file"), {}))
    length = 400 if header[:2] in ("01", "02") and header[2:9].isalpha() else 240
    bank = header[_BANK[length]]
    if not bank.isdigit() or (length == 240 and header[3:8] != "00000"):
        raise BadFile("layout", 1, Sentence(_("no header of a bank's file"), {}))
    if bank != account.bank:
        raise BadFile("bank", 1, Sentence(_("{bank}, not {ours}"), {"bank": bank, "ours": account.bank}))
    if (bank, length) not in LAYOUTS:
        raise BadFile(
            "layout",
            1,
            Sentence(
                _("files of {length} positions of bank {bank} are not read"), {"length": length, "bank": bank}
            ),
        )
    return LAYOUTS[bank, length]


def records(content: bytes, layout: Layout, account: Account) -> Iterator[Header | Record]:
    """The header, then each title, one at a time. Raises BadFile, at the end too: believe nothing before."""
    read = _read_400 if layout.length == 400 else _read_240
    yield from read(lines(content, layout.length), layout, account)


def _read_400(rows: Iterator[Line], layout: Layout, account: Account) -> Iterator[Header | Record]:
    """A header, a line for each title with what belongs to it behind it, a trailer. Lines are numbered."""
    title, sums, ended = None, Sums(layout), False
    for row in rows:
        _in_order(row, _PLACE_400, row.number)
        kind = row.text[0]
        if ended:
            raise BadFile("layout", row.number, Sentence(_("a line behind the trailer"), {}))
        if row.number == 1:
            if not row.text.startswith(_RETURN_400):
                raise row.bad(at(1, 9), repr(_RETURN_400))
            yield _header(row, layout, account)
        elif kind == "9":
            ended = True
            sums.check(row)
        elif kind == layout.kind:
            if title:
                yield title
            title = sums.add(_title(row, layout, account))
        elif not kind.isdigit() or kind == "0":
            raise row.bad(at(1, 1), Sentence(_("a kind of line"), {}))
        elif title and layout.qr and kind == layout.qr[0]:
            title = replace(title, qr=row.word(layout.qr[1]) or None)
    if not ended:
        raise BadFile("cut", None, Sentence(_("no trailer"), {}))
    if title:
        yield title


def _read_240(rows: Iterator[Line], layout: Layout, account: Account) -> Iterator[Header | Record]:
    """A header, batches of numbered lines between two of their own, a trailer; each trailer counts what is before it."""
    batches, number, batch, kind = 0, 0, None, ""
    for row in rows:
        before, kind, number = kind, row.text[_KIND_240], row.number
        if row.text[_BANK[240]] != account.bank:
            raise BadFile(
                "bank",
                number,
                Sentence(_("{bank}, not {ours}"), {"bank": repr(row.text[_BANK[240]]), "ours": account.bank}),
            )
        if kind not in _BEHIND.get(before, ""):
            raise row.bad(_KIND_240, _one_of(_BEHIND.get(before, "")))
        if kind == "0":
            if row.text[_DIRECTION] != "2":
                raise row.bad(_DIRECTION, Sentence(_("2, a return"), {}))
            yield _header(row, layout, account)
        elif kind == "1":
            batches, batch = batches + 1, Batch(row, layout)
        elif kind == "9":
            _agree(row, at(18, 23), {batches})
            _agree(row, at(24, 29), {number})
        elif batch and kind == "5":
            batch.end(row)
        elif batch and (told := batch.add(row)):
            yield batch.sums.add(_title(told, layout, account))
    if kind != "9":
        raise BadFile("cut", None, Sentence(_("no trailer"), {}))


_BEHIND = {"": "0", "0": "19", "1": "35", "3": "35", "5": "19"}
"""Of 240 positions: which kinds of line may stand behind which."""


def _one_of(kinds: str) -> Sentence:
    return (
        Sentence(_("one of {kinds}"), {"kinds": kinds})
        if kinds
        else Sentence(_("nothing behind the trailer"), {})
    )


def _u_of(told: Line) -> Sentence:
    return Sentence(_("the U of line {number}"), {"number": told.number})


class Batch:
    """A batch of a file of 240 positions while it is read."""

    def __init__(self, header: Line, layout: Layout) -> None:
        self._name, self._bare = header.text[_BATCH], layout.bare
        self._told: Line | None = None  # T, that waits for its U
        self._lines = 0
        self.sums = Sums(layout)

    def add(self, row: Line) -> Line | None:
        """One more line. T and U of a title in one, when U came; other segments are the bank's own."""
        self._lines += 1
        self._same(row)
        _in_order(row, _PLACE, self._lines % 100_000)
        segment, told = row.text[_SEGMENT], self._told
        if told and (segment != "U" or row.text[at(16, 17)] != told.text[at(16, 17)]):
            raise row.bad(at(14, 17), _u_of(told))
        if segment == "U" and not told:
            raise row.bad(_SEGMENT, Sentence(_("a U without its T"), {}))
        self._told = row if segment == "T" else None
        return Line(told.number, told.text + row.text, row.width) if told else None

    def end(self, trailer: Line) -> None:
        self._same(trailer)
        if self._told:
            raise trailer.bad(_KIND_240, _u_of(self._told))
        _agree(trailer, at(18, 23), {self._lines + 2, *([self._lines] if self._bare else [])})
        self.sums.check(trailer)

    def _same(self, row: Line) -> None:
        if row.text[_BATCH] != self._name:
            raise row.bad(_BATCH, Sentence(_("batch {name}"), {"name": self._name}))


class Sums:
    """What the titles come to so far, beside what a trailer says."""

    def __init__(self, layout: Layout) -> None:
        self._totals = layout.totals
        self._faces, self._counts = 0, Counter[str]()

    def add(self, title: Record) -> Record:
        self._faces += title.face
        self._counts[title.occurrence] += 1
        return title

    def check(self, trailer: Line) -> None:
        for total in self._totals:
            said, right = sum(trailer.count(where) for where in total.where), self._of(total)
            if said != right:
                what = ", ".join(sorted(total.occurrences)) or Sentence(_("the sum of titles"), {})
                facts = {"said": said, "what": what, "right": right}
                raise BadFile("totals", trailer.number, Sentence(_("{said} for {what}, not {right}"), facts))

    def _of(self, total: Total) -> int:
        if not total.occurrences:
            return self._faces
        return sum(self._counts[occurrence] for occurrence in total.occurrences)


def _header(row: Line, layout: Layout, account: Account) -> Header:
    _owned(row, layout.owner, layout, account)
    number = row.count(layout.number) if layout.number else None
    return Header(layout.length, row.day(layout.made_on), number)


def _title(row: Line, layout: Layout, account: Account) -> Record:
    _owned(row, layout.titled, layout, account)
    where = layout.titles
    said, each = row.text[where.reasons], where.reason
    reasons = (said[start : start + each] for start in range(0, len(said), each))
    return Record(
        line=row.number,
        occurrence=row.text[where.occurrence],
        number=row.word(where.number),
        name=next((name for name in map(row.word, where.names) if name.strip("0")), ""),
        face=row.count(where.face),
        amount=row.count(where.amount),
        late=row.count(where.late),
        fee=row.count(where.fee),
        rebates=sum(row.count(rebate) for rebate in where.rebates),
        happened_on=row.day(where.happened_on),
        credited_on=row.day(where.credited_on),
        reasons=tuple(reason for reason in reasons if reason.strip(" 0")),
    )


def _owned(row: Line, named: tuple[tuple[str, slice], ...], layout: Layout, account: Account) -> None:
    """Raises BadFile where the line names another account."""
    for name, where in named:
        ours = int(getattr(account, name) or 0) // (10**layout.cut if name == "account" else 1)
        if row.count(where) != ours:
            facts = {"what": Sentence(_NAMES[name], {}), "said": row.text[where], "right": ours}
            raise BadFile("account", row.number, Sentence(_("{what} {said}, not {right}"), facts))


def _in_order(row: Line, where: slice, right: int) -> None:
    if row.count(where) != right:
        facts = {"said": row.text[where], "right": right}
        found = Sentence(_("line {said} of its file or batch, not {right}"), facts)
        raise BadFile("cut", row.number, found)


def _agree(trailer: Line, where: slice, right: set[int]) -> None:
    if trailer.count(where) not in right:
        facts = {"said": trailer.text[where], "right": max(right)}
        raise BadFile("totals", trailer.number, Sentence(_("{said} lines or batches, not {right}"), facts))
