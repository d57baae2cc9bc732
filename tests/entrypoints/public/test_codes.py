"""Every problem leads to a place that says what it means and how to mend it (API-3, E11, E12)."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from django.test import Client

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
    assert len(given) > 50
    assert given - {code.code for code in codes()} == set()


def test_every_word_of_an_event_has_its_words() -> None:
    assert (*events.DONE,) == said.DONE
    assert {*events.REFUSED} == {*said.REFUSED}
    assert {*said.REFUSED} <= {code.code for code in codes()}
    assert all(code.means and code.mend for code in codes())


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
