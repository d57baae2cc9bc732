"""What a campaign would cost, asked on a page; nothing is set aside for it (PKG-11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from abono.domain.campaigns.types import Estimate, EstimateLine
from abono.domain.catalog import queries as catalog
from abono.domain.catalog import rules
from abono.domain.catalog.types import MASS_SEND
from abono.domain.contracts.types import ContractInfo
from abono.domain.metering import queries as metering
from abono.domain.metering.types import Balance
from abono.entrypoints.portal.campaigns.forms import FIRST_LINES, MOST_LINES, EstimateForm
from abono.entrypoints.portal.session_prices import PriceLine, session_prices
from abono.entrypoints.site.visit import Visitor
from abono.flows.campaigns.estimate import estimate_campaign
from abono.flows.campaigns.lines import LineAsked
from abono.flows.limits.ways_out import ways_out
from abono.platform.clock import shifted


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the answer, with names."""

    price: PriceLine
    facts: EstimateLine

    @property
    def fits(self) -> bool:
        return self.facts.fits == self.facts.wish.count


@dataclass(frozen=True, slots=True)
class Answer:
    """What it would cost. Amounts are millionths; `package_left_micro` is what the package would have left."""

    facts: Estimate
    lines: tuple[Line, ...]
    package_left_micro: int
    asked: int
    limited_by_own: bool  # it does not fit because of the customer's own cap


@require_safe
def page(request: Visitor) -> HttpResponse:
    """The form, and with `?count1=…` the answer. `?more=` adds a line. It works as plain HTML."""
    visit, now = request.visit, shifted(request.visit.now_offset_s)
    contract = visit.contract
    balance = None if contract is None else metering.find_balance(contract_id=contract.id, at=now)
    if contract is None or balance is None:
        return render(request, "portal/campaigns/estimate_none.html", {"contract": contract})
    prices = _prices(balance, now, visit.language)
    lines = _lines(request)
    asks = any(name.startswith("count") for name in request.GET) and "more" not in request.GET
    form = EstimateForm(
        request.GET if asks else None,
        prices=prices,
        country=visit.customer.country,
        language=visit.language,
        lines=lines,
    )
    if "more" in request.GET:
        form.initial = {name: request.GET[name] for name in form.fields if name in request.GET}
    answer = None
    if asks and form.is_valid():
        answer = _answer(contract, form.cleaned_data["asked"], prices, balance, now)
    context = {
        "contract": contract,
        "balance": balance,
        "form": form,
        "lines": lines,
        "bigger": answer is not None
        and not answer.facts.holdable
        and ways_out(balance, at=now).raise_package,
        "may_add": lines < MOST_LINES,
        "answer": answer,
    }
    return render(
        request,
        "portal/campaigns/estimate.html",
        context,
        status=422 if asks and not form.is_valid() else 200,
    )


def _lines(request: HttpRequest) -> int:
    """How many lines there are to be; one more when that was asked for."""
    text = request.GET.get("lines", "")
    lines = int(text) if text.isascii() and text.isdecimal() and len(text) < 3 else FIRST_LINES
    return max(1, min(MOST_LINES, lines + ("more" in request.GET)))


def _prices(balance: Balance, now: datetime, language: str) -> tuple[PriceLine, ...]:
    """Everything that may be sent to many (PKG-10) and has a price in the cycle's package, as the catalog lies."""
    channels = catalog.channels(language=language)
    found = session_prices(
        package_id=balance.package_id,
        value_micro=balance.value_micro,
        country="",
        at=now,
        language=language,
        channels=channels,
    )
    kinds = [
        (channel.code, kind.code)
        for channel in channels
        if rules.allowed(channel.uses, MASS_SEND)
        for kind in channel.kinds
    ]
    lines = [line for line in (*found.own, *found.others) if line.route[:2] in kinds]
    return tuple(sorted(lines, key=lambda line: kinds.index(line.route[:2])))


def _answer(
    contract: ContractInfo,
    asked: list[LineAsked],
    prices: tuple[PriceLine, ...],
    balance: Balance,
    now: datetime,
) -> Answer:
    facts = estimate_campaign(contract_id=contract.id, customer_id=contract.customer_id, lines=asked, now=now)
    by_route = {line.route: line for line in prices}
    lines = tuple(
        Line(by_route[wanted.channel, wanted.kind, wanted.country], line)
        for wanted, line in zip(asked, facts.lines, strict=True)
    )
    return Answer(
        facts=facts,
        lines=lines,
        package_left_micro=balance.unused_micro - facts.package_micro,
        asked=sum(line.wish.count for line in facts.lines),
        limited_by_own=balance.top_micro < balance.ceiling_micro and facts.amount_micro > balance.room_micro,
    )
