"""Pages of the simulator: a template file, values that are always escaped, and strict headers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from html import escape
from importlib.resources import files
from string import Template

from abono.gateways.simulator.company.once import Json
from abono.gateways.simulator.company.store import to_json
from abono.kernel.money import EXPONENT

_ASSETS = {
    "simulator.css": ("abono.gateways.simulator.doors", "static/simulator.css", "text/css; charset=utf-8"),
    "frame.js": ("abono.gateways.simulator.doors", "static/frame.js", "text/javascript; charset=utf-8"),
    "levers.js": ("abono.gateways.simulator.doors", "static/levers.js", "text/javascript; charset=utf-8"),
    "inter.ttf": ("fontpkg_inter", "files/Inter[opsz,wght].ttf", "font/ttf"),
}


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    lost: bool = False  # close the line without a word


class Html(str):
    """Text that is markup already."""


def json_reply(status: int, body: Json) -> Reply:
    return Reply(status, to_json(body).encode(), headers={"Cache-Control": "no-store"})


def page(
    template: str, values: Mapping[str, object], *, status: int = 200, shown_by: str = "'none'"
) -> Reply:
    """A template with its values. `shown_by` is who may put the page into a frame."""
    policy = (
        "default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; connect-src 'self';"
        f" form-action 'self'; base-uri 'none'; frame-ancestors {shown_by}"
    )
    headers = {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }
    body = fill(template, **values).encode()
    return Reply(status, body, "text/html; charset=utf-8", headers)


def fill(template: str, **values: object) -> Html:
    """Put values into a template file; all but Html is escaped."""
    safe = {name: value if isinstance(value, Html) else escape(str(value)) for name, value in values.items()}
    return Html(_template(template).substitute(safe))


def asset(name: str) -> Reply | None:
    if name not in _ASSETS:
        return None
    package, path, content_type = _ASSETS[name]
    age = "max-age=86400" if name.endswith(".ttf") else "no-cache"
    return Reply(200, _bytes(package, path), content_type, {"Cache-Control": age})


@cache
def _template(name: str) -> Template:
    return Template((files(__package__) / "templates" / name).read_text("utf-8"))


@cache
def _bytes(package: str, path: str) -> bytes:
    return files(package).joinpath(path).read_bytes()


def money(minor: int, currency: str) -> str:
    """BRL 1,240.00"""
    digits = EXPONENT.get(currency, 2)
    whole, rest = divmod(minor, 10**digits)
    return f"{currency} {whole:,}" + (f".{rest:0{digits}d}" if digits else "")
