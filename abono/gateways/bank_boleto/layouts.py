"""Where the facts stand in the return files of each bank, as its manual counts positions: from 1, both ends included.

A file of 240 positions tells a title in two lines, T and U, which are read as one of 480: positions of U are named by `u`.
A file of 400 positions tells it in one. What a bank's manual says otherwise than the others is what is written here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType


def at(first: int, last: int) -> slice:
    return slice(first - 1, last)


def u(first: int, last: int) -> slice:
    return at(240 + first, 240 + last)


@dataclass(frozen=True, slots=True)
class Titles:
    """Where a title's line has what.

    number     the bank's number of it, of which `digits` are ours and the last `checks` are check digits; 0: all as it stands
    names      our own number of it; the first of them that says something
    face       what was asked for, before fine, interest and rebates; rebates are taken off it
    late       fine and interest, within amount
    net        amount is what the bank booked, its fee taken off already
    reasons    words of `reason` letters each
    """

    number: slice
    names: tuple[slice, ...]
    occurrence: slice
    happened_on: slice
    face: slice
    amount: slice
    late: slice
    fee: slice
    credited_on: slice
    reasons: slice
    rebates: tuple[slice, ...]
    digits: int = 0
    checks: int = 0
    reason: int = 2
    net: bool = False


@dataclass(frozen=True, slots=True)
class Total:
    """A total of a trailer: how many titles of these occurrences; without any, the sum of all faces. Several are added up."""

    where: tuple[slice, ...]
    occurrences: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Layout:
    """A bank's return file. `owner` says where the header names our account, `titled` where each title does; what it is
    called there is a field of `account.Account`.

    cut      digits at the end of the account for which the header has no room
    number   of the file; None where the bank gives none
    kind     with 400 positions: the first letter of a title's line
    qr       with 400 positions: kind and place of the line behind a title that has the text of its QR code
    bare     with 240 positions: a batch may be counted without its own two lines
    totals   of a batch, or of the file with 400 positions
    """

    length: int
    titles: Titles
    made_on: slice
    number: slice | None
    owner: tuple[tuple[str, slice], ...] = ()
    titled: tuple[tuple[str, slice], ...] = ()
    cut: int = 0
    kind: str = "1"
    qr: tuple[str, slice] | None = None
    bare: bool = False
    totals: tuple[Total, ...] = ()


_T_AND_U = Titles(
    number=at(38, 57),
    names=(at(106, 130), at(59, 73)),
    occurrence=at(16, 17),
    happened_on=u(138, 145),
    face=at(82, 96),
    amount=u(78, 92),
    late=u(18, 32),
    fee=at(199, 213),
    credited_on=u(146, 153),
    reasons=at(214, 223),
    rebates=(u(33, 47), u(48, 62)),
)
_OF_SANTANDER = replace(  # T has no second number of the branch: what follows stands earlier
    _T_AND_U,
    number=at(41, 53),
    names=(at(101, 125), at(55, 69)),
    face=at(78, 92),
    fee=at(194, 208),
    reasons=at(209, 218),
    digits=12,
    checks=1,
)
_IN_ONE = Titles(
    number=at(63, 70),
    names=(at(38, 62), at(117, 126)),
    occurrence=at(109, 110),
    happened_on=at(111, 116),
    face=at(153, 165),
    amount=at(254, 266),
    late=at(267, 279),
    fee=at(176, 188),
    credited_on=at(296, 301),
    reasons=at(319, 328),
    rebates=(at(228, 240), at(241, 253)),
)

_240 = Layout(
    240,
    _T_AND_U,
    made_on=at(144, 151),
    number=at(158, 163),
    owner=(("agency", at(53, 57)), ("account", at(59, 70))),
)
_400 = Layout(400, _IN_ONE, made_on=at(95, 100), number=at(109, 113))

LAYOUTS: Mapping[tuple[str, int], Layout] = MappingProxyType(
    {
        ("001", 240): replace(_240, owner=(*_240.owner, ("agreement", at(33, 41)))),
        ("033", 240): replace(
            _240,
            titles=_OF_SANTANDER,
            owner=(("agency", at(33, 36)), ("account", at(38, 46))),
            bare=True,
        ),
        ("085", 240): _240,
        ("104", 240): replace(
            _240,
            titles=replace(_T_AND_U, number=at(40, 56)),
            owner=(("agency", at(53, 57)), ("agreement", at(59, 64))),
        ),
        ("748", 240): replace(
            _240,
            titles=replace(_T_AND_U, digits=8, checks=1),
            totals=(Total((at(30, 46), at(53, 69), at(76, 92), at(99, 115))),),
        ),
        ("756", 240): replace(_240, titles=replace(_T_AND_U, number=at(38, 47), digits=7, checks=1)),
        ("001", 400): replace(
            _400,
            titles=replace(
                _IN_ONE,
                number=at(64, 80),
                names=(at(39, 63), at(117, 126)),
                fee=at(182, 188),
                credited_on=at(176, 181),
                reasons=at(87, 88),
            ),
            number=at(101, 107),
            owner=(("agency", at(27, 30)), ("account", at(32, 39)), ("agreement", at(150, 156))),
            kind="7",
        ),
        ("033", 400): replace(
            _400,
            titles=replace(_IN_ONE, digits=12, checks=1, reasons=at(137, 145), reason=3),
            number=None,
            owner=(("agency", at(27, 30)), ("account", at(39, 46))),
            cut=1,
        ),
        ("041", 400): replace(
            _400,
            titles=replace(_IN_ONE, number=at(63, 72), reasons=at(383, 392)),
            titled=(("agency", at(18, 21)), ("account", at(22, 30))),
        ),
        ("237", 400): replace(
            _400,
            titles=replace(_IN_ONE, number=at(71, 82), digits=11, checks=1),
            titled=(("agency", at(25, 29)), ("account", at(30, 36))),
            totals=(
                Total((at(58, 62),), frozenset({"02"})),
                Total((at(87, 91),), frozenset({"06"})),
                Total((at(104, 108),), frozenset({"09", "10"})),
            ),
        ),
        ("341", 400): replace(
            _400,
            titles=replace(_IN_ONE, digits=8, reasons=at(378, 385), net=True),
            owner=(("agency", at(27, 30)), ("account", at(33, 37))),
            qr=("3", at(2, 391)),
            totals=(Total((at(221, 234),)),),
        ),
    }
)
