from __future__ import annotations

import json
from datetime import timedelta
from itertools import product

import pytest
from django.db import connection

from abono.kernel.ids import uuid7
from abono.kernel.rating import UNLIMITED
from abono.platform import clock
from tests.domain.metering.world import CENT, World, rows
from tests.entrypoints.meter.client import Program, Tenant

PATHS = ("/v1/holds", "/v1/settlements", "/v1/interactions", "/v1/campaign-settlements")


def test_what_is_not_json_is_refused_whole(api: Program):
    for body in (b"", b"\xff\xfe", b'{"sends": [', b'{"id": "\\ud800 lone"}', b"{'id': 'a'}"):
        answer = api.post("/v1/holds", body)
        assert (answer.status, answer.json["status"], answer.json["code"]) == (400, 400, "not_json"), body
        assert answer.headers["content-type"] == "application/problem+json"
    assert rows("metering_send") == 0


OF_THE_WRONG_FORM = [
    (b"[" * 100_000, "$", "Write an object."),
    (b"null", "$", "Write an object."),
    (b"123456789012345678901", "$", "Write an object."),
    (b'{"sends": []}', "$.sends", "Write at least 1 of these."),
    (b'{"sends": {}}', "$.sends", "Write a list."),
    (b'{"more": [], "sends": null}', "$.more", "There is no such field."),
    (b'{"id": 123456789012345678901}', "$.id", "Write a text."),
    (b'{"id": "a", "extra": 1}', "$.extra", "There is no such field."),
    (b'{"id": "a"}', "$.contract", "This is missing."),
    (b'{"id": "' + b"x" * 201 + b'"}', "$.id", "Write at most 200 characters."),
    (b'{"units": 0}', "$.units", "Write 1 or more."),
    (b'{"units": "two"}', "$.units", "Write a whole number."),
    (b'{"use": "spam"}', "$.use", "Write one of these: 'mass_send', 'sales', 'chatbot'"),
]


def test_what_is_of_the_wrong_form_is_told_where(api: Program):
    for body, where, message in OF_THE_WRONG_FORM:
        answer = api.post("/v1/holds", body)
        assert (answer.status, answer.json["code"]) == (422, "invalid"), body[:50]
        assert answer.json["errors"] == [{"where": where, "message": message}]
    assert rows("metering_send") == 0


IN_WORDS = {
    "es": ("Escribe un momento con su zona horaria", "Escribe un texto.", "Esto no es JSON."),
    "pt-BR": ("Escreva um momento com seu fuso horário", "Escreva um texto.", "Isto não é JSON."),
    "en": ("Write a moment with its time zone", "Write a text.", "This is not JSON."),
    "fr": ("Write a moment with its time zone", "Write a text.", "This is not JSON."),
}


@pytest.mark.rule("API-3", part="language")
@pytest.mark.rule("LNG-1", part="API")
def test_what_is_wrong_is_said_in_the_language_asked_for(api: Program):
    """Of a whole request, of an event in a list, and of a line of a stream."""
    event = {"id": "e", "contract": "c", "contact": "x", "channel": "sms", "kind": "contact_message"}
    for language, (at, text, json_) in IN_WORDS.items():
        whole = api.post("/v1/interactions", event | {"at": "2026-06-01T00:00:00"}, accept_language=language)
        (mistake,) = whole.json["errors"]
        assert mistake["message"].startswith(at)
        (listed,) = api.post("/v1/holds", {"sends": [{"id": 1}]}, accept_language=language).results
        assert (listed["where"], listed["message"]) == ("$.id", text)
        lines = api.post(
            "/v1/holds", b"nonsense\n", content_type="application/x-ndjson", accept_language=language
        )
        assert json.loads(lines.body)["message"] == json_


