"""Very many events in one request, a line each: answered while they come, durable line by line."""

from __future__ import annotations

import json

import pytest

from abono.entrypoints.meter import stream
from abono.entrypoints.meter.stream import Lines
from abono.platform import clock
from tests.domain.metering.world import CENT
from tests.entrypoints.meter.client import Program, Tenant
from tests.entrypoints.meter.streams import LINES, Open, post, text


@pytest.mark.rule("PKG-5", "PKG-7", "PKG-9")
def test_each_line_is_answered_by_a_line_in_order(api: Program, padaria: Tenant):
    sends = [padaria.sms("a"), padaria.sms("x") | {"channel": "telex"}, padaria.sms("b"), padaria.sms("a")]
    assert post(api, "/v1/holds", text(*sends)) == [
        {"id": "a", "status": "held", "price_micro": 10 * CENT, "left_micro": 199_900_000},
        {"id": "x", "status": "refused", "code": "no_price"},
        {"id": "b", "status": "held", "price_micro": 10 * CENT, "left_micro": 199_800_000},
        {
            "id": "a",
            "status": "held",
            "price_micro": 10 * CENT,
            "left_micro": 199_900_000,
            "replayed": True,
        },
    ]
    settled = post(api, "/v1/settlements", text(padaria.settlement("a"), padaria.settlement("z")))
    assert [(line["status"], line.get("code")) for line in settled] == [
        ("settled", None),
        ("uncovered", "no_send"),
    ]
    event = {
        "id": "e",
        "contract": padaria.contract,
        "contact": "c",
        "channel": "sms",
        "kind": "agent_action",
    }
    (opened,) = post(api, "/v1/interactions", text(event | {"at": clock.now().isoformat()}))
    assert opened["status"] == "opened"


@pytest.mark.rule("PKG-7", "API-3")
def test_a_malformed_line_is_answered_by_itself_with_its_number(api: Program, padaria: Tenant):
    lines = [
        json.dumps(padaria.sms("1")).encode() + b"\r",
        b"{'id': 'quoted otherwise'}",
        b"",
        json.dumps(padaria.sms("4") | {"country": "BRA"}).encode(),
        json.dumps(padaria.sms("5") | {"id": "x" * 1_000_000}).encode(),
        b"\xff\xfe",
        b"  ",
        json.dumps(padaria.sms("8")).encode(),  # nothing ends the last line
    ]
    whole = b"\n".join(lines)
    parts = [whole[n : n + 7_001] for n in range(0, len(whole), 7_001)]
    answers = post(api, "/v1/holds", *parts)
    assert [(a.get("line"), a["id"], a["status"], a.get("code"), a.get("where")) for a in answers] == [
        (None, "1", "held", None, None),
        (2, None, "refused", "malformed", "$"),
        (4, "4", "refused", "malformed", "$.country"),
        (5, None, "refused", "malformed", "$"),
        (6, None, "refused", "malformed", "$"),
        (None, "8", "held", None, None),
    ]
    assert "16384 bytes" in answers[3]["message"]
    assert padaria.balance().held_micro == 20 * CENT


@pytest.mark.parametrize("size", [1, 2, 5, 1_000])
def test_lines_are_the_same_however_they_are_cut(size: int):
    data = b"a\n\nbb\r\n" + b"x" * (stream.MAX_LINE + 1) + b"\n" + b"y" * stream.MAX_LINE + b"\nlast"
    found, lines = [], Lines()
    for n in range(0, len(data), size):
        found += list(lines.feed(data[n : n + size]))
    found += list(lines.end())
    assert found == [b"a", b"", b"bb\r", None, b"y" * stream.MAX_LINE, b"last"]
    assert list(Lines().end()) == []


def test_a_caller_may_send_a_line_and_wait_for_its_answer(api: Program, padaria: Tenant):
    async def story() -> None:
        it = Open(api)
        for n in range(3):
            it.feed(text(padaria.sms(f"{n}")))
            await it.until(lambda n=n: len(it.lines) == n + 1)  # type: ignore[misc]
        it.feed(b"", more=False)
        await it.end()
        assert [line["id"] for line in it.lines] == ["0", "1", "2"]
        assert it.sent[-1] == {"type": "http.response.body", "body": b""}

    api.run(story())


@pytest.mark.rule("ACC-2")
def test_another_customers_contract_does_not_exist_in_a_stream(api: Program, padaria: Tenant, luna: Tenant):
    answers = post(api, "/v1/holds", text(luna.sms("a"), padaria.sms("a")))
    assert [(a["status"], a.get("code")) for a in answers] == [("refused", "no_contract"), ("held", None)]
    assert luna.balance().total_micro == 0


def test_an_empty_stream_is_an_empty_answer(api: Program):
    assert post(api, "/v1/holds", b"") == []
    answer = api.run(api.call("POST", "/v1/nothing", [b""], LINES))
    assert answer.status == 404
    api.key = "abk_unknown"
    answer = api.run(api.call("POST", "/v1/holds", [b""], LINES))
    assert (answer.status, answer.json["code"]) == (401, "no_usable_key")
