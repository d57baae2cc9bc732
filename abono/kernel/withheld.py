"""What a buyer has to withhold of an invoice for the tax office, and pays less by (PAY-6). Pure; each sum is rounded half up once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from abono.kernel.money import MICRO
from abono.kernel.rating import div_half_up

MOST_APART = 8  # of more taxes only the whole and the parts by themselves are tried: there are too many ways to group them


@dataclass(frozen=True, slots=True)
class Withholding:
    """One tax of what an invoice asks for. The rate in millionths."""

    name: str
    rate_micro: int
    base_minor: int

    @property
    def exact_micro(self) -> int:
        """In millionths of the minor unit."""
        return self.base_minor * self.rate_micro

    @property
    def minor(self) -> int:
        return div_half_up(self.exact_micro, MICRO)


def one_sum(taxes: Sequence[Withholding]) -> int:
    """Rounded once."""
    return div_half_up(sum(one.exact_micro for one in taxes), MICRO)


def by_parts(taxes: Sequence[Withholding]) -> int:
    """Each tax rounded by itself."""
    return sum(one.minor for one in taxes)


def sums(taxes: Sequence[Withholding]) -> frozenset[int]:
    """Every sum that is exactly these taxes: as one, by its parts, or those that go to one office together. They differ by how
    often was rounded."""
    if len(taxes) > MOST_APART:
        return frozenset((one_sum(taxes), by_parts(taxes)))
    return frozenset(_grouped(tuple(one.exact_micro for one in taxes)))


def _grouped(exact: tuple[int, ...]) -> set[int]:
    if not exact:
        return {0}
    first, rest = exact[0], range(1, len(exact))
    found: set[int] = set()
    for size in range(len(exact)):
        for beside in combinations(rest, size):
            rounded = div_half_up(first + sum(exact[place] for place in beside), MICRO)
            others = tuple(exact[place] for place in rest if place not in beside)
            found.update(rounded + minor for minor in _grouped(others))
    return found


def parted(taxes: Sequence[Withholding], minor: int) -> tuple[int, ...]:
    """One of `sums` over its taxes: whole minor units that add up to it, each within one of what its tax is."""
    parts = [one.exact_micro // MICRO for one in taxes]
    by_rest = sorted(range(len(taxes)), key=lambda place: (-(taxes[place].exact_micro % MICRO), place))
    for place in by_rest[: minor - sum(parts)]:
        parts[place] += 1
    return tuple(parts)
