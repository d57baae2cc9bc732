"""The card fields that are shown inside a page of Abono, and what comes back from them."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from abono.gateways.simulator.company.cards import BRAND_NAME
from abono.gateways.simulator.company.store import Row, now_ms
from abono.gateways.simulator.company.typed import check
from abono.gateways.simulator.company.vault import Vault
from abono.gateways.simulator.doors.render import Reply, json_reply, page
from abono.gateways.simulator.doors.texts import HTML_LANG, texts


def show(vault: Vault, ref: str, language: str | None) -> Reply:
    """The fields in the language of the address, else of the session. Only its parent can frame them."""
    frame = vault.frame(ref)
    spoken, words = _words(frame, language)
    if frame is None:
        return page("closed.html", {**words, "lang": HTML_LANG[spoken]}, status=404, shown_by="*")
    parent_origin = frame["parent_origin"]
    values = {**words, "lang": HTML_LANG[spoken], "ref": ref, "parent_origin": parent_origin}
    return page("frame.html", values, shown_by=parent_origin)


def receive(vault: Vault, ref: str, language: str | None, body: bytes) -> Reply:
    """Take a typed card. The answer is `ref` when it may be saved, else `errors`, one for each wrong field.

    Both are 200: a mistake of the person who types is no failure of the request, and browsers would log one.
    """
    frame = vault.frame(ref)
    _, words = _words(frame, language)
    if frame is None:
        return json_reply(404, {"problem": words["expired_page"]})
    try:
        typed = json.loads(body)
    except (ValueError, RecursionError):
        typed = None
    if not isinstance(typed, dict):
        return json_reply(400, {"problem": words["offline"]})
    card, errors = check(typed, today=datetime.fromtimestamp(now_ms() // 1000, UTC).date())
    if card is None:
        return json_reply(200, {"errors": {field: words[name] for field, name in errors.items()}})
    vault.type_card(ref, card)
    brand = BRAND_NAME.get(card["brand"], card["brand"])
    return json_reply(200, {"ref": ref, "ready": words["ready"].format(brand=brand, last4=card["last4"])})


def _words(frame: Row | None, language: str | None) -> tuple[str, dict[str, str]]:
    return texts(language or (frame["language"] if frame else "en"))
