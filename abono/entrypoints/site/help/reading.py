"""Articles of the help: read from Markdown, with links that lead to other articles and to pages (docs/adr/0041).

A file begins with `title`, `date` and `summary` between two lines of dashes. In its text `[…](wallet.md)` leads to another
article and `[…](page:portal:wallet)` to a page; `{undo_within}` stands for a figure that the seller sets (`figures`).
What looks like HTML is text.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import yaml
from django.urls import reverse
from django.utils.html import strip_tags
from django.utils.text import slugify
from django.utils.translation import override
from markdown_it import MarkdownIt
from markdown_it.token import Token

from abono.entrypoints.site.help import contents

ARTICLES = Path(__file__).parent / "articles"
FIGURE = re.compile(r"\{([a-z_]+)\}")
_PAGE, _ARTICLE = "page:", re.compile(r"([a-z-]+)\.md(#[\w-]+)?")
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable("image")


@dataclass(frozen=True, slots=True)
class Heading:
    id: str
    text: str
    level: int  # 2 or 3


@dataclass(frozen=True, slots=True)
class Article:
    """One article in one language.

    html    safe, with its links resolved and its figures not filled in yet
    words   its text without any mark-up, for searching
    """

    slug: str
    language: str
    title: str
    written: date
    summary: str
    html: str
    words: str
    headings: tuple[Heading, ...]


@cache
def article(slug: str, language: str) -> Article:
    """`slug` is one of `contents`. Raises ValueError for a file that is not written as the module says."""
    name = f"{language}/{slug}.md"
    begin, head, body = (ARTICLES / name).read_text(encoding="utf-8").split("---\n", 2)
    facts = yaml.safe_load(head)
    if begin or set(facts) != {"title", "date", "summary"}:
        raise ValueError(f"{name} does not begin with title, date and summary")
    tokens = _MARKDOWN.parse(body)
    headings = tuple(_headings(tokens))
    with override(language):
        _resolve(tokens, name)
    html = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    return Article(
        slug, language, facts["title"], facts["date"], facts["summary"], html, strip_tags(html), headings
    )


def _headings(tokens: Sequence[Token]) -> list[Heading]:
    """Gives each heading an id by which it is linked to, and which no page beside it has."""
    found = []
    for opening, text in itertools.pairwise(tokens):
        if opening.type == "heading_open":
            heading = Heading(f"help-{slugify(text.content)}", text.content, int(opening.tag[1]))
            opening.attrSet("id", heading.id)
            found.append(heading)
    return found


def _resolve(tokens: Sequence[Token], name: str) -> None:
    """Links get the addresses of the language that is active."""
    for token in tokens:
        _resolve(token.children or (), name)
        if token.type == "link_open":
            token.attrSet("href", _address(str(token.attrGet("href")), name))


def _address(written: str, name: str) -> str:
    if written.startswith(_PAGE):
        return reverse(written.removeprefix(_PAGE))
    to_article = _ARTICLE.fullmatch(written)
    if to_article is None:
        raise ValueError(f"{name}: {written} is neither an article nor a page")
    return contents.url(to_article[1]) + (to_article[2] or "")