WRONG = [
    ({"id": 1}, "$.id", None),
    ({"id": ""}, "$.id", None),
    ({"id": "x" * 201}, "$.id", None),
    ({"id": "x" * 1_000_000}, "$.id", None),
    ({"id": None}, "$.id", None),
    ({"contract": 7}, "$.contract", "bad"),
    ({"country": "BRA"}, "$.country", "bad"),
    ({"kind": None}, "$.kind", "bad"),
    ({"kind": ["message"]}, "$.kind", "bad"),
    ({"extra": "x"}, "$.extra", "bad"),
]


@pytest.mark.rule("PKG-7")
def test_one_wrong_event_is_refused_by_itself_and_the_others_are_done(api: Program, padaria: Tenant):
    for done, (wrong, where, name) in enumerate(WRONG):
        sends = [padaria.sms(f"first {done}"), padaria.sms("bad") | wrong, padaria.sms(f"last {done}")]
        first, bad, last = api.post("/v1/holds", {"sends": sends}).results
        assert (first["id"], first["status"]) == (f"first {done}", "held"), where
        assert (last["id"], last["status"]) == (f"last {done}", "held"), where
        assert (bad["id"], bad["status"], bad["code"], bad["where"]) == (name, "refused", "malformed", where)
        assert bad["message"]
        assert rows("metering_send") == 2 * (done + 1)
        assert padaria.balance().held_micro == 20 * CENT * (done + 1)


@pytest.mark.rule("PKG-7")
def test_what_is_no_event_at_all_is_refused_by_itself(api: Program, padaria: Tenant):
    for done, event in enumerate((b"null", b"7", b"[]", b"[" * 2_000 + b"]" * 2_000, b"{}")):
        good = json.dumps(padaria.sms(f"good {done}")).encode()
        bad, told = api.post("/v1/holds", b'{"sends": [' + event + b", " + good + b"]}").results
        where = "$.id" if event == b"{}" else "$"
        assert (bad["id"], bad["code"], bad["where"]) == (None, "malformed", where), event[:20]
        assert told["status"] == "held"
        assert rows("metering_send") == done + 1


@pytest.mark.rule("PKG-7")
def test_half_a_batch_may_be_wrong(api: Program, padaria: Tenant):
    sends = [padaria.sms(f"{n}") | ({} if n % 2 else {"country": 55}) for n in range(1_000)]
    results = api.post("/v1/holds", {"sends": sends}).results
    assert [(r["id"], r["status"]) for r in results] == [
        (f"{n}", "held" if n % 2 else "refused") for n in range(1_000)
    ]
    assert padaria.balance().held_micro == 500 * 10 * CENT
    nothing = api.post("/v1/holds", {"sends": sends[::2]}).results
    assert {r["code"] for r in nothing} == {"malformed"}


@pytest.mark.rule("PKG-7")
def test_what_nobody_can_send_stands_in_its_place_among_very_many(api: Program, padaria: Tenant):
    wrong = {0, 249, 250, 999}
    sends = [padaria.sms(f"{n}") | ({"kind": "smoke"} if n in wrong else {}) for n in range(1_000)]
    results = api.post("/v1/holds", {"sends": sends}).results
    assert [r["id"] for r in results] == [f"{n}" for n in range(1_000)]
    assert {n: r["code"] for n, r in enumerate(results) if r["status"] == "refused"} == dict.fromkeys(
        wrong, "no_price"
    )
    assert padaria.balance().held_micro == 996 * 10 * CENT


def test_one_event_without_a_list_is_a_whole_request(api: Program, padaria: Tenant):
    answer = api.post("/v1/holds", padaria.sms("bad") | {"country": "BRA"})
    assert (answer.status, answer.json["code"], answer.json["errors"][0]["where"]) == (
        422,
        "invalid",
        "$.country",
    )
    named = api.post("/v1/holds", padaria.sms("sends"))  # an id that is called like the list
    assert (named.status, named.json["status"]) == (200, "held")


