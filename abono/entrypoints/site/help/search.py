"""Finding articles by words, as people type them: without accents, in the singular or the plural."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from abono.entrypoints.site.help import contents
from abono.entrypoints.site.help.reading import Article, article

LONGEST, MOST = 100, 8  # characters of a query, words of it that are looked for
_WORD = re.compile(r"\w+")
_WEIGHTS = (5, 3, 1)  # in the title, in the summary, in the text
_PLURALS = (("oes", "ao"), ("aes", "ao"), ("ais", "al"), ("eis", "el"), ("ies", "y"), ("es", ""), ("s", ""))
_LAST_VOWELS = re.compile(r"[aeo]{1,2}\Z")
_UNSAID = frozenset(  # words that every article has
    [
        "a",
        "o",
        "e",
        "de",
        "da",
        "do",
        "das",
        "dos",
        "que",
        "em",
        "no",
        "na",
        "com",
        "para",
        "por",
        "um",
        "uma",
        "se",
        "as",
        "os",
        "como",
        "meu",
        "minha",
        "y",
        "el",
        "la",
        "los",
        "las",
        "en",
        "con",
        "un",
        "del",
        "mi",
        "su",
        "al",
        "lo",
        "cual",
        "donde",
        "the",
        "of",
        "to",
        "and",
        "in",
        "my",
        "is",
        "it",
        "an",
        "for",
        "how",
        "do",
        "can",
        "what",
        "i",
    ]
)


def stems(text: str) -> list[str]:
    """Its words in the order in which they stand: small, without accents, without the end of a plural."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return [_stem(word) for word in _WORD.findall(plain)]


def _stem(word: str) -> str:
    """What the forms of a noun have in common: `tarjetas` and `tarjeta`, `cartões` and `cartão`, `invoices` and `invoice`."""
    for end, instead in _PLURALS:
        if len(word) > len(end) + 2 and word.endswith(end):
            word = word.removesuffix(end) + instead
            break
    return _LAST_VOWELS.sub("", word) if len(word) > 4 else word


def search(query: str, language: str) -> list[Article]:
    """The articles that say all that is asked for, the fitting ones first; if none does, those that say the most of it.

    query   only its first LONGEST characters and MOST words count
    """
    asked = list(dict.fromkeys(stems(query[:LONGEST])))
    asked = [word for word in asked if word not in _UNSAID][:MOST] or asked[:MOST]
    rated = [(_rated(asked, entry.slug, language), entry.slug) for entry in contents.entries()]
    most = max((found for (found, _weight), _slug in rated), default=0)
    if 2 * most < len(asked) or not most:
        return []
    fitting = [(weight, slug) for (found, weight), slug in rated if found == most]
    return [article(slug, language) for _weight, slug in sorted(fitting, key=lambda one: -one[0])]


def _rated(asked: list[str], slug: str, language: str) -> tuple[int, int]:
    """How many of the words an article says, and how much they weigh where it says them."""
    weights = [
        max(
            weight if any(word.startswith(one) for word in part) else 0
            for weight, part in zip(_WEIGHTS, _said(slug, language), strict=True)
        )
        for one in asked
    ]
    return sum(map(bool, weights)), sum(weights)


@cache
def _said(slug: str, language: str) -> tuple[frozenset[str], ...]:
    """Title, summary and text."""
    one = article(slug, language)
    return tuple(frozenset(stems(text)) for text in (one.title, one.summary, one.words))
