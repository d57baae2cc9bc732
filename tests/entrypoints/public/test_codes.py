"""Every problem leads to a place that says what it means and how to mend it (API-3, E11, E12)."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext

from abono.entrypoints.api.protocol import openapi
from abono.entrypoints.api.root import api
from abono.entrypoints.meter.protocol import wire
from abono.entrypoints.words import events
from abono.entrypoints.words.codes import codes
from abono.flows.usage import said

ROOT = Path(__file__).parents[3] / "abono"
LANGUAGES = {"en": "What to do:", "es": "Qué hacer:", "pt-br": "O que fazer:"}


def test_every_code_of_a_problem_has_its_words() -> None:
    """From the source: whatever is given to `Problem` as its code, and every code of a refusal."""
    given = set()
    for file in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            match node:
                case ast.Call(func=named, args=[_, ast.Constant(code), *_]) if "Problem" in ast.unparse(
                    named
                ):
                    given.add(code)
                case ast.Assign(targets=[ast.Name("code")], value=ast.Constant(code)):
                    given.add(code)
                case ast.Call(func=ast.Name("Problem"), args=[_, ast.Attribute() as word, *_]):
                    assert ast.unparse(word) in ("Word.MALFORMED", "self.code", "refusal.code"), file
    assert len(given) > 50
    assert given - {code.code for code in codes()} == set()


def test_every_word_of_an_event_has_its_words() -> None:
    assert (*events.DONE,) == said.DONE
    assert {*events.REFUSED} == {*said.REFUSED}
    assert {*said.REFUSED} <= {code.code for code in codes()}
    assert {*wire.STOPS} <= {code.code for code in codes()}  # with which a stream ends
    assert all(code.means and code.mend for code in codes())


@pytest.mark.rule("LNG-1", part="API")
@pytest.mark.parametrize("language", ["es", "pt-br"])
def test_every_code_is_explained_in_each_language(language: str) -> None:
    with translation.override(language):
        same = [
            (code.code, text)
            for code in codes()
            for text in (*code.means, *code.mend)
            if gettext(text) == text
        ]
    assert same == []


def anchors(language: str) -> set[str]:
    page = Client().get(f"/{language}/docs/errors/")
    found = re.findall(r'<section id="([^"]+)"', page.content.decode())
    assert len(found) == len(set(found))
    return set(found)


REFUSED_AT = [  # method, address, status, code: whoever comes with nothing, or with the wrong thing, at every door
    ("get", "/v1/contracts", 401, "no_usable_key"),
    ("post", "/v1/contracts", 405, "method_not_allowed"),
    ("get", "/v1/nothing", 404, "not_found"),
    ("get", "/v1/catalog", 422, "invalid"),
    ("get", "/v1/catalog?currency=XXX", 404, "catalog.currency_not_sold"),
    ("get", "/inbound/cloudevents", 405, "method_not_allowed"),
    ("post", "/inbound/cloudevents", 401, "no_usable_key"),
    ("post", "/inbound/zenvia", 401, "no_usable_key"),
    ("post", "/inbound/whatsapp", 404, "not_found"),
    ("post", "/inbound/twilio", 415, "unsupported_media_type"),
    ("get", "/inbound/nothing", 404, "not_found"),
    ("get", "/inbound/gateways/simulator/", 405, "method_not_allowed"),
    ("post", "/inbound/gateways/simulator/", 401, "bad_signature"),
    ("post", "/inbound/gateways/nobody/", 404, "not_found"),
]


@pytest.mark.django_db
@pytest.mark.rule("API-3", part="problems")
def test_what_a_door_says_leads_to_its_place_in_each_language() -> None:
    for language in LANGUAGES:
        places = anchors(language)
        for method, path, status, code in REFUSED_AT:
            answer = getattr(Client(), method)(path, headers={"Accept-Language": language})
            said = answer.json()
            assert (answer.status_code, said["code"]) == (status, code), (method, path, said)
            assert answer.headers["Content-Type"] == "application/problem+json", (method, path)
            assert said["type"] == f"/docs/errors#{code}", (method, path)
            assert code in places, (method, path)


@pytest.mark.rule("API-3", part="problems")
def test_whatever_the_document_names_as_a_code_has_its_place() -> None:
    """Examples of problems, and every list of words that an answer's `code` may be."""

    def named(part: Any) -> set[str]:
        match part:
            case dict():
                own = set(re.findall(r"/docs/errors#([a-z0-9_.]+)", str(part.get("type", ""))))
                code = part.get("code")
                if isinstance(code, dict):
                    own |= {str(word) for word in code.get("enum", [])}
                return own.union(*(named(inner) for inner in part.values()))
            case list():
                return set().union(*(named(inner) for inner in part))
        return set()

    found = named(openapi.document(api))
    assert {"no_contract", "sending_blocked", "idle", "too_late"} <= found
    assert found - {code.code for code in codes()} == set()


@pytest.mark.django_db
@pytest.mark.rule("API-3", part="problems")
@pytest.mark.rule("LNG-1", part="API")
@pytest.mark.parametrize(("language", "words"), LANGUAGES.items())
def test_the_address_of_a_problem_leads_to_what_it_means(language: str, words: str) -> None:
    asked = Client().get("/v1/contracts", headers={"Accept-Language": language}).json()
    address, _hash, anchor = asked["type"].partition("#")
    page = Client().get(address, headers={"Accept-Language": language}, follow=True)
    assert page.redirect_chain[-1][0] == f"/{language}/docs/errors/"
    text = page.content.decode()
    assert f'id="{anchor}"' in text
    assert [f'id="{code.code}"' for code in codes() if f'id="{code.code}"' not in text] == []
    assert text.count(words) >= len(codes())
    assert not re.search(r"\{\w+\}", text)  # facts are shown by their names
    assert "<code>limit_bytes</code>" in text