def test_ten_thousand_events_are_taken_and_one_more_is_not(api: Program, padaria: Tenant):
    def batch(count: int) -> list[dict[str, str]]:
        free = {"contract": padaria.contract, "channel": "webchat", "kind": "session", "use": "sales"}
        return [{"id": f"{n}", **free} for n in range(count)]

    too_many = api.post("/v1/holds", {"sends": batch(10_001)})
    assert (too_many.status, too_many.json["code"]) == (422, "invalid")
    assert rows("metering_send") == 0
    results = api.post("/v1/holds", {"sends": batch(10_000)}).results
    assert {r["status"] for r in results} == {"held"}
    assert [r["id"] for r in results] == [f"{n}" for n in range(10_000)]


def test_a_body_of_ten_megabytes_is_refused_without_being_read(api: Program):
    endless = [b"x" * 1_000_000] * 10
    for path in PATHS:
        answer = api.post(path, b"", content_length="10000000")
        assert (answer.status, answer.json["code"]) == (413, "body_too_large"), path
        answer = api.run(api.call("POST", path, endless))  # no length declared: refused on the way
        assert (answer.status, answer.json["limit_bytes"]) == (413, 4 * 1024 * 1024), path
        for length in ("99999999999999999999999", "-1", "abc"):
            assert api.post(path, b"", content_length=length).status == 413, (path, length)


def test_nul_characters_reach_no_row(api: Program, padaria: Tenant):
    bad = [
        padaria.sms("a\0"),
        padaria.sms("b") | {"channel": "\0"},
        padaria.sms("c") | {"contract": "ctr_\0"},
    ]
    results = api.post("/v1/holds", {"sends": [*bad, padaria.sms("good")]}).results
    assert [r.get("code") for r in results] == ["invalid_id", "no_price", "no_contract", None]
    assert api.post("/v1/settlements", padaria.settlement("a\0")).json["code"] == "invalid_id"
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


IMPOSSIBLE: list[tuple[str, int | str]] = [
    ("2026-06-01T12:00:00", 422),  # without a zone
    ("10000-01-01T00:00:00Z", 422),
    ("2026-02-30T00:00:00Z", 422),
    ("yesterday", 422),
    ("9999-12-31T23:59:59-12:00", "in_the_future"),
    ("0001-01-01T00:00:00+12:00", "no_cycle"),
]


def test_impossible_moments_are_refused(api: Program, padaria: Tenant):
    event = {
        "id": "a",
        "contract": padaria.contract,
        "contact": "c",
        "channel": "sms",
        "kind": "agent_action",
    }
    for at, status in IMPOSSIBLE:
        answer = api.post("/v1/interactions", event | {"at": at})
        assert status in (answer.status, answer.json.get("code")), at
        assert rows("metering_contact_event") == 0, at


@pytest.mark.rule("PKG-7", "INT-2")
def test_impossible_moments_in_a_batch_do_not_spoil_it(api: Program, padaria: Tenant):
    def event(name: str, at: object) -> dict[str, object]:
        return {
            "id": name,
            "contract": padaria.contract,
            "contact": "c",
            "channel": "sms",
            "kind": "agent_action",
            "at": at,
        }

    now = clock.now()
    moments: list[object] = [
        "10000-01-01T00:00:00Z",
        "2026-06-01T12:00:00",
        1_780_000_000,
        (now + timedelta(minutes=6)).isoformat(),
        now.isoformat(),
    ]
    results = api.post(
        "/v1/interactions", {"events": [event(f"{n}", at) for n, at in enumerate(moments)]}
    ).results
    assert [r.get("code") for r in results] == ["malformed", "malformed", "malformed", "in_the_future", None]
    assert [r.get("where") for r in results] == ["$.at"] * 3 + [None] * 2
    assert results[-1]["status"] == "opened"
    assert padaria.balance().interactions == 1


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


