"""Words and figures as a PDF, A4, in our fonts, tagged for screen readers (PDF/UA-1).

The same words are the same file, byte for byte: nothing of the clock or of chance is in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

import typst
from babel import Locale
from django.conf import settings
from django.utils.translation import gettext as _

from abono.domain.customers import rules as customers
from abono.domain.invoicing import fonts
from abono.domain.invoicing.types import Buyer

_LOCALES = {"es": Locale("es"), "pt-br": Locale("pt", "BR"), "en": Locale("en")}


def head(
    *, heading: str, title: str, buyer: Buyer, sandbox: bool, facts: list[dict[str, str]], language: str
) -> dict[str, object]:
    """What every document begins with: from whom, for whom, what it is. The active language is `language`.

    heading   the whole name, as readers show it
    title     the part of it that is set large: a number
    facts     `label` and `value`, beside the customer
    """
    return {
        **tongue(language),
        "heading": heading,
        "description": f"{heading}, {settings.ABONO_SELLER['name']}",
        "title": title,
        "seller": settings.ABONO_SELLER,
        "buyer": _buyer(buyer, _LOCALES[language]),
        "facts": facts,
        "sandbox": _("Sandbox: made for trying things out. It is not a fiscal document.") if sandbox else "",
    }


def tongue(language: str) -> dict[str, str | None]:
    """One of our languages as a PDF names it."""
    locale = _LOCALES[language]
    return {"lang": locale.language, "region": locale.territory}


def language_name(named: str, language: str) -> str:
    """What one of our languages is called in another."""
    return str(_LOCALES[named].get_display_name(_LOCALES[language]))


def pair(label: str, value: str) -> dict[str, str]:
    return {"label": label, "value": value}


def made(template: str, written: Mapping[str, object], *, at: datetime) -> bytes:
    """The PDF that `typst/<template>.typ` makes of what is written.

    at   a moment that belongs to what is written: the file says it was made then
    """
    data = json.dumps(written, ensure_ascii=False)
    try:
        return _set(template, data, at, accessible=True)
    except typst.TypstError:
        # The standard refuses letters that the font lacks, and a name may have some: a box in their place
        # is better than no document.
        return _set(template, data, at, accessible=False)


def _set(template: str, written: str, at: datetime, *, accessible: bool) -> bytes:
    standards: list[Literal["ua-1"]] = ["ua-1"] if accessible else []
    return typst.compile(
        str(files("abono.domain.invoicing") / "typst" / f"{template}.typ"),
        font_paths=_fonts(fonts.ready(settings.ENV.home)),
        ignore_system_fonts=True,
        sys_inputs={"data": written},
        format="pdf",
        pdf_standards=[*standards],
        timestamp=int(at.timestamp()),  # else two files of one paper would differ
    )


@lru_cache(maxsize=1)
def _fonts(folder: Path) -> typst.Fonts:
    """Read once in a process: it takes as long as to set a page."""
    return typst.Fonts(include_system_fonts=False, font_paths=[str(folder)])


def _buyer(buyer: Buyer, locale: Locale) -> dict[str, object]:
    return {
        "legal_name": buyer.legal_name,
        "tax_id_name": customers.tax_id_name(buyer.country, buyer.tax_id) or _("Tax id"),
        "tax_id": customers.printed_tax_id(buyer.country, buyer.tax_id),
        "address": list(buyer.address),
        "country": locale.territories.get(buyer.country, buyer.country),
    }
