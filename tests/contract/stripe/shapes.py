"""Whether a request or an answer is one that Stripe's public description of its API allows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

Shape = dict[str, Any]
_TYPES = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "array": list,
    "object": dict,
}


@cache
def _book() -> Shape:
    return dict(json.loads((Path(__file__).parent / "shapes.json").read_text()))


def call(method: str, path: str) -> tuple[str, Shape]:
    """The address of a call with names in place of ids, and the shape of what it takes. Raises LookupError."""
    for template, calls in sorted(_book()["paths"].items(), key=lambda one: "{" in one[0]):
        if re.fullmatch(re.sub(r"\{\w+\}", "[A-Za-z]+_[A-Za-z0-9_]+", template), path) and method in calls:
            taken = calls[method]
            return template, taken.get("body") or {"type": "object", "properties": taken.get("query", {})}
    raise LookupError(f"{method} {path} is no call of the adapter's")


def wrong_in_request(shape: Shape, sent: Any, where: str = "") -> Iterator[str]:
    """Names that do not exist and words that are not allowed; of a form everything is text."""
    options = shape.get("anyOf", [shape])
    if len(options) > 1:
        said = [list(wrong_in_request(option, sent, where)) for option in options]
        yield from () if any(not one for one in said) else said[0]
    elif isinstance(sent, dict):
        known, more = shape.get("properties"), shape.get("additionalProperties")
        if shape and known is None and not more:
            yield f"{where}: no object"
        for name, value in sent.items():
            if known is not None and name in known:
                yield from wrong_in_request(known[name], value, f"{where}.{name}")
            elif known is not None and not more:
                yield f"{where}.{name}: no such parameter"
        yield from (f"{where}.{name}: missing" for name in shape.get("required", ()) if name not in sent)
    elif isinstance(sent, list):
        if shape and shape.get("type") != "array":
            yield f"{where}: no list"
        for value in sent:
            yield from wrong_in_request(shape.get("items", {}), value, where)
    elif shape.get("type") in {"object", "array"}:
        yield f"{where}: {sent!r} is no {shape['type']}"
    elif "enum" in shape and sent not in shape["enum"]:
        yield f"{where}: {sent!r}"
    elif shape.get("type") == "integer" and not str(sent).lstrip("-").isdigit():
        yield f"{where}: {sent!r} is no number"


def wrong_in_answer(name: str, said: Any) -> list[str]:
    return list(_wrong({"$ref": f"/{name}"}, said, name))


def _wrong(shape: Shape, said: Any, where: str) -> Iterator[str]:
    if "$ref" in shape:
        shape = _book()["schemas"][shape["$ref"].rpartition("/")[2]]
    if said is None:
        if shape and not shape.get("nullable"):
            yield f"{where}: null"
        return
    if options := shape.get("anyOf"):
        tried = [list(_wrong(option, said, where)) for option in options]
        yield from () if any(not one for one in tried) else min(tried, key=len)
        return
    kind = shape.get("type")
    if kind and (not isinstance(said, _TYPES[kind]) or (kind == "integer" and isinstance(said, bool))):
        yield f"{where}: {said!r} is no {kind}"
    elif "enum" in shape and said not in shape["enum"]:
        yield f"{where}: {said!r}"
    elif isinstance(said, dict) and "properties" in shape:
        for field, value in said.items():
            if field in shape["properties"]:
                yield from _wrong(shape["properties"][field], value, f"{where}.{field}")
            elif not shape.get("additionalProperties"):
                yield f"{where}.{field}: no such field"
        yield from (f"{where}.{field}: missing" for field in shape.get("required", ()) if field not in said)
    elif isinstance(said, list):
        for value in said:
            yield from _wrong(shape.get("items", {}), value, f"{where}[]")
