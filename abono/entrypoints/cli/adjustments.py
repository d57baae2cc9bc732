"""`abono adjust`: prices that are old enough are adjusted by an index (CAT-13)."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from abono.domain.adjustments import queries as adjustments
from abono.domain.adjustments.errors import NoSuchAdjustment
from abono.domain.adjustments.states import Months, Part
from abono.entrypoints.cli import price_moves
from abono.entrypoints.site.design.csv_file import decimal_price
from abono.flows.adjustments.kind import ADJUSTMENTS
from abono.flows.adjustments.preview import Adjusted, effects, preview_adjustment
from abono.kernel.money import CURRENCIES
from abono.platform import clock, formats

COLUMNS = (
    "customer", "contract", "from", "first_month", "last_month", "factor", "price", "of", "currency",
    "before", "after", "waits",
)  # fmt: skip


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--index", default="", help="code of the index whose months adjust the prices")
    parser.add_argument("--currency", choices=CURRENCIES, default=CURRENCIES[0], help="of the contracts")
    parser.add_argument(
        "--months",
        choices=[one.value for one in Months],
        default=Months.NEWEST.value,
        help="the twelve newest known, or the first twelve of each price itself",
    )
    parser.add_argument(
        "--parts", nargs="+", choices=[one.value for one in Part], help="which prices; without it, all"
    )
    parser.add_argument(
        "--until", type=date.fromisoformat, help="prices that may rise up to this day; without it, 60 days"
    )
    price_moves.arguments(parser)


def adjust(options: dict[str, Any], *, actor: str, write: Callable[[str], object]) -> None:
    """Raises CommandError for what makes no sense, and what the flows raise."""
    apply = price_moves.to_apply(options, asked=bool(options["index"]), say="--index")
    if apply is not None:
        COMMAND.apply(apply, actor=actor, write=write)
        return
    now = clock.now()
    adjustment_id = preview_adjustment(
        index=options["index"],
        currency=options["currency"],
        months=Months(options["months"]),
        parts=[Part(one) for one in options["parts"] or Part],
        until=options["until"],
        contract_ids=price_moves.only(options),
        actor=actor,
        now=now,
    )
    found = effects(adjustments.get(adjustment_id), now=now)
    COMMAND.show(adjustment_id, found, options["csv"], write)


def _what(effect: Adjusted) -> list[str]:
    currency = effect.before.currency
    parts = [f"× {effect.factor} of {effect.first_month:%Y-%m} to {effect.last_month:%Y-%m}"]
    for price in effect.prices:
        before, after = (
            formats.micro(one, currency, "en") for one in (price.before_micro, price.after_micro)
        )
        parts.append(f"{price.part}{', a year' if price.a_year else ''}: {before} → {after}")
    return parts


def _rows(effect: Adjusted) -> Iterable[Sequence[object]]:
    currency = effect.before.currency
    for price in effect.prices:
        yield (
            effect.customer,
            effect.number,
            effect.day,
            f"{effect.first_month:%Y-%m}",
            f"{effect.last_month:%Y-%m}",
            effect.factor,
            price.part,
            price.of,
            currency,
            decimal_price(price.before_micro, currency, "en"),
            decimal_price(price.after_micro, currency, "en"),
            effect.waits or "",
        )


COMMAND = price_moves.Command(
    call="abono adjust",
    kind=ADJUSTMENTS,
    prefix="adj",
    missing=NoSuchAdjustment,
    what=_what,
    columns=COLUMNS,
    rows=_rows,
    applied="The prices of {count} contracts rise on their days where the index rose; their customers are told.",
)
