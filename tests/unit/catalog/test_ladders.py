"""Any ladder of packages in which a bigger one is dearer is refused, and no other (CAT-3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abono.domain.catalog import reader
from abono.domain.catalog.errors import CatalogRefused

SIZES = 4
FILE = """
time_zone: UTC
functions:
  inbox: {es: a, pt-br: b, en: c}
channels:
  sms:
    labels: {es: SMS, pt-br: SMS, en: SMS}
    priced: by_country
    kinds: {message: {es: a, pt-br: b, en: c}}
    uses: [mass_send]
plans:
  one:
    name: One
    rank: 1
    credits: 1
    licences: 1
    overage_limit: 0
    functions: [inbox]
    prices: [{currency: BRL, every: month, price: 1, activation_fee: 0, extra_interaction: 1, extra_licence: 1}]
packages:
  BRL:
    from: 2024-01-01
    sizes: {a: 1, b: 2, c: 3, d: 4}
    session_prices:
"""
FIRST_ROW = FILE.count("\n") + 1

prices = st.integers(0, 99_999)  # in ten-thousandths
ladders = st.lists(prices, min_size=SIZES, max_size=SIZES) | st.lists(
    prices, min_size=SIZES, max_size=SIZES
).map(lambda ladder: sorted(ladder, reverse=True))


def row(country: str, ladder: list[int]) -> str:
    each = ", ".join(f"{price // 10_000}.{price % 10_000:04d}" for price in ladder)
    return f"      - {{channel: sms, kind: message, in: {country}, each: [{each}]}}\n"


@pytest.mark.rule("CAT-3", part="bigger is never dearer")
@pytest.mark.rule("CAT-8", part="refused whole, with line and reason")
@given(st.dictionaries(st.sampled_from(["BR", "AR", "CO", "MX"]), ladders, min_size=1))
def test_a_ladder_is_refused_when_and_only_when_a_bigger_package_is_dearer(
    rows: dict[str, list[int]],
) -> None:
    text = FILE + "".join(row(country, ladder) for country, ladder in rows.items())
    wrong = [
        (FIRST_ROW + index, next(i for i in range(1, SIZES) if ladder[i] > ladder[i - 1]))
        for index, ladder in enumerate(rows.values())
        if sorted(ladder, reverse=True) != ladder
    ]
    if wrong:
        with pytest.raises(CatalogRefused) as refused:
            reader.parse(text.encode(), name="ladders.yaml")
        assert [(p.line, int(p.path[-2])) for p in refused.value.problems] == wrong
        return
    catalog = reader.parse(text.encode(), name="ladders.yaml")
    for country, ladder in rows.items():
        read = [p.price_micro for package in catalog.packages for p in package.prices if p.country == country]
        assert read == [price * 100 for price in ladder]
