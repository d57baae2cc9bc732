"""What each code of the API means and how to mend it: where the `type` of every problem leads (API-3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from abono.entrypoints.words.codes import EVENT, Code, codes

_FACT = re.compile(r"\{(\w+)\}")

type Sentence = tuple[str, ...]  # text and names of facts by turns, text first


@dataclass(frozen=True, slots=True)
class Shown:
    code: str
    statuses: tuple[HTTPStatus, ...]
    of_event: bool
    means: tuple[Sentence, ...]
    mend: tuple[str, ...]


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Every code in the order of the alphabet, each with an anchor of its own name. Open to everybody."""
    return render(request, "portal/codes/page.html", {"codes": [_shown(code) for code in codes()]})


def _shown(code: Code) -> Shown:
    return Shown(
        code.code,
        tuple(HTTPStatus(status) for status in code.statuses if status != EVENT),
        EVENT in code.statuses,
        tuple(tuple(_FACT.split(gettext(text))) for text in code.means),
        tuple(gettext(text) for text in code.mend),
    )
