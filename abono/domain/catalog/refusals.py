"""Refusals in the words of a reader: pages and mails say them alike (LNG-1)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date

from django.utils.translation import gettext, override

from abono.domain.catalog import queries
from abono.domain.catalog.labels import package_name
from abono.kernel.errors import Refusal, Sentence, known
from abono.platform import formats

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def said(refusal: type[Refusal], facts: Mapping[str, object], language: str) -> str:
    """The sentence of a refusal: in it a field by the label of its form, a day as the language writes it, a plan or package by its
    name, what was typed as it was typed."""
    with override(language):
        shown = {name: _shown(refusal, name, fact, language) for name, fact in facts.items()}
        return gettext(refusal.message).format(**shown)


def said_later(code: str, facts: Mapping[str, object], language: str) -> str:
    """As `said`, of one of which code and facts were kept; the code itself where nothing is refused with it any more."""
    refusal = known(code, facts)
    return code if refusal is None else said(refusal, facts, language)


def _shown(refusal: type[Refusal], name: str, fact: object, language: str) -> object:
    if isinstance(fact, Sentence):
        return fact.said(gettext)
    if name == "field":
        return gettext(refusal.labels[str(fact)])
    if name == "plan":
        return queries.plan_names().get(str(fact), fact)
    if name == "package":
        return package_name(str(fact), language)
    if name != "text" and isinstance(fact, str) and _DAY.fullmatch(fact):
        with suppress(ValueError):
            return formats.long_day(date.fromisoformat(fact), language)
    return fact
