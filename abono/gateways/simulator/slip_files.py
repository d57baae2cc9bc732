"""The files of the simulator's bank: what a remittance asks for, and return files, by positions of its own.

Positions count from 1, both ends included, as in the manuals of the banks. Nothing of our adapter is used here, so that a
position that one of the two has wrong shows as a difference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

Place = tuple[int, int]
Places = dict[str, Place]

_NUMBER_240 = {"033": (45, 57), "104": (41, 57), "756": (38, 47)}
_P = {
    "code": (16, 17),
    "number": (38, 57),
    "title": (63, 77),
    "due": (78, 85),
    "face": (86, 100),
    "by_month": (118, 118),
    "interest": (127, 141),
    "own": (196, 220),
}
_Q = {"tax_id": (19, 33), "payer": (34, 73)}
_R = {"by_percent": (66, 66), "fine": (75, 89)}
_T = {
    "code": (16, 17),
    "account": (18, 36),
    "number": (38, 57),
    "title": (59, 73),
    "due": (74, 81),
    "face": (82, 96),
    "own": (106, 130),
    "tax_id": (134, 148),
    "payer": (149, 188),
    "fee": (199, 213),
    "reason": (214, 223),
}
_OF_BANK: dict[str, Places] = {
    "033": {
        "account": (18, 32),
        "number": (41, 53),
        "title": (55, 69),
        "due": (70, 77),
        "face": (78, 92),
        "own": (101, 125),
        "tax_id": (129, 143),
        "payer": (144, 183),
        "fee": (194, 208),
        "reason": (209, 218),
    },
    "104": {"number": (40, 56)},
    "756": {"number": (38, 47)},
}
_U = {
    "code": (16, 17),
    "late": (18, 32),
    "paid": (78, 92),
    "net": (93, 107),
    "day": (138, 145),
    "credited": (146, 153),
}
_IN_400 = {
    "own": (38, 62),
    "code": (109, 110),
    "title": (111, 120),
    "due": (121, 126),
    "face": (127, 139),
    "interest": (161, 173),
    "tax_id": (221, 234),
    "payer": (235, 264),
}
_OF_BANK_IN_400: dict[str, Places] = {
    "237": {"account": (21, 37), "number": (71, 82), "by_percent": (66, 66), "fine": (67, 70)},
    "341": {"account": (18, 29), "number": (63, 70)},
}
_FINE_OF_341 = {"by_percent": (2, 2), "fine": (11, 23)}
_OUT_400 = {
    "own": (38, 62),
    "code": (109, 110),
    "day": (111, 116),
    "title": (117, 126),
    "due": (147, 152),
    "face": (153, 165),
    "fee": (176, 188),
    "paid": (254, 266),
    "late": (267, 279),
    "credited": (296, 301),
}
_OF_BANK_OUT_400: dict[str, Places] = {
    "237": {"account": (21, 37), "number": (71, 82), "reason": (319, 328)},
    "341": {"account": (18, 29), "number": (63, 70), "reason": (378, 385)},
}


class NoFile(ValueError):
    """Not a remittance of a bank that the simulator plays."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One order: 01 to register, 02 to write off. Sums in centavos, rates in per cent."""

    code: str
    account: str
    number: str
    title: str
    own: str
    due: date
    face: int
    tax_id: str
    payer: str
    fine: Decimal = Decimal(0)
    by_month: Decimal = Decimal(0)
    by_day: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """What the bank says of one title."""

    asked: Asked
    code: str
    day: date
    paid: int = 0
    late: int = 0
    fee: int = 0
    credited: date | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A remittance: what is repeated of its headers, and its orders."""

    bank: str
    headers: tuple[str, ...]
    orders: tuple[Asked, ...]


def read(content: bytes) -> Sheet:
    rows = content.decode("ascii").splitlines()
    if rows and {len(row) for row in rows} == {400} and rows[0].startswith("01REMESSA"):
        bank = rows[0][76:79]
        if bank in _OF_BANK_IN_400:
            return Sheet(bank, (rows[0],), tuple(_orders_400(rows[1:-1], bank)))
    elif rows and {len(row) for row in rows} == {240} and rows[0][142] == "1":
        bank = rows[0][:3]
        return Sheet(bank, (rows[0], rows[1]), tuple(_orders_240(rows[2:-2], bank)))
    raise NoFile("no remittance of a bank that the simulator plays")


def write(sheet: Sheet, news: Iterable[Told], day: date, number: int) -> bytes:
    """The bank's `number`-th return file to the sender of a remittance."""
    rows = (_write_240 if len(sheet.headers) == 2 else _write_400)(sheet, tuple(news), day, number)
    return "".join(f"{row}\r\n" for row in rows).encode("latin-1")


def _orders_240(rows: list[str], bank: str) -> Iterator[Asked]:
    places = _P | {
        "number": _NUMBER_240.get(bank, _P["number"]),
        "account": _OF_BANK.get(bank, _T).get("account", (18, 36)),
    }
    order: Asked | None = None
    for row in rows:
        if row[13] == "P":
            if order:
                yield order
            said = _said(row, places)
            rate = Decimal(said["interest"]).scaleb(-5 if bank == "033" else -2)
            order = _asked(said, "%d%m%Y", by_month=rate if said["by_month"] == "2" else Decimal(0))
        elif order and row[13] == "Q":
            said = _said(row, _Q)
            order = replace(order, tax_id=said["tax_id"], payer=said["payer"])
        elif order and row[13] == "R":
            order = replace(order, fine=_fine(_said(row, _R)))
    if order:
        yield order


