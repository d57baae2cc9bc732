"""Tax ids, country by country: published examples, persons as well as companies, and what is nobody's."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from abono.domain.customers.errors import GenericTaxId, InvalidTaxId
from abono.domain.customers.rules import COUNTRIES, compact_tax_id, printed_tax_id

PUBLISHED = list(csv.DictReader((Path(__file__).parent / "tax_ids.csv").read_text().splitlines()))
GENERIC = [("MX", "XAXX010101000"), ("MX", "XEXX010101000")]
UNSEEN = ("\u200b", "\ufeff", "\u2060", "\u202a", "\u202c", "\u00a0", "\u00ad", "\u2028", "\t", "\r\n")


@pytest.mark.rule("CON-2", part="company and tax id")
@pytest.mark.parametrize("row", PUBLISHED, ids=[f"{row['country']} {row['value']}" for row in PUBLISHED])
def test_published_examples_are_taken_or_refused_as_they_should_be(row: dict[str, str]) -> None:
    country, text = row["country"], row["value"]
    if (country, text) in GENERIC:
        with pytest.raises(GenericTaxId):
            compact_tax_id(country, text)
    elif row["valid"] == "1":
        compact = compact_tax_id(country, text)
        assert compact == compact_tax_id(country, printed_tax_id(country, compact))
    else:
        with pytest.raises(InvalidTaxId):
            compact_tax_id(country, text)


@pytest.mark.rule("CON-2", part="company and tax id")
@pytest.mark.parametrize(
    ("country", "text", "compact"),
    [
        ("CR", "3-101-999999", "3101999999"),  # a company: cédula jurídica
        ("CR", "1-0913-0259", "0109130259"),  # a person: cédula física
        ("CR", "155812994816", "155812994816"),  # a foreigner: DIMEX
        ("DO", "1-01-85004-3", "101850043"),  # a company: RNC
        ("DO", "001-1391820-5", "00113918205"),  # a person: cédula
        ("SV", "0614-050707-104-8", "06140507071048"),  # NIT
        ("SV", "00016297-5", "000162975"),  # a person: DUI
        ("SV", "04567890-3", "045678903"),
    ],
)
def test_persons_contract_as_well_as_companies(country: str, text: str, compact: str) -> None:
    assert compact_tax_id(country, text) == compact


@pytest.mark.parametrize(
    ("country", "text"),
    [
        ("SV", "00016297-4"),
        ("SV", "0001629-5"),
        ("SV", "000000000"),
        ("DO", "001-1391820-4"),
        ("SV", "٠٠٠١٦٢٩٧٥"),
    ],
)
def test_a_wrong_digit_of_a_person_is_seen(country: str, text: str) -> None:
    with pytest.raises(InvalidTaxId):
        compact_tax_id(country, text)


@pytest.mark.rule("CON-2", part="company and tax id")
@pytest.mark.parametrize("unseen", UNSEEN, ids=ascii)
def test_what_cannot_be_seen_around_a_pasted_number_is_dropped(unseen: str) -> None:
    pasted = f"{unseen}11.222.333/{unseen}0001-81{unseen}"
    assert compact_tax_id("BR", pasted) == "11222333000181"


@pytest.mark.rule("CON-2", part="company and tax id")
@pytest.mark.parametrize("text", ["XAXX010101000", "xexx-010101-000", " XAXX 010101 000\u200b"])
def test_mexicos_generic_numbers_are_refused_with_the_reason(text: str) -> None:
    with pytest.raises(GenericTaxId) as refused:
        compact_tax_id("MX", text)
    assert "generic number" in refused.value.message


def test_every_country_names_its_number_and_a_zone() -> None:
    assert all(name and forms and "/" in zone for name, forms, zone in COUNTRIES.values())
