"""The simulator's pages and doors: card fields, levers, and what they refuse."""

from __future__ import annotations

import sqlite3
from base64 import b64encode
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from urllib3 import BaseHTTPResponse

from abono.gateways.simulator.company.cards import TEST_CARDS, Behaviour, brand_of
from abono.gateways.simulator.company.levers import Levers
from tests.contract.bench import ORIGIN, PADARIA, Bench, fresh, request_for
from tests.stand_ins import SECRET, Simulator

BACK = "https://abono.example/payments/att_1/back/"
OWN_CARD = "4111111111111111"  # its digits are good, but it is none of the test cards


@pytest.fixture
def bench(simulator: Simulator) -> Bench:
    simulator.pull(**asdict(Levers()))
    return Bench(simulator.gateway(), simulator)


def get(bench: Bench, url: str) -> BaseHTTPResponse:
    return bench.other_side.http.request("GET", url)


@pytest.mark.rule("WAL-2", "LNG-1")
@pytest.mark.parametrize(
    ("language", "label"),
    [("es", "Número de la tarjeta"), ("pt-br", "Número do cartão"), ("en", "Card number")],
)
def test_the_card_fields_speak_three_languages(bench: Bench, language: str, label: str) -> None:
    session = bench.gateway.open_card_frame(PADARIA, language, ORIGIN, key=fresh())
    page = get(bench, session.url)
    assert page.status == 200
    assert label in page.data.decode()
    assert f'lang="{"pt-BR" if language == "pt-br" else language}"' in page.data.decode()


@pytest.mark.rule("WAL-2")
def test_only_the_page_that_opened_the_fields_can_show_them(bench: Bench) -> None:
    session = bench.gateway.open_card_frame(PADARIA, "es", ORIGIN, key=fresh())
    policy = get(bench, session.url).headers["content-security-policy"]
    assert f"frame-ancestors {ORIGIN}" in policy.split("; ")
    assert "default-src 'none'" in policy


@pytest.mark.parametrize(
    "origin", ["*", "https://a.example/path", "https://a.example; script-src *", "a", "http://["]
)
def test_an_origin_that_is_none_opens_no_fields(bench: Bench, origin: str) -> None:
    body = {"key": fresh(), "customer": "c", "language": "es", "parent_origin": origin}
    reply = bench.other_side.http.request(
        "POST",
        f"{bench.other_side.url}/v1/frames",
        json=body,
        headers={"authorization": f"Bearer {bench.other_side.secret}"},
    )
    assert (reply.status, reply.json()["field"]) == (400, "parent_origin")


def test_fields_that_nobody_opened_say_so(bench: Bench) -> None:
    page = get(bench, f"{bench.other_side.url}/frame/frm_unknown?lang=es")
    assert page.status == 404
    assert "Recarga la página" in page.data.decode()


@pytest.mark.rule("WAL-6")
def test_each_wrong_field_has_its_own_text(bench: Bench) -> None:
    frame = bench.gateway.open_card_frame(PADARIA, "es", ORIGIN, key=fresh())
    answer = bench.other_side.type_card(frame.ref, "4242424242424241", holder="", expiry="01/20", cvv="12")
    assert answer == {
        "errors": {
            "number": "Revisa el número: alguno de los dígitos no es correcto.",
            "holder": "Escribe el nombre como está en la tarjeta.",
            "expiry": "Esta fecha ya pasó. Revísala o usa otra tarjeta.",
            "cvv": "El CVV tiene 3 dígitos, al reverso (American Express: 4, al frente).",
        }
    }


