"""What the Central Bank's document of the Pix API says of a call: whether a request or an answer is as it has to be."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

FILE = Path(__file__).parent / "contract/documents/bacen-pix-api-2.9.0.yaml"


_REQUIRED_BY_MISTAKE = {
    "RecBase": ("idRec", "retentativa"),  # the service's to give out; no such field
    "DadosRecebedor": ("logradouro", "cidade", "uf", "cep"),  # inside of `recebedor`
    "DadosPagadorRec": ("ispbParticipante",),  # inside of `pagador`
    "SolicRecBase": ("pagador",),
    "SolicRecCompleta": ("rec",),
    "RecNotification": ('atualizacao"',),
}


def operation(method: str, path: str) -> dict[str, Any] | None:
    """The call of the document that a path without a query is; None for no such call."""
    for pattern, said in _paths():
        if pattern.fullmatch(path) and method.lower() in said:
            return dict(said[method.lower()])
    return None


def wrong_with_request(call: dict[str, Any], body: object) -> list[str]:
    return _wrong(_resolved(call.get("requestBody") or {}), body)


def wrong_with_answer(call: dict[str, Any], status: int, body: object) -> list[str]:
    """A status that the document does not have for this call is wrong as well, but for those of any proxy."""
    if str(status) not in call["responses"]:
        return [f"no answer {status}"]
    return _wrong(_resolved(call["responses"][str(status)]), body)


def wrong_with(schema: str, body: object) -> list[str]:
    """By the name of a schema of the document."""
    return _errors({"$ref": f"#/components/schemas/{schema}"}, body)


def _wrong(said: dict[str, Any], body: object) -> list[str]:
    contents = list(said.get("content", {}).values())
    return _errors(contents[0]["schema"], body) if contents else []


def _errors(schema: dict[str, Any], body: object) -> list[str]:
    return [
        f"{error.message} at {list(error.instance_path)}"
        for error in _validator(json.dumps(schema)).iter_errors(body)
    ]


@cache
def _validator(schema_json: str) -> Any:
    schema = {"components": document()["components"], **json.loads(schema_json)}
    return jsonschema_rs.Draft4Validator(schema, validate_formats=True)


def _resolved(said: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in said:
        return said
    found: Any = document()
    for part in said["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return dict(found)


@cache
def _paths() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    """Fixed parts before those in braces. What payers' banks read at a place by its token looks like ours, and is not ours."""
    ours = [item for item in document()["paths"].items() if "UrlAccessToken" not in item[0]]
    paths = sorted(ours, key=lambda item: item[0].count("{"))
    return [(re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), said) for path, said in paths]


@cache
def document() -> dict[str, Any]:
    """The document as a validator can read it. Some things of it cannot be: patterns between slashes; `uri` for places that by
    its own examples have no scheme; alternatives that exclude nothing; and schemas that require what they do not have, or what
    stands one floor below."""
    read: dict[str, Any] = yaml.load(FILE.read_text(), Loader=yaml.CSafeLoader)
    _mend(read["components"])
    schemas = read["components"]["schemas"]
    for name, never in _REQUIRED_BY_MISTAKE.items():
        schemas[name]["required"] = [one for one in schemas[name]["required"] if one not in never]
    return read


def _mend(said: Any) -> None:
    if isinstance(said, list):
        for one in said:
            _mend(one)
    if not isinstance(said, dict):
        return
    pattern = said.get("pattern")
    if isinstance(pattern, str) and pattern.startswith("/"):
        said["pattern"] = pattern.strip("/")
    if said.get("format") == "uri" and "location" not in said and said.get("maxLength") == 77:
        del said["format"]
    if said.get("type") == "string":
        said.pop("anyOf", None)  # parts of a sum, which no text has
    either = said.get("oneOf")
    if isinstance(either, list) and not any("required" in one or "$ref" in one for one in either):
        said["anyOf"] = said.pop("oneOf")  # none of them asks for anything, so all hold
    for one in said.values():
        _mend(one)
