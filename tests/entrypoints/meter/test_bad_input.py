from __future__ import annotations

import json

import pytest

from abono.kernel.ids import uuid7
from tests.domain.metering.world import CENT, rows
from tests.entrypoints.meter.client import Program, Tenant

PATHS = ("/v1/holds", "/v1/settlements", "/v1/interactions")


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe", b'{"sends": [', b'{"id": "\\ud800 lone"}', b"{'id': 'a'}"]
)
def test_what_is_not_json_is_refused_whole(api: Program, body: bytes):
    answer = api.post("/v1/holds", body)
    assert (answer.status, answer.json["status"], answer.json["code"]) == (400, 400, "not_json")
    assert answer.headers["content-type"] == "application/problem+json"
    assert rows("metering_send") == 0


@pytest.mark.parametrize(
    ("body", "where", "message"),
    [
        (b"[" * 100_000, "$", "Expected `object`, got `array`"),
        (b"null", "$", "Expected `object`, got `null`"),
        (b"123456789012345678901", "$", "Expected `object`"),
        (b'{"sends": []}', "$.sends", "Expected `array` of length >= 1"),
        (b'{"sends": {}}', "$.sends", "Expected `array`, got `object`"),
        (b'{"sends": [null]}', "$.sends[0]", "Expected `object`, got `null`"),
        (b'{"sends": [{"id": "a"}]}', "$.sends[0]", "missing required field `contract`"),
        (b'{"id": 123456789012345678901}', "$.id", "Expected `str`"),
        (b'{"id": "a", "extra": 1}', "$", "unknown field `extra`"),
    ],
)
def test_what_is_of_the_wrong_form_is_told_where(api: Program, body: bytes, where: str, message: str):
    answer = api.post("/v1/holds", body)
    assert (answer.status, answer.json["code"]) == (422, "invalid")
    (mistake,) = answer.json["errors"]
    assert mistake["where"] == where
    assert message in mistake["message"]
    assert rows("metering_send") == 0


def test_one_wrong_event_refuses_its_batch_and_nothing_is_half_done(api: Program, padaria: Tenant):
    for field, value in [
        ("id", 1),
        ("id", ""),
        ("id", "x" * 201),
        ("country", "BRA"),
        ("extra", "x"),
        ("kind", None),
    ]:
        sends = [padaria.sms("good"), padaria.sms("bad") | {field: value}]
        answer = api.post("/v1/holds", {"sends": sends})
        assert (answer.status, answer.json["code"]) == (422, "invalid")
        assert answer.json["errors"][0]["where"].startswith("$.sends[1]")
    assert rows("metering_send") == 0


def test_ten_thousand_events_are_taken_and_one_more_is_not(api: Program, padaria: Tenant):
    def batch(count: int) -> list[dict[str, str]]:
        free = {"contract": padaria.contract, "channel": "webchat", "kind": "session"}
        return [{"id": f"{n}", **free} for n in range(count)]

    too_many = api.post("/v1/holds", {"sends": batch(10_001)})
    assert (too_many.status, too_many.json["code"]) == (422, "invalid")
    assert rows("metering_send") == 0
    results = api.post("/v1/holds", {"sends": batch(10_000)}).results
    assert {r["status"] for r in results} == {"held"}
    assert [r["id"] for r in results] == [f"{n}" for n in range(10_000)]


@pytest.mark.parametrize("path", PATHS)
def test_a_body_of_ten_megabytes_is_refused_without_being_read(api: Program, path: str):
    answer = api.post(path, b"", content_length="10000000")
    assert (answer.status, answer.json["code"]) == (413, "body_too_large")
    endless = [b"x" * 1_000_000] * 10
    answer = api.run(api.call("POST", path, endless))  # no length declared: refused on the way
    assert (answer.status, answer.json["limit_bytes"]) == (413, 4 * 1024 * 1024)
    for length in ("99999999999999999999999", "-1", "abc"):
        assert api.post(path, b"", content_length=length).status == 413


def test_nul_characters_reach_no_row(api: Program, padaria: Tenant):
    bad = [
        padaria.sms("a\0"),
        padaria.sms("b") | {"channel": "\0"},
        padaria.sms("c") | {"contract": "ctr_\0"},
    ]
    results = api.post("/v1/holds", {"sends": [*bad, padaria.sms("good")]}).results
    assert [r.get("code") for r in results] == ["invalid_id", "no_price", "no_contract", None]
    assert api.post("/v1/settlements", padaria.settlement("a\0")).json["code"] == "no_send"
    event = {
        "id": "a\0",
        "contract": padaria.contract,
        "contact": "c\0",
        "channel": "sms",
        "kind": "agent\0",
        "at": "2026-06-01T12:00:00Z",
    }
    assert api.post("/v1/interactions", event).json["code"] == "unknown_kind"
    assert api.post("/v1/interactions", event | {"channel": "\0"}).json["code"] in {
        "unknown_kind",
        "unknown_channel",
    }
    assert api.get("/v1/balances/ctr_\0").status == 404
    assert padaria.balance().held_micro == 10 * CENT


@pytest.mark.parametrize(
    ("at", "status"),
    [
        ("2026-06-01T12:00:00", 422),  # without a zone
        ("10000-01-01T00:00:00Z", 422),
        ("2026-02-30T00:00:00Z", 422),
        ("yesterday", 422),
        ("9999-12-31T23:59:59-12:00", "in_the_future"),
        ("0001-01-01T00:00:00+12:00", "no_cycle"),
    ],
)
def test_impossible_moments_are_refused(api: Program, padaria: Tenant, at: str, status: int | str):
    event = {
        "id": "a",
        "contract": padaria.contract,
        "contact": "c",
        "channel": "sms",
        "kind": "agent_action",
        "at": at,
    }
    answer = api.post("/v1/interactions", event)
    assert status in (answer.status, answer.json.get("code"))
    assert rows("metering_contact_event") == 0


def test_unknown_outcomes_are_refused(api: Program, padaria: Tenant):
    answer = api.post("/v1/settlements", padaria.settlement("a", "lost"))
    assert (answer.status, answer.json["code"]) == (422, "invalid")


def test_one_id_twice_in_a_batch_is_one_send(api: Program, padaria: Tenant):
    name = str(uuid7())
    other = padaria.sms(name) | {"channel": "whatsapp", "kind": "company"}
    results = api.post("/v1/holds", {"sends": [padaria.sms(name), padaria.sms(name), other]}).results
    assert [(r["status"], r.get("replayed", False)) for r in results] == [
        ("held", False),
        ("held", True),
        ("refused", False),
    ]
    assert rows("metering_send") == 1


@pytest.mark.parametrize("path", [*PATHS, "/v1/balances/x"])
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
def test_other_methods_are_refused(api: Program, path: str, method: str):
    answer = api.run(api.call(method, path, [b""]))
    assert (answer.status, answer.json["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] in ("POST", "GET")


def test_addresses_beside_the_hot_ones_do_not_exist(api: Program):
    for path in ("/v1/holds/", "/v1/holdsx", "/v1/holds/1", "/v1/settlementsx"):
        assert api.post(path, json.dumps({}).encode()).status == 404
