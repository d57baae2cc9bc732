"""Articles of the help say in three languages the same, name what is on the pages, and keep to the glossary (HLP-1)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import polib
import pytest

from abono.entrypoints.site.help import contents, reading
from abono.entrypoints.site.help.figures import FIXED, SET
from abono.entrypoints.site.help.reading import ARTICLES, FIGURE, article
from abono.entrypoints.site.help.search import search
from tests.unit.test_words import not_said
from tools.messages import LOCALE

LANGUAGES = {"en": "", "es": "es", "pt-br": "pt_BR"}  # with the names of their catalogs
QUOTED = {"en": r"“(.+?)”", "es": r"«(.+?)»", "pt-br": r"“(.+?)”"}
SLUGS = [entry.slug for entry in (*contents.entries(), *contents.SELLERS)]
HLP = pytest.mark.rule("HLP-1", part="three languages")


def written(slug: str, language: str) -> str:
    return (ARTICLES / language / f"{slug}.md").read_text(encoding="utf-8")


@cache
def said(language: str) -> dict[str, set[str]]:
    """What the pages say in a language, with the English for it."""
    found: dict[str, set[str]] = {}
    for entry in polib.pofile(str(LOCALE / (LANGUAGES[language] or "es") / "LC_MESSAGES" / "django.po")):
        found.setdefault(entry.msgid if language == "en" else entry.msgstr, set()).add(entry.msgid)
    return found


def quoted(slug: str, language: str) -> Iterator[set[str]]:
    """Each name on a page that an article quotes, as the English texts that it may stand for."""
    for name in re.findall(QUOTED[language], written(slug, language)):
        assert name in said(language), f"{language}/{slug}.md: no page says “{name}”"
        yield said(language)[name]


@HLP
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_article_is_there_and_no_other(language: str) -> None:
    assert sorted(path.stem for path in (ARTICLES / language).iterdir()) == sorted(SLUGS)
    for slug in SLUGS:
        one = article(slug, language)
        assert one.title
        assert one.summary.endswith("."), slug
        assert len(one.words) > 200, slug
        assert one.written.year >= 2026


@HLP
@pytest.mark.rule("HLP-1", part="articles")
@pytest.mark.parametrize("slug", SLUGS)
def test_an_article_names_what_is_on_the_pages_in_each_language_alike(slug: str) -> None:
    english = list(quoted(slug, "en"))
    for language in ("es", "pt-br"):
        names = list(quoted(slug, language))
        assert len(names) == len(english), f"{language}/{slug}.md names other things than the English one"
        left = [one for one in names if not any(one & other for other in english)]
        assert left == []


@HLP
@pytest.mark.parametrize("slug", SLUGS)
def test_an_article_has_the_same_parts_links_and_figures_in_each_language(slug: str) -> None:
    def parts(language: str) -> tuple[object, ...]:
        text = written(slug, language)
        lines = Counter(mark for mark in re.findall(r"^(#+|-|\d+\.|>) ", text, re.M))
        return lines, Counter(re.findall(r"\]\(([^)]+)\)", text)), Counter(FIGURE.findall(text))

    assert parts("es") == parts("en")
    assert parts("pt-br") == parts("en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_articles_say_what_the_glossary_says(language: str) -> None:
    texts = {slug: article(slug, language) for slug in SLUGS}
    for phrase in not_said(language):
        pattern = re.compile(rf"\b{phrase}\b" if phrase[0].isalpha() else re.escape(phrase), re.IGNORECASE)
        for slug, one in texts.items():
            assert not pattern.search(f"{one.title} {one.summary} {one.words}"), f"{phrase!r} in {slug}"


def test_articles_name_figures_that_are_known() -> None:
    named = {figure for slug in SLUGS for figure in FIGURE.findall(written(slug, "en"))}
    assert named <= {*SET, *FIXED, "seller"}


def test_what_looks_like_html_is_text_and_a_link_that_leads_nowhere_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "ARTICLES", tmp_path)
    head = "---\ntitle: T\ndate: 2026-11-29\nsummary: S.\n---\n"
    (tmp_path / "en").mkdir()
    for name, body in (
        ("html", "A <b onclick=x>bold</b>\n\n<script>alert(1)</script>"),
        ("link", "[there](https://elsewhere.example)"),
        ("page", "[there](page:portal:nowhere)"),
        ("bare", "[there](javascript:alert(1))"),
    ):
        (tmp_path / "en" / f"{name}.md").write_text(head + body)
    assert "<b" not in article("html", "en").html
    assert "<script" not in article("html", "en").html
    assert "href" not in article("bare", "en").html
    with pytest.raises(ValueError, match="neither an article nor a page"):
        article("link", "en")
    with pytest.raises(Exception, match="nowhere"):
        article("page", "en")


@pytest.mark.rule("HLP-1", part="searched")
@pytest.mark.parametrize(
    ("language", "query", "first"),
    [
        ("es", "tarjetas", "wallet"),
        ("es", "billetera", "wallet"),
        ("es", "contrasena", "document-password"),  # without its tilde
        ("es", "¿Cómo cambio de plan?", "change-plan"),
        ("pt-br", "cartao", "wallet"),  # of «cartões»
        ("pt-br", "LIMITES PRÓPRIOS", "own-limits"),
        ("en", "payment link", "payment-links"),
        ("en", "give contract back", "regret"),
    ],
)
def test_articles_are_found_by_words_as_people_type_them(language: str, query: str, first: str) -> None:
    assert search(query, language)[0].slug == first


@pytest.mark.rule("HLP-1", part="searched")
def test_what_nobody_wrote_about_is_not_found() -> None:
    assert search("zeppelin", "en") == search("", "en") == search("?!", "en") == []
    assert search("x" * 10_000, "es") == []
