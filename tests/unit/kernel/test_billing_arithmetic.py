"""Every worked example of docs/billing-arithmetic.md is reckoned again as it stands there."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from abono.flows.quotes.ways import Ways
from abono.kernel import taxes
from abono.kernel.adjustment import adjusted, factor
from abono.kernel.discount import taken_off
from abono.kernel.due import Means, due_date, overdue_from
from abono.kernel.late import LateTerms, days_late, late_charges, scaled
from abono.kernel.money import MICRO, Money
from abono.kernel.periods import Period, cycle, cycle_start, day_start
from abono.kernel.proration import (
    Days,
    allowance_after,
    cycle_price,
    days_left,
    difference,
    granted_of,
    left_of,
    part_of_month,
    seconds_left,
)
from abono.kernel.rating import apportion, ceiling, overage, overage_price, to_money, tried, volume
from abono.kernel.withheld import Withholding, by_parts, one_sum, parted, sums

DOCUMENT = (Path(__file__).parents[3] / "docs" / "billing-arithmetic.md").read_text()
_TABLE = re.compile(r"<!-- (\w+): [^\n]* -->\n\n((?:\|[^\n]*\n)+)")


def whole(text: str) -> int:
    return int(text.replace(",", ""))


def minor(text: str) -> int:
    """`3,900.00` in cents."""
    return int(Decimal(text.replace(",", "")) * 100)


def micro(text: str) -> int:
    return int(Decimal(text.replace(",", "")) * MICRO)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def rounding(millionths: str, currency: str, becomes: str) -> None:
    assert to_money(whole(millionths), currency).minor == whole(becomes)


def cycles(adhesion: str, number: str, zone: str, begins: str) -> None:
    assert cycle_start(date.fromisoformat(adhesion), whole(number), zone) == moment(begins)


def calendar(
    adhesion: str,
    zone: str,
    ends: str,
    left: str,
    of: str,
    plan: str,
    costs: str,
    package: str,
    value: str,
    included: str,
    gives: str,
) -> None:
    begins = date.fromisoformat(adhesion)
    month = cycle(begins.replace(day=1), 0, zone)
    share = part_of_month(Period(day_start(begins, zone), month.end), month, zone)
    assert (month.end, share) == (moment(ends), Days(whole(left), whole(of)))
    assert (left_of(minor(plan), share), left_of(minor(package), share)) == (minor(costs), minor(value))
    assert granted_of(whole(included), share) == whole(gives)


def restricted(
    adhesion: str,
    n: str,
    zone: str,
    released: str,
    left: str,
    of: str,
    fee: str,
    costs: str,
    package: str,
    value: str,
) -> None:
    of_contract = cycle(date.fromisoformat(adhesion), whole(n), zone)
    share = days_left(of_contract, moment(released), zone)
    assert share == Days(whole(left), whole(of))
    assert (left_of(minor(fee), share), left_of(minor(package), share)) == (minor(costs), minor(value))


def trial(adhesion: str, days_: str, zone: str, begins: str, second: str) -> None:
    first = date.fromisoformat(adhesion) + timedelta(days=whole(days_))
    assert [cycle_start(first, number, zone) for number in (0, 1)] == [moment(begins), moment(second)]


def sends_tried(
    package: str, limit: str, bears: str, percent: str, used: str, there: str, ends_at: str, billed: str
) -> None:
    top = ceiling(micro(package), whole(limit))
    found = tried(micro(package), top, bears=bears, percent=whole(percent))
    assert found == (micro(there), micro(ends_at))
    assert overage(micro(used), found[0]) == micro(billed)


def days(adhesion: str, number: str, zone: str, at: str, left: str, of: str) -> None:
    period = cycle(date.fromisoformat(adhesion), whole(number), zone)
    assert days_left(period, moment(at), zone) == Days(whole(left), whole(of))


def change(old: str, new: str, left: str, of: str, taken_off: str, added: str, costs: str) -> None:
    share = Days(whole(left), whole(of))
    assert left_of(minor(old), share) == minor(taken_off)
    assert left_of(minor(new), share) == minor(added)
    assert difference(minor(old), minor(new), share) == minor(added) - minor(taken_off) == minor(costs)


def years(adhesion: str, zone: str, at: str, left: str, of: str, old: str, new: str, costs: str) -> None:
    begins, end = (cycle_start(date.fromisoformat(adhesion), number, zone) for number in (0, 12))
    share = days_left(Period(begins, end), moment(at), zone)
    assert share == Days(whole(left), whole(of))
    assert difference(minor(old), minor(new), share) == minor(costs)


def unused(fee: str, months: str, credited: str) -> None:
    assert left_of(minor(fee), Days(whole(months), 12)) == minor(credited)


def adjustment(percents: str, by: str, price: str, becomes: str, each: str, then: str) -> None:
    found = factor(Decimal(one) for one in percents.split())
    assert str(found) == by
    assert adjusted(micro(price), found, step_micro=10_000) == micro(becomes)
    assert adjusted(micro(each), found, step_micro=100) == micro(then)


def due(issued: str, means_: str, after: str, on: str, late: str) -> None:
    found = due_date(date.fromisoformat(issued), Means(means_), after=whole(after))
    assert (found, overdue_from(found, Means(means_))) == (date.fromisoformat(on), date.fromisoformat(late))


def late(
    amount: str,
    fine: str,
    interest: str,
    due_: str,
    counted: str,
    paid: str,
    days_: str,
    fined: str,
    interests: str,
    least: str,
) -> None:
    from_day, *others = (date.fromisoformat(one) for one in (counted, due_, paid))
    found = days_late(*others, counted_from=from_day)
    charges = late_charges(minor(amount), LateTerms(Decimal(fine), Decimal(interest)), found)
    assert (found, charges.fine_minor, charges.interest_minor, charges.least_minor) == (
        whole(days_),
        minor(fined),
        minor(interests),
        minor(least),
    )


def withheld(bases: str, rates: str, one: str, apart: str, every: str, of: str, booked: str) -> None:
    taxes = [
        Withholding(rate, int(Decimal(rate) * 10_000), minor(base))
        for base, rate in zip(bases.split(), rates.split(), strict=True)
    ]
    assert (one_sum(taxes), by_parts(taxes)) == (minor(one), minor(apart))
    assert sums(taxes) == {minor(text) for text in every.split()}
    assert parted(taxes, minor(of)) == tuple(minor(text) for text in booked.split())


def moved(amount: str, due_: str, new: str, carries: str, asks: str, rate: str) -> None:
    terms = LateTerms(Decimal(2), Decimal(1))
    days_ = days_late(date.fromisoformat(due_), date.fromisoformat(new))
    carried = late_charges(minor(amount), terms, days_).minor
    assert (carried, minor(amount) + carried) == (minor(carries), minor(asks))
    assert scaled(terms, minor(amount), minor(asks)) == LateTerms(Decimal(0), Decimal(rate))


def licences(each: str, had: str, has: str, left: str, of: str, off: str, added: str, costs: str) -> None:
    before, after = (Decimal(each) * whole(number) for number in (had, has))
    change(str(before), str(after), left, of, off, added, costs)


def seconds(
    adhesion: str, number: str, zone: str, at: str, left: str, of: str, old: str, new: str, costs: str
) -> None:
    share = seconds_left(cycle(date.fromisoformat(adhesion), whole(number), zone), moment(at))
    assert share == Days(whole(left), whole(of))
    assert difference(minor(old), minor(new), share) == minor(costs)


def means(owed: str, credit: str, minimum: str, by_credit: str, now: str, next_invoice: str) -> None:
    way = Ways(False, "day", False, minor(minimum), True, True)
    costs = Money(minor(owed), "BRL")
    paid, deferred = way.paid_by(costs, Money(minor(credit), "BRL"))
    put = deferred or costs.minor < 0
    charged = 0 if put else costs.minor - paid.minor
    assert (paid.minor, charged, costs.minor if put else 0) == (
        minor(by_credit),
        minor(now),
        minor(next_invoice),
    )


def lowered(package: str, to: str, limit: str, used: str, back: str, ends_at: str, beyond: str) -> None:
    """The same rows are lived in tests/scenarios/test_change_ways.py."""
    assert minor(package) - minor(to) == minor(back)
    assert max(ceiling(micro(to), whole(limit)), micro(used)) == micro(ends_at)
    assert overage(micro(used), micro(to)) == micro(beyond)


def life(of: str, fees: str, price: str) -> None:
    parted = [one.split(" from ") for one in fees.split(", ")]
    assert cycle_price([(whole(left), minor(fee)) for fee, left in parted], whole(of)) == minor(price)


def coupon_of(text: str) -> dict[str, int | None]:
    """`10 %` or `50.00`."""
    if text.endswith("%"):
        return {"rate_micro": int(Decimal(text.rstrip(" %")) * MICRO / 100)}
    return {"rate_micro": None, "amount_minor": minor(text)}


def discount(fees: str, coupon: str, off: str) -> None:
    each = [minor(one) for one in fees.split()]
    assert taken_off(each, **coupon_of(coupon)) == [minor(one) for one in off.split()]  # type: ignore[arg-type]


def discounted(old: str, new: str, coupon: str, left: str, of: str, taken: str, added: str) -> None:
    share = Days(whole(left), whole(of))
    for fee, net in ((old, taken), (new, added)):
        [off] = taken_off([minor(fee)], **coupon_of(coupon))  # type: ignore[arg-type]
        assert left_of(minor(fee), share) - left_of(off, share) == minor(net)


def tax(lines: str, percent: str, way: str, costs: str, asked: str) -> None:
    base, rate = sum(minor(one) for one in lines.split()), int(Decimal(percent) * 10_000)
    found = taxes.contained(base, rate) if way == "included" else taxes.share(base, rate)
    assert found == minor(costs)
    assert base + (found if way == "on_top" else 0) == minor(asked)


def interactions(had: str, old: str, new: str, left: str, of: str, has: str) -> None:
    share = Days(whole(left), whole(of))
    assert allowance_after(whole(had), whole(old), whole(new), share) == whole(has)


def peak(each: str, owned: str, most: str, left: str, of: str, billed: str) -> None:
    """The first rows are lived in tests/domain/licences/test_peak.py."""
    over = max(whole(most) - whole(owned), 0)
    assert left_of(minor(each) * over, Days(whole(left), whole(of))) == minor(billed)


def overage_billed(package: str, limit: str, used: str, price: str, ends_at: str, billed: str) -> None:
    assert ceiling(micro(package), whole(limit)) == micro(ends_at)
    beyond = overage_price(overage(micro(used), micro(package)), whole(price))
    assert to_money(beyond, "BRL").minor == minor(billed)


def volumes(package: str, price: str, about: str, fits: str) -> None:
    assert volume(micro(package), micro(price)) == whole(about)
    assert volume(micro(package), micro(price), up=False) == whole(fits)


def parts(amount: str, weights: str, found: str) -> None:
    assert apportion(whole(amount), [whole(one) for one in weights.split()]) == [
        whole(one) for one in found.split()
    ]


RECKONED: dict[str, Callable[..., None]] = {
    "rounding": rounding,
    "cycles": cycles,
    "calendar": calendar,
    "restricted": restricted,
    "days": days,
    "change": change,
    "due": due,
    "late": late,
    "moved": moved,
    "withheld": withheld,
    "seconds": seconds,
    "means": means,
    "lowered": lowered,
    "life": life,
    "licences": licences,
    "discount": discount,
    "discounted": discounted,
    "adjustment": adjustment,
    "years": years,
    "unused": unused,
    "tax": tax,
    "interactions": interactions,
    "trial": trial,
    "tried": sends_tried,
    "overage": overage_billed,
    "peak": peak,
    "volume": volumes,
    "parts": parts,
}
EXAMPLES = [
    (name, [cell.strip() for cell in row.strip("|").split("|")])
    for name, table in _TABLE.findall(DOCUMENT)
    for row in table.strip().splitlines()[2:]
]


@pytest.mark.parametrize(("name", "row"), EXAMPLES, ids=[f"{name} {' '.join(row)}" for name, row in EXAMPLES])
def test_a_worked_example_is_what_the_program_does(name: str, row: list[str]) -> None:
    RECKONED[name](*row)


def test_every_table_of_the_document_is_read() -> None:
    assert {name for name, _row in EXAMPLES} == set(RECKONED)
    assert (
        len(re.findall(r"^\|[ :|-]+\|$", DOCUMENT, re.MULTILINE)) == DOCUMENT.count("<!-- ") == len(RECKONED)
    )