def _orders_400(rows: list[str], bank: str) -> Iterator[Asked]:
    order: Asked | None = None
    for row in rows:
        if row[0] == "1":
            if order:
                yield order
            said = _said(row, _IN_400 | _OF_BANK_IN_400[bank])
            order = _asked(said, "%d%m%y", by_day=int(said["interest"]), fine=_fine(said))
        elif order and row[0] == "2":
            order = replace(order, fine=_fine(_said(row, _FINE_OF_341)))
    if order:
        yield order


def _asked(said: dict[str, str], day: str, **more: object) -> Asked:
    same = {
        name: said.get(name, "") for name in ("code", "account", "number", "title", "own", "tax_id", "payer")
    }
    due = datetime.strptime(said["due"], day).date()  # noqa: DTZ007  # a day alone has no zone
    return Asked(**same, due=due, face=int(said["face"]), **more)  # type: ignore[arg-type]


def _fine(said: Mapping[str, str]) -> Decimal:
    return Decimal(said["fine"]).scaleb(-2) if said.get("by_percent") == "2" else Decimal(0)


def _said(row: str, places: Places) -> dict[str, str]:
    return {name: row[first - 1 : last].strip() for name, (first, last) in places.items()}


def _write_240(sheet: Sheet, news: tuple[Told, ...], day: date, number: int) -> Iterator[str]:
    file, batch = sheet.headers
    if sheet.bank == "033":  # names the account where a remittance has the code of who sends it
        account = next((told.asked.account for told in news), "")
        file = _put(file, {(33, 52): account})
    yield _put(file, {(143, 157): f"2{day:%d%m%Y}083000", (158, 163): f"{number:06d}"})
    yield _put(batch, {(9, 9): "T"})
    for count, told in enumerate(news):
        said = _words(told, "%d%m%Y") | {"net": told.paid - told.fee}
        for place, (segment, places) in enumerate(
            (("T", _T | _OF_BANK.get(sheet.bank, {})), ("U", _U)), start=1
        ):
            start = f"{sheet.bank}00013{2 * count + place:05d}{segment}"
            blank = _put(" " * 240, {(1, 14): start} | ({(18, 137): 0} if segment == "U" else {}))
            yield _put(blank, {places[name]: said[name] for name in places})
    faces = sum(told.asked.face for told in news)
    totals = f"{2 * len(news) + 2:06d}{len(news):06d}{faces:017d}{'':0<69}"
    yield _put(" " * 240, {(1, 8): f"{sheet.bank}00015", (18, 115): totals})
    yield _put(" " * 240, {(1, 8): f"{sheet.bank}99999", (18, 29): f"000001{2 * len(news) + 4:06d}"})


def _write_400(sheet: Sheet, news: tuple[Told, ...], day: date, number: int) -> Iterator[str]:
    header = _put(sheet.headers[0], {(1, 9): "02RETORNO", (95, 100): f"{day:%d%m%y}"})
    yield _put(header, {(101, 113): f"01600BPI{number:05d}"})
    places = _OUT_400 | _OF_BANK_OUT_400[sheet.bank]
    for count, told in enumerate(news, start=2):
        said = _words(told, "%d%m%y")
        if sheet.bank == "341":
            said["paid"] = max(told.paid - told.fee, 0)  # what it books
        zeros = {(189, 292): 0, (395, 400): count}
        yield _put("1" + " " * 399, zeros | {places[name]: said[name] for name in places})
    counts = Counter(told.code for told in news)
    totals = {(1, 7): f"9201{sheet.bank}", (395, 400): f"{len(news) + 2:06d}"}
    if sheet.bank == "341":
        totals[213, 234] = f"{len(news):08d}{sum(told.asked.face for told in news):014d}"
    else:
        totals |= {(58, 62): f"{counts['02']:05d}", (87, 91): f"{counts['06']:05d}"}
        totals |= {(104, 108): f"{counts['09'] + counts['10']:05d}"}
    yield _put(" " * 400, totals)


def _words(told: Told, day: str) -> dict[str, str | int]:
    asked = told.asked
    same = {
        name: getattr(asked, name)
        for name in ("account", "number", "title", "own", "tax_id", "payer", "face")
    }
    days = {"due": asked.due, "day": told.day, "credited": told.credited}
    return {
        **same,
        **{name: when.strftime(day) if when else "" for name, when in days.items()},
        **{name: getattr(told, name) for name in ("code", "paid", "late", "fee", "reason")},
    }


def _put(row: str, values: Mapping[Place, str | int]) -> str:
    """The row with values at their places: numbers behind zeros, words before blanks."""
    for (first, last), value in values.items():
        room = last - first + 1
        text = f"{value:0{room}d}" if isinstance(value, int) else f"{value:{room}}"
        if len(text) != room:
            raise ValueError(f"{value!r} has no room from {first} to {last}")
        row = row[: first - 1] + text + row[last:]
    return row
