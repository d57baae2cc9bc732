"""Every life of docs/lives.md is lived as it stands there: each bill with its terms, and what the card was asked for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from abono.domain.contracts import actions as signups
from abono.domain.contracts import changes
from abono.domain.coupons import actions as coupons
from abono.domain.coupons.types import NewCoupon
from abono.domain.invoicing.models import Invoice
from abono.domain.payments.errors import CardDeclined
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import SETTINGS
from abono.flows.adjustments.kind import ADJUSTMENTS
from abono.flows.adjustments.preview import preview_adjustment
from abono.flows.changes.undo import undo_change
from abono.flows.changes.withdraw import withdraw_change
from abono.flows.coupons.redeem import redeem_coupon
from abono.flows.price_moves.apply import apply_move
from tests import stories
from tests.adjustments import ipca
from tests.books import check_books
from tests.examples import first_by_day
from tests.fakes import FakeGateway
from tests.scenarios.paying import card, interim, pay
from tests.scenarios.test_money_in_time import contacts
from tests.scenarios.years import sell_by_the_year
from tests.work import renew_due
from tests.world import DAY, LUNA, PADARIA, Tenant, begin_signup, change, chief, sign, use

PAGE = (Path(__file__).parents[2] / "docs" / "lives.md").read_text()
LIFE = re.compile(r"^### (\d+\. .*)\n((?:(?!^#).*\n)*)", re.MULTILINE)
ROW = re.compile(r"^\| (\d{4}-\d\d-\d\d(?: \d\d:\d\d)?) \| (.*?) \| (.*?) \| (.*?) \|$", re.MULTILINE)
TERM = re.compile(r"([+−]? ?)([\d,]+\.\d\d)(?: × (\d+)/(\d+))?")
LIVES = dict(LIFE.findall(PAGE))
# What another life tells, too: once more, on another day, in another zone, of another year.
AGAIN = (7, 8, 10, 12, 16, 18, 21, 22, 24, 25, 28, 38, 40, 46, 48)


def told_again(life: str) -> bool:
    return int(life.split(".")[0]) in AGAIN


def minor(text: str) -> int:
    return int(Decimal(text.replace(",", "")) * 100)


def terms(bill: str) -> list[int]:
    """Each term in cents, once it is sure that they make the total that is written."""
    sum_of, total = bill.rsplit(" = ", 1)
    found = []
    for sign_of, amount, left, of in TERM.findall(sum_of):
        share = Decimal(minor(amount)) * int(left or 1) / int(of or 1)
        rounded = int(share.quantize(Decimal(1), ROUND_HALF_UP))
        found.append(-rounded if "−" in sign_of else rounded)
    assert sum(found) == minor(total), bill
    return sorted(found)


def made(coupon: str, now: datetime) -> str:
    """`10 % for 2`: a coupon for so many cycles. Its code."""
    percent, cycles = coupon.split(" % for ")
    new = NewCoupon(code="SOL", rate_micro=int(percent) * 10_000, amounts=None, cycles=int(cycles))
    return coupons.make(new, why="a life", actor="olga", now=now).code


class Life:
    """One contract, and whoever does with it what is written."""

    def __init__(self, gateway: FakeGateway) -> None:
        self.gateway, self.zone = gateway, ZoneInfo("America/Sao_Paulo")
        self.billed: set[UUID] = set()
        self.asked = 0

    def live(self, day: str, act: str) -> None:
        what, _colon, more = act.partition(": ")
        words = [word.strip() for word in more.split(",") if word]
        if what == "begins" and "/" in words[-1]:
            self.zone = ZoneInfo(words[-1])
        at = datetime.fromisoformat(day)
        if len(day) == 10 and what != "renews":
            at = at.replace(hour=12)
        ACTS[what](self, words, at.replace(tzinfo=self.zone).astimezone(UTC))

    def new_bills(self) -> list[list[int]]:
        """The lines of what was issued since the last look, but for those of nothing."""
        issued = Invoice.objects.filter(number__isnull=False)
        new = [one for one in issued.order_by("number") if one.id not in self.billed]
        self.billed |= {one.id for one in new}
        amounts = [one.lines.values_list("amount_minor", flat=True) for one in new]
        return [sorted(filter(None, lines)) for lines in amounts]

    def newly_charged(self) -> int:
        total = sum(self.gateway.book.values())
        before, self.asked = self.asked, total
        return total - before

    def begins(self, words: list[str], now: datetime) -> None:
        plan, package, *more = words
        given = more[0] if more and "%" in more[0] else ""
        interval = "year" if "year" in more else "month"
        if interval == "year":
            sell_by_the_year(now=now - DAY)
        signup_id = None
        if given:
            signup_id = begin_signup(plan=plan, package=package, currency=package[:3].upper(), now=now)
            signups.save_typed(
                signup_id=signup_id,
                typed={"coupon": made(given, now), "country": "BR", "tax_id": PADARIA.tax_id},
                plan_code=plan,
                package_code=package,
                interval="month",
                currency=package[:3].upper(),
            )
        customer = PADARIA if package.startswith("brl") else replace(LUNA, time_zone=self.zone.key)
        signed = sign(
            plan=plan,
            package=package,
            currency=package[:3].upper(),
            interval=interval,
            customer=customer,
            signup_id=signup_id,
            now=now,
        )
        self.tenant = Tenant(signed.customer_id, signed.contract_id, {"ana": chief(signed)})

    def renews(self, _words: list[str], now: datetime) -> None:
        assert renew_due(now=now) > 0

    def change(self, words: list[str], now: datetime) -> None:
        interval = next((word for word in words if word in ("month", "year")), None)
        plan = next((word for word in words if "-" not in word and word != interval), None)
        package = next((word for word in words if "-" in word), None)
        wanted = {"plan": plan, "package": package, "interval": interval}
        self.newest = change(self.tenant, **wanted, now=now).change_id

    def coupon(self, words: list[str], now: datetime) -> None:
        code = made(words[0], now)
        redeem_coupon(contract_id=self.tenant.contract_id, code=code, actor="ana", now=now)

    def setting(self, words: list[str], now: datetime) -> None:
        set_value(setting=SETTINGS[words[0]], value=words[1], actor="olga", why="a life", now=now)

    def licences(self, words: list[str], now: datetime) -> None:
        change(self.tenant, licences=int(words[0]), now=now)

    def declined(self, words: list[str], now: datetime) -> None:
        card(self.tenant, "decline:balance", now=now)
        with pytest.raises(CardDeclined):
            self.change(words, now)
        card(self.tenant, "ok", now=now)

    def undo(self, _words: list[str], now: datetime) -> None:
        undo_change(change_id=self.newest, customer_id=self.tenant.customer_id, actor="ana", now=now)

    def withdraw(self, _words: list[str], now: datetime) -> None:
        pending = changes.scheduled(self.tenant.contract_id)
        assert pending is not None
        withdraw_change(change_id=pending.id, customer_id=self.tenant.customer_id, actor="ana", now=now)

    def sends(self, words: list[str], now: datetime) -> None:
        use(self.tenant.contract_id, int(words[0]), at=now)

    def interactions(self, words: list[str], now: datetime) -> None:
        contacts(self.tenant, int(words[0]), at=now)

    def interim(self, _words: list[str], now: datetime) -> None:
        interim(self.tenant, now=now)

    def interim_paid(self, _words: list[str], now: datetime) -> None:
        pay(self.tenant, interim(self.tenant, now=now), now=now)

    def credited(self, words: list[str], now: datetime) -> None:
        stories.credited(self.tenant, minor(words[0]), now=now)

    def index(self, words: list[str], now: datetime) -> None:
        ipca(words[1:], first=date.fromisoformat(f"{words[0]}-01"), now=now)

    def adjusted(self, _words: list[str], now: datetime) -> None:
        batch = preview_adjustment(index="IPCA", currency="BRL", actor="olga", now=now)
        apply_move(ADJUSTMENTS, batch, actor="olga", now=now)


ACTS: dict[str, Callable[[Life, list[str], datetime], None]] = {
    "begins": Life.begins,
    "renews": Life.renews,
    "change": Life.change,
    "coupon": Life.coupon,
    "setting": Life.setting,
    "licences": Life.licences,
    "declined": Life.declined,
    "undo": Life.undo,
    "withdraw": Life.withdraw,
    "sends": Life.sends,
    "interactions": Life.interactions,
    "interim": Life.interim,
    "interim, paid": Life.interim_paid,
    "credited": Life.credited,
    "index": Life.index,
    "adjusted": Life.adjusted,
}


def test_there_are_thirty_and_each_has_its_number() -> None:
    assert [int(name.split(".")[0]) for name in LIVES] == list(range(1, len(LIVES) + 1))
    assert len(LIVES) >= 30


@pytest.mark.rule("CHG-3", part="rank, part by part")
@pytest.mark.rule("CHG-4", part="unused credited, rest charged")
@pytest.mark.rule("CHG-4", part="day of the change")
@pytest.mark.rule("INV-2", part="day 31")
@pytest.mark.parametrize("life", first_by_day(sorted(LIVES, key=told_again), len(LIVES) - len(AGAIN)))
def test_it_is_billed_as_it_is_told(gateway: FakeGateway, life: str) -> None:
    lived = Life(gateway)
    for day, act, bill, charged in ROW.findall(LIVES[life]):
        lived.live(day, act)
        expected = [] if bill == "–" else [terms(one) for one in bill.split("; ")]
        assert (day, lived.new_bills()) == (day, expected)
        assert (day, lived.newly_charged()) == (day, minor(charged))
    assert check_books() == []
