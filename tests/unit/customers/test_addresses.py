"""Postal addresses, country by country."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abono.domain.customers.addresses import MOST, NEEDS, lines, tidy, wrong
from abono.domain.customers.rules import COUNTRIES
from abono.domain.customers.types import Address

SAO_PAULO = Address("Avenida Paulista", "São Paulo", "1578", "Loja 2", "Bela Vista", "sp", "01310-200")
TEXT = st.text(max_size=90)


@pytest.mark.rule("CON-2", part="postal address")
def test_a_brazilian_address_is_whole_with_number_district_state_and_cep() -> None:
    tidied = tidy("BR", SAO_PAULO)
    assert (tidied.region, tidied.postal_code) == ("SP", "01310200")
    assert wrong("BR", tidied) == {}
    assert lines("BR", tidied) == (
        "Avenida Paulista, 1578, Loja 2",
        "Bela Vista",
        "São Paulo – SP",
        "01310-200",
    )
    for name in ("street", "number", "district", "city", "region", "postal_code"):
        assert set(wrong("BR", replace(tidied, **{name: ""}))) == {name}
    for name, text in (("region", "XX"), ("postal_code", "0131020"), ("postal_code", "0131O200")):
        assert set(wrong("BR", replace(tidied, **{name: text}))) == {name}


@pytest.mark.rule("CON-2", part="postal address")
@pytest.mark.parametrize(
    ("country", "address", "written"),
    [
        ("CO", Address("Carrera 7 # 71-21", "Bogotá", region="Cundinamarca"), "Bogotá – Cundinamarca"),
        (
            "US",
            Address("350 5th Ave", "New York", region="ny", postal_code="10118-0110"),
            "New York, NY 10118-0110",
        ),
        ("MX", Address("Calle Allende 12", "Querétaro", region="Querétaro", postal_code="76000"), "76000"),
        (
            "AR",
            Address("Av. Corrientes 1234", "Buenos Aires", region="CABA", postal_code="c1043aaz"),
            "C1043AAZ",
        ),
        ("PY", Address("Calle Palma 500", "Asunción"), "Asunción"),
    ],
)
def test_other_countries_need_what_their_post_needs(country: str, address: Address, written: str) -> None:
    tidied = tidy(country, address)
    assert wrong(country, tidied) == {}
    assert written in lines(country, tidied)
    assert set(wrong(country, replace(tidied, postal_code="?"))) == {"postal_code"}
    assert set(wrong(country, replace(tidied, city=""))) == {"city"}


def test_every_country_that_we_sell_to_says_what_it_needs() -> None:
    assert set(NEEDS) == set(COUNTRIES)


@given(
    st.sampled_from(sorted(NEEDS)),
    st.builds(Address, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT),
)
def test_no_text_breaks_an_address_and_what_is_right_stays_right(country: str, typed: Address) -> None:
    tidied = tidy(country, typed)
    assert tidy(country, tidied) == tidied
    assert all(len(line.splitlines()) == 1 for line in lines(country, tidied))
    if not wrong(country, tidied):
        assert all(len(getattr(tidied, name)) <= most for name, most in MOST.items())