@pytest.mark.rule("WAL-2", part="never to our server")
def test_neither_numbers_nor_cvvs_are_kept_anywhere(bench: Bench) -> None:
    frame = bench.gateway.open_card_frame(PADARIA, "es", ORIGIN, key=fresh())
    bench.other_side.type_card(frame.ref, OWN_CARD, cvv="987")
    bench.other_side.pull(slow_ms=1)
    for card in TEST_CARDS:
        cvv = "9876" if brand_of(card.number) == "amex" else "987"
        assert bench.other_side.type_card(frame.ref, card.number, cvv=cvv)["ref"] == frame.ref
        saved = bench.gateway.save_card(frame.ref, PADARIA, key=fresh())
        if saved.card:
            bench.gateway.charge(request_for(saved.card.token))
    with closing(sqlite3.connect(bench.other_side.store)) as store:
        kept = "\n".join(store.iterdump())
    assert "4242" in kept  # the last four digits are
    forbidden = [OWN_CARD, *(card.number for card in TEST_CARDS), "'987'", '"987"', "'9876'", '"9876"']
    assert [text for text in forbidden if text in kept] == []


def test_a_post_from_another_site_is_not_heard(bench: Bench) -> None:
    frame = bench.gateway.open_card_frame(PADARIA, "es", ORIGIN, key=fresh())
    for path in (f"/frame/{frame.ref}", "/levers"):
        for headers in ({}, {"origin": "https://elsewhere.example"}, {"origin": "null"}):
            reply = bench.other_side.http.request(
                "POST", bench.other_side.url + path, body=b"", headers=headers
            )
            assert reply.status == 404


def test_calls_need_the_secret(bench: Bench) -> None:
    for headers in ({}, {"authorization": "Bearer no"}, {"authorization": "Bearer "}):
        reply = bench.other_side.http.request("GET", f"{bench.other_side.url}/v1/book", headers=headers)
        assert reply.status == 401


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("charges", "[]"),
        ("charges", "{"),
        ("charges", "{}"),
        ("charges", '{"key": "\\u0000"}'),
        ("charges", "[" * 60_000),
        ("refunds", '{"key": "k", "charge": "c", "amount_minor": 1.5, "currency": "BRL"}'),
        ("refunds", '{"key": "k", "charge": "c", "amount_minor": true, "currency": "BRL"}'),
        ("refunds", '{"key": "k", "charge": "c", "amount_minor": 123456789012345678901, "currency": "BRL"}'),
        ("levers", '{"next_charge": "explode"}'),
        ("levers", '{"next_charge": []}'),
        ("levers", '{"slow_ms": -1}'),
        ("levers", '{"no_such_lever": 1}'),
    ],
)
def test_a_wrong_body_is_answered_with_what_is_wrong(bench: Bench, path: str, body: str) -> None:
    before = bench.other_side.ask("GET", "levers")
    reply = bench.other_side.http.request(
        "POST",
        f"{bench.other_side.url}/v1/{path}",
        body=body,
        headers={"authorization": f"Bearer {bench.other_side.secret}"},
    )
    assert (reply.status, reply.json()["error"]) == (400, "invalid")
    assert bench.other_side.ask("GET", "levers") == before


def test_a_body_beyond_64_kilobytes_is_refused(bench: Bench) -> None:
    reply = bench.other_side.http.request(
        "POST", f"{bench.other_side.url}/v1/charges", body=b"", headers={"content-length": "70000"}
    )
    assert reply.status == 413


def test_the_page_of_levers_shows_cards_and_charges_and_sets_levers(bench: Bench) -> None:
    paid = request_for(bench.card())
    bench.gateway.charge(paid)
    page = get(bench, f"{bench.other_side.url}/").data.decode()
    assert all(card.spaced in page for card in TEST_CARDS)
    assert paid.key in page
    assert "BRL 740.00" in page
    assert f'value="{paid.method_token}"' in page  # the button that renews it
    form = {"action": "pull", "next_charge": "no_balance", "next_verification": ""}
    times = {
        "answer_delay": "0",
        "slow": "2.5",
        "settle": "0",
        "challenge": "60",
        "dispute": "0",
        "late": "1",
        "twice": "on",
    }
    reply = bench.other_side.http.request(
        "POST",
        f"{bench.other_side.url}/levers",
        fields={**form, **times},
        encode_multipart=False,
        headers={"origin": bench.other_side.url},
        redirect=False,
    )
    assert (reply.status, reply.headers["location"]) == (303, "/")
    assert bench.other_side.ask("GET", "levers") == {
        "next_charge": "no_balance",
        "next_verification": None,
        "next_pix": None,
        "answer_delay_ms": 0,
        "slow_ms": 2500,
        "settle_ms": 0,
        "challenge_ms": 60_000,
        "dispute_ms": 0,
        "webhooks": False,
        "twice": True,
        "late_ms": 1000,
    }


