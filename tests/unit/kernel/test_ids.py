from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import damm

from abono.kernel.ids import contract_number, event_key, parse, public, uuid7, uuid7_texts


def test_new_ids_grow_and_are_version_7():
    made = [uuid7() for _ in range(5_000)]
    assert made == sorted(set(made))
    assert {key.version for key in made} == {7}


def test_ids_of_many_threads_never_repeat():
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _n: uuid7(), range(4_000)))
    assert len(set(made)) == 4_000


@given(st.uuids())
def test_a_public_id_leads_back_to_its_key(key):
    text = public("ctr", key)
    assert len(text) == 30
    assert parse("ctr", text) == key


@given(st.uuids(), st.uuids())
def test_public_ids_sort_as_their_keys_do(one, other):
    assert (public("x", one) < public("x", other)) == (one < other)


@given(st.text(max_size=40))
def test_foreign_text_is_no_public_id(text):
    assert parse("ctr", text) is None


def test_what_is_beyond_the_last_id_is_none():
    """26 letters of 5 bits are 130 bits; an id has 128."""
    assert parse("ctr", "ctr_7" + "z" * 25) == UUID(int=2**128 - 1)
    for text in ("8" + "0" * 25, "z" * 26):
        assert parse("ctr", f"ctr_{text}") is None


def test_an_id_of_another_kind_is_refused():
    assert parse("ctr", public("inv", uuid7())) is None


@pytest.mark.rule("PKG-9")
@given(st.text(min_size=1, max_size=200))
def test_a_callers_own_id_always_has_the_same_key(text):
    assert event_key(text) == event_key(text)


def test_a_uuid7_stays_itself_and_other_ids_lie_out_of_the_way_of_time():
    ours = uuid7()
    assert event_key(str(ours)) == ours
    for text in (str(uuid4()), "pedido-17", str(ours).replace("-", "")):
        assert event_key(text).version == 8
        assert event_key(text) > UUID("f0000000-0000-0000-0000-000000000000")


@pytest.mark.rule("CON-5", part="year, sequence, check digit")
def test_a_contract_number_has_year_sequence_and_check_digit():
    # Damm's digit of 2026000042 is 6.
    assert contract_number(2026, 42) == "2026-000042-6"


@pytest.mark.rule("CON-5", part="year, sequence, check digit")
@given(st.integers(2024, 2099), st.integers(1, 999_999), st.integers(0, 9), st.integers(1, 9))
def test_one_wrong_digit_in_a_contract_number_is_found(year, sequence, place, change):
    digits = contract_number(year, sequence).replace("-", "")
    assert damm.is_valid(digits)
    wrong = digits[:place] + str((int(digits[place]) + change) % 10) + digits[place + 1 :]
    assert not damm.is_valid(wrong)


def test_many_at_once_are_as_those_one_by_one_and_in_order_with_them() -> None:
    before, many, after = uuid7(), uuid7_texts(5_000), uuid7()
    assert [str(before), *many, str(after)] == sorted({str(before), *many, str(after)})
    assert {(key.version, key.variant) for key in map(UUID, many)} == {(7, before.variant)}
    assert many == [str(UUID(text)) for text in many]