@pytest.mark.rule("PKG-6", "CAT-3")
@pytest.mark.parametrize("unlimited", [False, True])
def test_prices_that_overflow_are_refused(api: Program, padaria: Tenant, world: World, unlimited: bool):
    world.price(world.brl_100, world.sms, 2**62, since=clock.now())
    if unlimited:
        _lift_the_limit(padaria)
    results = api.post("/v1/holds", {"sends": [padaria.sms(f"{n}") for n in range(1_000)]}).results
    told = [(r["status"], r.get("code")) for r in results]
    refused = ("refused", "sending_blocked")
    assert told == ([("held", None)] if unlimited else [refused]) + [refused] * 999
    assert padaria.balance().held_micro == (2**62 if unlimited else 0)


def _lift_the_limit(whose: Tenant) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE metering_cycle SET ceiling_micro = %s WHERE contract_id = %s",
            [UNLIMITED, whose.contract_id],
        )


READS = ["/v1/balances/x", "/v1/sends/x/y", "/v1/live", "/v1/ready"]


def test_other_methods_are_refused(api: Program):
    for method, path in product(("PUT", "DELETE", "PATCH", "OPTIONS"), (*PATHS, *READS)):
        answer = api.run(api.call(method, path, [b""]))
        assert (answer.status, answer.json["code"]) == (405, "method_not_allowed"), (method, path)
        assert answer.headers["allow"] == ("GET, HEAD" if path in READS else "POST"), (method, path)


def test_head_is_answered_as_get_without_the_body(api: Program, padaria: Tenant):
    for path, status in (
        ("/v1/live", 200),
        (f"/v1/balances/{padaria.contract}", 200),
        ("/v1/balances/x", 404),
        ("/v1/holds", 405),
    ):
        answer = api.run(api.call("HEAD", path, [b""]))
        assert (answer.status, answer.body) == (status, b"")
        assert int(answer.headers["content-length"]) > 0


NO_JSON = (
    "",
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/jsonx",
    "application/x-ndjsonx",
)


def test_a_body_says_that_it_is_json(api: Program):
    """As at every other address: curl's own content type is refused, not guessed at."""
    for path, said in product(PATHS, NO_JSON):
        answer = api.post(path, b"{}", content_type=said)
        assert (answer.status, answer.json["code"]) == (415, "unsupported_media_type"), (path, said)
    for path in PATHS:
        as_said = api.post(path, b"{", content_type="Application/JSON; charset=utf-8")
        assert as_said.json["code"] == "not_json", path


def test_parameters_that_no_hot_address_has_are_refused(api: Program, padaria: Tenant):
    for path in ("/v1/holds", f"/v1/balances/{padaria.contract}"):
        method = "POST" if path == "/v1/holds" else "GET"
        answer = api.run(api.call(method, path, [b"{}"], query="dry_run=1"))
        assert (answer.status, answer.json["code"]) == (422, "invalid")
        assert answer.json["errors"][0]["where"] == "query.dry_run"
    assert (
        api.run(api.call("GET", "/v1/live", [b""], query="at=1")).status == 200
    )  # whoever looks often may say when


def test_no_place_is_further_from_utc_than_the_database_can_read(api: Program, padaria: Tenant):
    """E7: one such moment broke the statement of everybody in the lane."""

    def event(name: str, offset: str) -> dict[str, str]:
        at = (clock.now() + timedelta(hours=int(offset[:3]))).strftime("%Y-%m-%dT%H:%M:%S")
        return {
            "id": name,
            "contract": padaria.contract,
            "contact": "c",
            "channel": "sms",
            "kind": "agent_action",
            "at": f"{at}{offset}",
        }

    far = event("a", "+16:00")
    assert api.post("/v1/interactions", far).status == 422
    told = api.post(
        "/v1/interactions",
        {"events": [far, event("b", "-15:00"), event("c", "+14:00"), event("d", "-23:00")]},
    ).results
    assert [one.get("code", one["status"]) for one in told] == ["malformed", "opened", "covered", "malformed"]


def test_addresses_beside_the_hot_ones_do_not_exist(api: Program):
    for path in ("/v1/holds/", "/v1/holdsx", "/v1/holds/1", "/v1/settlementsx", "/v1/sends/x", "/v1/healthx"):
        assert api.post(path, json.dumps({}).encode()).status == 404
