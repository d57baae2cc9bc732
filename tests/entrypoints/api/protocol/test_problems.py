"""Every error is a problem of RFC 9457, in the caller's language, and says nothing that it should not (API-3)."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from http import HTTPStatus
from io import BytesIO
from pathlib import Path

import msgspec
import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from django.conf import LazySettings
from django.db import OperationalError
from django.http import HttpRequest
from django.test import Client
from ninja.errors import Throttled

from abono.entrypoints.api.contracts import contracts as views
from abono.entrypoints.api.protocol import errors
from abono.kernel.errors import Kind, Refusal, _
from abono.kernel.ids import public, uuid7
from abono.platform.web import problems
from tests.entrypoints.api.conftest import Program, contract_id, issue
from tests.world import Tenant

STANDARD = {"type", "title", "status", "code", "detail"}


@dataclass(eq=False)
class Cheeky(Refusal):
    """Its facts have the names of the standard members."""

    code = "cheeky"
    kind = Kind.CONFLICT
    message = _("It is {status} and {detail}.")
    status: str
    detail: str
    type: str
    title: str
    retry_after_s: int


def is_problem(answer, status: int, code: str) -> dict:
    assert answer.headers["Content-Type"] == "application/problem+json"
    said = json.loads(answer.content)
    assert (answer.status_code, said["status"], said["code"]) == (status, status, code)
    assert said["type"] == f"/docs/errors#{code}"
    assert said["title"]
    assert said["detail"]
    return said


@pytest.mark.rule("API-3", part="problems")
@pytest.mark.parametrize("address", ["/v1/catalog", "/inbound/whatsapp", "/inbound/zenvia"])
def test_parameters_without_end_are_refused_and_are_no_mistake_of_ours(
    sol: Program, settings: LazySettings, address: str
) -> None:
    settings.WHATSAPP_APP_SECRET = settings.WHATSAPP_VERIFY_TOKEN = "set"
    query = "&".join(f"a{n}=1" for n in range(1_001))
    method = Client().post if address.endswith("zenvia") else Client().get
    said = is_problem(
        method(f"{address}?{query}", headers={"Authorization": f"Bearer {sol.key}"}), 400, "malformed"
    )
    assert said["most"] == 1_000


@pytest.mark.rule("API-3")
def test_facts_never_stand_in_for_the_standard_members() -> None:
    problem = problems.refused(Cheeky("late", "wrong", "x", "y", 7))
    said = msgspec.json.decode(problem.body())
    assert said == {
        "status": 409,
        "detail": "It is late and wrong.",
        "type": "/docs/errors#cheeky",
        "title": "Not possible now",
        "code": "cheeky",
        "retry_after_s": 7,
    }
    assert problem.headers["Retry-After"] == "7"


@pytest.mark.rule("API-3")
def test_each_kind_of_refusal_has_one_status() -> None:
    assert set(problems.STATUS) == set(Kind)
    assert set(problems.STATUS.values()) <= set(problems.TITLES)


@pytest.mark.rule("API-3")
@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("get", "/nowhere", 404, "not_found"),
        ("get", "/", 404, "not_found"),
        ("get", "/contracts/", 404, "not_found"),
        ("get", "/docs", 404, "not_found"),
        ("get", "/contracts/ctr_1", 404, "no_contract"),
        ("get", "/contracts/%00", 404, "no_contract"),
        ("get", "/contracts/%FF", 404, "no_contract"),
        ("get", "/invoices/inv_1", 404, "invoicing.not_found"),
        ("get", "/invoices?customer=cus_1", 404, "customers.not_found"),
        ("get", "/contracts?cursor=abc", 422, "bad_cursor"),
        ("get", "/contracts?limit=0", 422, "invalid"),
        ("get", "/contracts?limit=201", 422, "invalid"),
        ("get", "/contracts?limit=999999999999999999999", 422, "invalid"),
        ("get", "/contracts?cursor=%00", 422, "invalid"),
        ("get", "/invoices?since=1780000000", 422, "invalid"),
        ("get", "/invoices?since=2026-06-01T00:00:00", 422, "invalid"),
        ("get", "/catalog?currency=BRL%00", 422, "invalid"),
        ("get", "/contracts?state=gone", 422, "invalid"),
        ("get", "/invoices?since=yesterday", 422, "invalid"),
        ("get", "/invoices?state=draft", 422, "invalid"),
        ("get", "/catalog", 422, "invalid"),
        ("get", "/catalog?currency=EUR", 404, "catalog.currency_not_sold"),
        ("get", "/catalog?currency=BRL&country=FR", 404, "catalog.country_not_served"),
        ("put", "/contracts", 405, "method_not_allowed"),
        ("delete", "/contracts/ctr_1", 405, "method_not_allowed"),
        ("get", "/changes/chg_1/accept", 405, "method_not_allowed"),
    ],
)
def test_what_cannot_be_answered_is_a_problem(
    sol: Program, method: str, path: str, status: int, code: str
) -> None:
    answer = getattr(Client(), method)(f"/v1{path}", headers={"Authorization": f"Bearer {sol.key}"})
    is_problem(answer, status, code)
    if status == 405:
        assert answer.headers["Allow"] in {"GET, HEAD", "POST"}


@pytest.mark.rule("API-3")
def test_each_mistake_is_named_with_its_place(sol: Program) -> None:
    said = is_problem(sol.get("/contracts", limit="many", cursor="\0", state="x"), 422, "invalid")
    assert said["errors"] == [
        {"where": "query.limit", "message": "Write a whole number."},
        {"where": "query.cursor", "message": "This is not of the right form: ^[A-Za-z0-9_-]+$"},
        {
            "where": "query.state",
            "message": "Write one of these: 'pending', 'active', 'restricted', 'ending', 'ended'",
        },
    ]


@pytest.mark.rule("API-3")
@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"", "application/json", 422, "invalid"),
        (b"{", "application/json", 400, "not_json"),
        (b"\xff\xfe", "application/json", 400, "not_json"),
        (b"[" * 100_000, "application/json", 400, "not_json"),
        (b'{"package": ' + b"9" * 5000 + b"}", "application/json", 400, "not_json"),
        (b"[]", "application/json", 422, "invalid"),
        (b'{"package": 7}', "application/json", 422, "invalid"),
        (b'{"package": "\\u0000"}', "application/json", 422, "invalid"),
        (b'{"package": "\\ud800"}', "application/json", 422, "invalid"),
        (b"package=brl-250", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b'{"package": "' + b"x" * 10_000_000 + b'"}', "application/json", 413, "body_too_large"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(
    sol: Program, padaria: Tenant, body: bytes, content_type: str, status: int, code: str
) -> None:
    path = f"/contracts/{contract_id(padaria)}/changes"
    is_problem(sol.post(path, body, once="k", content_type=content_type), status, code)
    assert padaria.contract.package_code == "brl-100"


@pytest.mark.rule("LNG-1", part="API")
@pytest.mark.rule("API-3", part="language")
@pytest.mark.rule("API-3", part="problems")
@pytest.mark.parametrize("language", ["es", "pt-br", "en"])
def test_problems_are_in_the_language_that_the_caller_accepts(
    padaria: Tenant, language: str, tmp_path: Path, settings: LazySettings
) -> None:
    """With a catalog of its own, so that the proof does not hang on today's wording."""
    texts = {
        "es": ("No existe tal contrato.", "No se encontró", "Escriba un número entero."),
        "pt-br": ("Esse contrato não existe.", "Não encontrado", "Escreva um número inteiro."),
        "en": ("There is no such contract.", "Not found", "Write a whole number."),
    }
    for code, folder in (("es", "es"), ("pt-br", "pt_BR")):
        catalog = Catalog(locale=folder)
        for msgid, msgstr in zip(texts["en"], texts[code], strict=True):
            catalog.add(msgid, msgstr)
        place = tmp_path / folder / "LC_MESSAGES"
        place.mkdir(parents=True)
        written = BytesIO()
        write_mo(written, catalog)
        (place / "django.mo").write_bytes(written.getvalue())
    settings.LOCALE_PATHS = [tmp_path]

    accepts = {"pt-br": "pt-BR, en;q=0.5"}.get(language, language)
    asked = Program(issue(padaria.customer_id)[1], accepts)
    said = is_problem(asked.get(f"/contracts/{public('ctr', uuid7())}"), 404, "no_contract")
    assert (said["detail"], said["title"]) == texts[language][:2]
    mistake = is_problem(asked.get("/contracts", limit="x"), 422, "invalid")["errors"][0]
    assert mistake == {"where": "query.limit", "message": texts[language][2]}