def test_what_a_caller_wrote_is_text_on_the_page_of_levers(bench: Bench) -> None:
    request = request_for(bench.card(), key="<script>alert(1)</script>" + fresh())
    bench.gateway.charge(request)
    page = get(bench, f"{bench.other_side.url}/").data.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize("path", ["/nothing", "/static/../server.py", "/static/%2e%2e/server.py", "/frame/"])
def test_other_addresses_lead_nowhere(bench: Bench, path: str) -> None:
    assert get(bench, bench.other_side.url + path).status == 404


def test_a_body_that_is_all_brackets_is_answered(bench: Bench) -> None:
    frame = bench.gateway.open_card_frame(PADARIA, "es", ORIGIN, key=fresh())
    reply = bench.other_side.http.request(
        "POST",
        f"{bench.other_side.url}/frame/{frame.ref}",
        body=b"[" * 60_000,
        headers={"origin": bench.other_side.url},
    )
    assert (reply.status, "problem" in reply.json()) == (400, True)


def test_the_book_of_the_simulator_is_nobody_elses_to_read(bench: Bench) -> None:
    bench.card()
    for suffix in ("", "-wal", "-shm"):
        kept = bench.other_side.store.with_name(bench.other_side.store.name + suffix)
        assert kept.stat().st_mode & 0o077 == 0


def test_the_levers_ask_for_the_secret_unless_they_are_open(tmp_path: Path) -> None:
    simulator = Simulator(tmp_path / "simulator.sqlite3", locked=True)
    simulator.start()
    try:
        levers = {"action": "pull", "answer_delay": "7"} | dict.fromkeys(
            ("slow", "settle", "challenge", "dispute", "late"), "0"
        )
        for coded in (None, "eA==", "eDp3cm9uZw==", "no base64", b64encode(b"x:" + SECRET.encode()).decode()):
            headers = {"origin": simulator.url} | ({"authorization": f"Basic {coded}"} if coded else {})
            right = coded is not None and len(coded) > 20
            shown = simulator.http.request("GET", f"{simulator.url}/", headers=headers)
            assert shown.status == (200 if right else 401)
            pulled = simulator.http.request(
                "POST",
                f"{simulator.url}/levers",
                fields=levers,
                encode_multipart=False,
                headers=headers,
                redirect=False,
            )
            assert pulled.status == (303 if right else 401)
            assert simulator.ask("GET", "levers")["answer_delay_ms"] == (7000 if right else 0)
    finally:
        simulator.stop()


def test_the_page_of_a_bank_says_the_sum_and_leads_back_whatever_its_holder_does(bench: Bench) -> None:
    request = replace(request_for(bench.card(Behaviour.CHALLENGE)), return_url=BACK)
    url = bench.gateway.charge(request).challenge_url
    assert url is not None
    shown = get(bench, url).data.decode()
    assert "BRL 740.00" in shown
    assert f'href="{BACK}"' in shown  # who walks away goes back too
    bench.other_side.press(url, "declined")
    decided = get(bench, url).data.decode()
    assert f"url={BACK}" in decided
    assert "<form" not in decided


def test_nobody_confirms_what_no_charge_asks(bench: Bench) -> None:
    url = f"{bench.other_side.url}/challenge/ch_nothing?lang=pt-br"
    page = bench.other_side.http.request("GET", url)
    assert page.status == 404
    assert "Neste endereço não há nenhum pagamento" in page.data.decode()
