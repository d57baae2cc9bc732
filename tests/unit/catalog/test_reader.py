"""A wrong file is refused whole, with the line, the reason and the way to mend it (CAT-8)."""

from __future__ import annotations

from pathlib import Path

import pytest

from abono.domain.catalog import countries, reader
from abono.domain.catalog.errors import CatalogRefused, Problem
from abono.domain.catalog.reader import SHIPPED

TEXT = SHIPPED.read_text()

pytestmark = pytest.mark.rule("CAT-8")


def problems(data: str | bytes) -> tuple[Problem, ...]:
    with pytest.raises(CatalogRefused) as refused:
        reader.parse(data.encode() if isinstance(data, str) else data, name="my.yaml")
    assert refused.value.count == len(refused.value.problems)
    return refused.value.problems


def broken(old: str, new: str) -> tuple[tuple[Problem, ...], int]:
    """Problems of the shipped file with its first `old` replaced, and the line of what was replaced."""
    assert old in TEXT
    return problems(TEXT.replace(old, new, 1)), TEXT[: TEXT.index(old)].count("\n") + 1


SMS_BRL = "each: [0.10, 0.085, 0.08, 0.075, 0.07]"


@pytest.mark.parametrize(
    ("old", "new", "path", "reason"),
    [
        ("price: 1800", "price: 1,800", "plans.expert.prices[0].'800'", "unknown name"),
        ("price: 1800", "price: -1800", "plans.expert.prices[0].price", "'-1800' is negative"),
        ("price: 1800", "price: R$ 1800", "plans.expert.prices[0].price", "not a number"),
        ("price: 1800", "price: 1.8e3", "plans.expert.prices[0].price", "not a number"),
        ("price: 1800", "price: .inf", "plans.expert.prices[0].price", "not a number"),
        ("price: 1800", "price: 1800.005", "plans.expert.prices[0].price", "more than 2 decimals"),
        ("price: 1800", "price: ", "plans.expert.prices[0].price", "the value is empty"),
        ("price: 1800", "price: [1800]", "plans.expert.prices[0].price", "expected one value"),
        ("price: 1800, ", "", "plans.expert.prices[0]", "price is missing"),
        ("price: 1800", "prise: 1800", "plans.expert.prices[0].prise", "unknown name 'prise'"),
        ("currency: BRL", "currency: EUR", "plans.starter.prices[0].currency", "'EUR' is not known here"),
        ("currency: USD", "currency: BRL", "plans.starter.prices[1]", "a second price in BRL"),
        ("every: month", "every: week", "plans.starter.prices[0].every", "'week' is not known here"),
        ("credits: 2000", "credits: many", "plans.expert.credits", "not a number"),
        ("credits: 2000", "credits: 20.5", "plans.expert.credits", "not a number"),
        ("credits: 2000", "credits: by_contract", "plans.expert.credits", "says how much it includes"),
        ("overage_limit: 0", "overage_limit: 2000", "plans.starter.overage_limit", "out of bounds"),
        ("rank: 20", "rank: 10", "plans.specialist", "the rank 10 is that of starter as well"),
        ("includes: starter", "includes: expert", "plans.specialist.includes", "no plan above this one"),
        ("    on_request: yes\n", "", "plans.enterprise", "the plan has no price"),
        ("    prices:\n", "    on_request: yes\n    prices:\n", "plans.starter.prices", "no list price"),
        (
            "    rank: 40\n",
            "    rank: 40\n    most_chosen: yes\n",
            "plans.professional",
            "most chosen already",
        ),
        (
            "functions: [unified-inbox,",
            "functions: [unified-inbix,",
            "plans.starter.functions[0]",
            "not known",
        ),
        ("[mass-sends,", "[mass-sends, mass-sends,", "plans.specialist.functions", "mass-sends comes twice"),
        (
            "[mass-sends,",
            "[contact-book, mass-sends,",
            "plans.specialist.functions",
            "contact-book comes twice",
        ),
        ("    en: Contact book\n", "", "functions.contact-book", "en is missing"),
        ("en: Contact book", "en: ''", "functions.contact-book.en", "the value is empty"),
        ("en: Contact book", 'en: "a\\0b"', "functions.contact-book.en", "cannot be printed"),
        ("en: Contact book", 'en: "\\ud800"', "file", "invalid Unicode character escape code"),
        (
            "en: Contact book",
            "fr: Contacts\n    en: Contact book",
            "functions.contact-book.fr",
            "unknown name",
        ),
        ("  contact-book:", "  unified-inbox:", "functions.unified-inbox", "comes twice, first on line"),
        ("  contact-book:", "  Contact Book:", "functions.'Contact Book'", "cannot be a code"),
        ("priced: by_country", "priced: both", "channels.whatsapp.priced", "not known here"),
        ("uses: [mass_send, sales, chatbot]", "uses: [spam]", "channels.whatsapp.uses[0]", "not known here"),
        ("uses: [mass_send]", "uses: [mass_send, mass_send]", "channels.sms.uses", "a use comes twice"),
        ("[AR, BO,", "[AR, XX,", "countries.americas[1]", "'XX' is not known here"),
        ("in: BR", "in: [BR, BR]", "packages.BRL.session_prices[0].in[1]", "BR comes twice"),
        ("in: BR", "in: ZZ", "packages.BRL.session_prices[0].in", "neither a country code"),
        ("in: BR", "in: brazil", "packages.BRL.session_prices[0].in", "neither a country code"),
        ("in: BR, ", "", "packages.BRL.session_prices[0]", "whatsapp is priced by country"),
        ("{channel: email, ", "{channel: email, in: BR, ", "packages.BRL.session_prices[4].in", "worldwide"),
        ("{channel: email, ", "{channel: fax, ", "packages.BRL.session_prices[4].channel", "not known here"),
        ("kind: company", "kind: anyone", "packages.BRL.session_prices[0].kind", "not known here"),
        (SMS_BRL, "each: [0.10, 0.085]", "packages.BRL.session_prices[3].each", "2 prices for 5 sizes"),
        (SMS_BRL, "each: []", "packages.BRL.session_prices[3].each", "the list is empty"),
        (SMS_BRL, "each: 0.00001", "packages.BRL.session_prices[3].each", "more than 4 decimals"),
        (SMS_BRL, "each: -0.1", "packages.BRL.session_prices[3].each", "is negative"),
        (SMS_BRL, "each: 0.1, from: soon", "packages.BRL.session_prices[3].from", "not a day"),
        (SMS_BRL, "each: 0.1, from: 2025-02-30", "packages.BRL.session_prices[3].from", "not a day"),
        (SMS_BRL, "each: 0.1, from: 20250101", "packages.BRL.session_prices[3].from", "not a day"),
        ("brl-250: 250", "brl-250: 100", "packages.BRL.sizes.brl-250", "the sizes do not grow"),
        ("brl-250: 250", "brl-100: 250", "packages.BRL.sizes.brl-100", "comes twice"),
        ("usd-20: 20", "brl-100: 20", "packages.USD", "the package brl-100 exists already"),
        ("  USD:\n", "  EUR:\n", "packages.EUR", "not a currency that we know"),
        ("time_zone: America/Sao_Paulo", "time_zone: Brasilia", "time_zone", "not a time zone"),
        ("time_zone: America/Sao_Paulo", "time_zone: ../../etc/passwd", "time_zone", "not a time zone"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_its_place(old: str, new: str, path: str, reason: str) -> None:
    found, line = broken(old, new)
    [named] = [p for p in found if p.path == path and reason in p.reason]
    # What is missing, or wrong as a whole, is found by the line of the name above it.
    assert line - 9 <= named.line <= line + new.count("\n")
    assert named.mend
    assert str(named).startswith(f"my.yaml:{named.line}: {path}: ")


def test_the_line_is_exactly_that_of_the_value() -> None:
    found, line = broken("0.085", "0.0855555")
    [problem] = found
    assert (problem.line, problem.path) == (line, "packages.BRL.session_prices[3].each[1]")
    assert str(problem) == (
        f"my.yaml:{line}: packages.BRL.session_prices[3].each[1]: 0.0855555 has more than 4 decimals."
        " Round it to 4 decimals."
    )


@pytest.mark.rule("CAT-3", part="bigger is never dearer")
def test_a_bigger_package_that_is_dearer_is_refused() -> None:
    found, line = broken(SMS_BRL, "each: [0.10, 0.085, 0.08, 0.0801, 0.07]")
    [problem] = found
    assert (problem.line, problem.path) == (line, "packages.BRL.session_prices[3].each[3]")
    assert "dearer" in problem.reason


@pytest.mark.rule("CAT-6")
def test_two_prices_of_one_route_from_the_same_day_are_refused_and_both_lines_named() -> None:
    found, line = broken(", from: 2025-07-01}", "}")
    [problem] = found
    assert problem.line == line
    assert f"first on line {line - 1}" in problem.reason


def test_a_currency_needs_plans_and_packages() -> None:
    usd = TEXT[TEXT.index("  USD:\n    from") :]
    [problem] = problems(TEXT.replace(usd, ""))
    assert problem.path == "packages"
    assert "plans have prices in USD, packages have none" in problem.reason


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    text = TEXT.replace("rank: 10", "rank: ten").replace("0.085", "x").replace("en: Tickets", "fr: Tickets")
    text = text.replace("en: Contact book", "en: ")
    found = problems(text)
    assert [problem.line for problem in found] == sorted(problem.line for problem in found)
    assert {problem.path for problem in found} == {
        "functions.contact-book.en",
        "plans.starter.rank",
        "packages.BRL.session_prices[3].each[1]",
    }


def test_after_fifty_problems_it_stops() -> None:
    text = TEXT.replace("pt-br:", "pt:")
    with pytest.raises(CatalogRefused) as refused:
        reader.parse(text.encode(), name="my.yaml")
    assert refused.value.count == len(refused.value.problems) == 50
    assert refused.value.cut


def test_an_unknown_name_is_answered_with_the_one_that_was_meant() -> None:
    [problem, *_] = [p for p in broken("licences: 30", "licenses: 30")[0] if "unknown" in p.reason]
    assert str(problem).endswith("Did you mean licences?")


@pytest.mark.parametrize(
    ("data", "line", "reason"),
    [
        (b"", 1, "the file is empty"),
        (b"# nothing\n", 1, "the file is empty"),
        (b"hello", 1, "expected a mapping"),
        (b"- a\n- b\n", 1, "expected a mapping"),
        (b"plans: [a\nb: c", 2, "not YAML"),
        (b"plans:\n  a: 1\n b: 2\n", 3, "not YAML"),
        (b"\tplans: a", 1, "not YAML"),
        (b"plans: *nobody", 1, "not YAML"),
        (b"a: b\n---\nc: d\n", 2, "not YAML"),
        (b'plans: "\\UFFFFFFFF"', 1, "not YAML"),
        (b"%YAML " + b"9" * 5_000 + b".1\n---\na: b", 1, "not YAML"),
        (b"plans: a\nname: \xff\xfe\n", 2, "not UTF-8 text"),
        (b"plans: a\nname: a\0b\n", 2, "a NUL character"),
        (b"plans: a\nname: a\x07b\n", 2, "the character U+0007"),
        (b"plans: !!python/object/apply:os.system [ls]", 1, "a type tag"),
        (b"plans: " + b"[" * 100_000, 1, "nested more than 10 deep"),
        (b"plans: '" + b"x" * 5_000 + b"'", 1, "more than 2,000 characters"),
        (b"plans:\n- " + b"{}\n- " * 120_000 + b"a", 100_000, "more than 100,000 values"),
        (b"#" * 1_048_577, 1, "larger than 1,048,576 bytes"),
    ],
    ids=lambda value: str(value)[:30] if isinstance(value, bytes) else None,
)
def test_what_is_no_catalog_at_all_is_refused_with_a_reason(data: bytes, line: int, reason: str) -> None:
    [problem, *_] = problems(data)
    assert reason in problem.reason
    assert abs(problem.line - line) <= 60_000 if line == 100_000 else problem.line == line


def test_aliases_that_unfold_to_billions_are_refused() -> None:
    rows = ["{channel: whatsapp, kind: company, in: *c, each: 1}"] * 100
    lists = [f"- &r{n} [{', '.join([f'*r{n - 1}'] * 10)}]" for n in range(1, 9)]
    bomb = "countries: {c: &c [BR]}\nfunctions:\n- &r0 [" + ", ".join(rows) + "]\n" + "\n".join(lists)
    assert any("expected a mapping" in problem.reason for problem in problems(bomb))


def test_aliases_that_multiply_rows_of_prices_are_refused() -> None:
    start = TEXT.index("      - {channel: whatsapp, kind: company, in: americas")
    row = TEXT[start:].splitlines()[0].replace("- {", "- &row {", 1)
    more = "\n".join(["      - *row"] * 20_000)
    text = TEXT[:start] + row + "\n" + more + "\n"
    assert any("comes" in p.reason or "second price" in p.reason for p in problems(text))
    # The same with another list of countries for each row: 249 countries, 5 sizes, 200 days is too much.
    whole = ", ".join(sorted(countries.codes()))
    days = [f"2025-{1 + n // 28:02d}-{1 + n % 28:02d}" for n in range(200)]
    rows = [f"      - {{channel: sms, kind: message, in: *all, each: 1, from: {day}}}" for day in days]
    text = TEXT.replace("  americas:", f"  all: &all [{whole}]\n  americas:", 1) + "\n".join(rows) + "\n"
    assert "unfolds to more than 100,000 values" in problems(text)[-1].reason


def test_norway_is_a_country_and_numbers_stay_as_written() -> None:
    catalog = reader.parse(TEXT.replace("[AR, BO,", "[NO, AR, BO,", 1).encode(), name="my.yaml")
    assert any(row.country == "NO" for package in catalog.packages for row in package.prices)
    expert = next(plan for plan in catalog.plans if plan.code == "expert")
    assert [p.extra_interaction_micro for p in expert.prices] == [2_000_000, 400_000]


def test_a_file_that_cannot_be_read_is_refused_with_the_reason(tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "none.yaml", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(CatalogRefused) as refused:
            reader.read(path)
        assert reason in refused.value.problems[0].reason


def test_a_byte_order_mark_and_windows_line_ends_are_no_mistake() -> None:
    data = b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode()
    assert reader.parse(data, name="a") == reader.parse(TEXT.encode(), name="b")