@pytest.mark.rule("API-3", part="nothing leaks")
def test_a_mistake_of_ours_is_an_incident_and_nothing_else_leaks(
    sol: Program, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(**_: object) -> None:
        raise RuntimeError("password=hunter2")

    monkeypatch.setattr(views.contracts, "page", broken)
    with caplog.at_level(logging.ERROR, logger="abono.api"):
        answer = sol.get("/contracts")
    said = is_problem(answer, 500, "internal_error")
    assert set(said) == STANDARD | {"incident"}
    assert b"hunter2" not in answer.content
    assert said["incident"] in caplog.text
    assert "hunter2" in caplog.text


@pytest.mark.rule("API-3")
def test_a_database_that_does_not_answer_is_not_available_for_a_moment(
    sol: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(**_: object) -> None:
        raise OperationalError("canceling statement due to lock timeout")

    monkeypatch.setattr(views.contracts, "page", locked)
    answer = sol.get("/contracts")
    is_problem(answer, HTTPStatus.SERVICE_UNAVAILABLE, "unavailable")
    assert answer.headers["Retry-After"] == "2"


@pytest.mark.rule("API-3", part="429")
def test_a_limit_says_how_long_to_wait() -> None:
    answer = errors.answer(HttpRequest(), Throttled(wait=7))
    assert is_problem(answer, 429, "too_many_requests")["retry_after_s"] == 7
    assert answer.headers["Retry-After"] == "7"
