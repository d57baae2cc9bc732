"""A name that comes twice in an object is refused, however the body is written; nothing else is."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abono.entrypoints.meter.protocol import wire
from tests.entrypoints.meter.client import Program, Tenant

texts = st.text(st.sampled_from('ab:" \\\t\né{}[],'), min_size=1, max_size=12)
blanks = st.sampled_from(["", "", "", " ", "\n", "\t ", "\r\n"])


@st.composite
def objects(draw: st.DrawFn, members: list[tuple[str, Any]]) -> str:
    """An object written in one of many ways."""
    parts = [
        f"{draw(blanks)}{json.dumps(name)}{draw(blanks)}:{draw(blanks)}"
        f"{value if name in ('sends',) else json.dumps(value, ensure_ascii=draw(st.booleans()))}{draw(blanks)}"
        for name, value in members
    ]
    return f"{{{','.join(parts)}}}"


@st.composite
def sends(draw: st.DrawFn) -> list[tuple[str, Any]]:
    members: list[tuple[str, Any]] = [(name, draw(texts)) for name in ("id", "contract", "channel", "kind")]
    if draw(st.booleans()):
        members.append(("country", draw(st.sampled_from(["BR", "*", ":", '":']))))
    if draw(st.booleans()):
        members.append(("use", draw(st.sampled_from([None, "sales"]))))
    return draw(st.permutations(members))


@given(data=st.data())
def test_a_name_twice_is_found_and_nothing_else_is_taken_for_one(data: st.DataObject) -> None:
    told = data.draw(st.lists(sends(), min_size=1, max_size=4))
    twice = data.draw(st.sets(st.integers(0, len(told) - 1)))
    for n in twice:
        told[n] = [*told[n], data.draw(st.sampled_from(told[n]))]
    written = [data.draw(objects(members)) for members in told]
    body = data.draw(objects([("sends", f"[{','.join(written)}]")])).encode()
    events, many, malformed = wire.HOLDS.read(body)
    assert (many, len(events)) == (True, len(told) - len(twice))
    assert set(malformed or {}) == twice
    assert {one.message for one in (malformed or {}).values()} <= {"Expected each name once"}
    for n, text in enumerate(written):  # by itself, and as a line of a stream
        line = wire.HOLDS.one(text.encode())
        assert isinstance(line, wire.Result) == (n in twice)


def test_a_list_that_comes_twice_is_refused_whole() -> None:
    one = '{"id":"a","contract":"c","channel":"sms","kind":"m"}'
    with pytest.raises(msgspec.ValidationError, match="each name once"):
        wire.HOLDS.read(f'{{"sends":[{one}],"sends":[{one}]}}'.encode())


@pytest.mark.rule("PKG-7")
def test_which_of_two_values_was_meant_is_asked_not_guessed(api: Program, padaria: Tenant) -> None:
    send = json.dumps(padaria.sms("a"))
    twice = send.replace('"country": "BR"', '"country": "BR", "country": "US"')
    answer = api.post("/v1/holds", twice.encode())
    assert (answer.status, answer.json["code"]) == (422, "invalid")
    results = api.post("/v1/holds", f'{{"sends": [{twice}, {send}]}}'.encode()).results
    assert [one.get("code", one["status"]) for one in results] == ["malformed", "held"]
