"""What a browser makes of a page, as far as the story needs it: text, links, frames and forms with their values."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

_NO_TEXT = {"script", "style", "template"}
_NO_VALUE = {"submit", "button", "image", "reset", "file"}


@dataclass
class Form:
    """A form as it would be sent: only what is chosen or checked has a value."""

    action: str
    method: str
    values: dict[str, str] = field(default_factory=dict)


@dataclass
class Page:
    """One answer. `url` is where redirects led."""

    url: str
    status: int
    body: bytes
    text: str = ""  # without mark-up, blanks collapsed
    links: list[str] = field(default_factory=list)
    frames: list[str] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)

    def form(self, *names: str) -> Form:
        """The form that has fields with all these names. Raises LookupError."""
        for form in self.forms:
            if set(names) <= set(form.values):
                return form
        raise LookupError(f"no form with {', '.join(names)} on {self.url}")

    def link(self, pattern: str) -> str:
        """The first link that fits. Raises LookupError."""
        for link in self.links:
            if re.search(pattern, link):
                return link
        raise LookupError(f"no link like {pattern} on {self.url}")


def read(url: str, status: int, body: bytes) -> Page:
    """A page of HTML; anything else has a body only."""
    reader = _Reader()
    reader.feed(body.decode(errors="replace"))
    reader.close()
    forms = [form for _name, form in reader.forms]
    text = " ".join("".join(reader.words).split())
    return Page(url, status, body, text, reader.links, reader.frames, forms)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.frames: list[str] = []
        self.forms: list[tuple[str, Form]] = []  # with their ids
        self._inside: list[str] = []
        self._form: Form | None = None
        self._select: tuple[str, str] | None = None  # the id of its form, and its name

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        match tag:
            case "a" if given.get("href"):
                self.links.append(given["href"])
            case "iframe":
                self.frames.append(given.get("src", ""))
            case "form":
                self._form = Form(given.get("action", ""), given.get("method", "get").lower())
                self.forms.append((given.get("id", ""), self._form))
            case "input":
                self._input(given)
            case "textarea":
                self._set(given, given.get("name", ""), "")
            case "select":
                self._select = (given.get("form", ""), given.get("name", ""))
            case "option" if self._select is not None:
                where, name = self._select
                if name not in self._values(where) or "selected" in given:
                    self._set({"form": where}, name, given.get("value", ""))
            case _ if tag in _NO_TEXT:
                self._inside.append(tag)
        self.words.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif self._inside[-1:] == [tag]:
            self._inside.pop()
        self.words.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.words.append(data)

    def _input(self, given: dict[str, str]) -> None:
        kind = given.get("type", "text").lower()
        if kind in _NO_VALUE or (kind in ("checkbox", "radio") and "checked" not in given):
            return
        default = "on" if kind in ("checkbox", "radio") else ""
        self._set(given, given.get("name", ""), given.get("value", default))

    def _set(self, given: dict[str, str], name: str, value: str) -> None:
        if name:
            self._values(given.get("form", ""))[name] = value

    def _values(self, form_id: str) -> dict[str, str]:
        """Values of the form that a field belongs to: the one that it names, else the one around it."""
        if not form_id:
            return {} if self._form is None else self._form.values
        return next((form.values for name, form in self.forms if name == form_id), {})
