"""The OpenAPI document: made from the code, committed as openapi.json, compared by a test (API-1)."""

from __future__ import annotations

import json
from functools import cache
from http import HTTPStatus
from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import REF_TEMPLATE
from ninja.operation import Operation
from ninja.schema import NinjaGenerateJsonSchema

from abono.entrypoints.api.protocol.auth import ApiKey
from abono.entrypoints.api.protocol.declare import Problem
from abono.entrypoints.inbound import openapi as inbound
from abono.entrypoints.meter.protocol import openapi as fast_lane
from abono.platform.web.problems import MEDIA_TYPE, TITLES

PREFIX = "v1/"
FILE = "openapi.json"
_NEEDED_HEADER = "Idempotency-Key"


@cache
def document(api: NinjaAPI) -> dict[str, Any]:
    """The document as plain data; the same code gives the same one, on every version of Python."""
    found: dict[str, Any] = json.loads(json.dumps(NinjaAPI.get_openapi_schema(api, path_prefix=PREFIX)))
    for path in found["paths"].values():
        for operation in path.values():
            _mend(operation)
    operations = [
        operation
        for router in api._get_bound_routers()
        for view in router.path_operations.values()
        for operation in view.operations
        if operation.include_in_schema
    ]
    _say_scopes(found, operations, api)
    for path, methods in (fast_lane.paths() | inbound.paths()).items():
        found["paths"][path] = {name: {"parameters": [], **said} for name, said in methods.items()}
    for path in found["paths"].values():
        for operation in path.values():
            _say_headers(operation)
    found["components"]["securitySchemes"] |= inbound.SECURITY
    problem = Problem.model_json_schema(ref_template=REF_TEMPLATE, schema_generator=NinjaGenerateJsonSchema)
    schemas = (
        problem.pop("$defs")
        | {Problem.__name__: problem}
        | found["components"]["schemas"]
        | fast_lane.schemas()
        | inbound.schemas()
    )
    used = _reached(found["paths"], schemas)
    found["components"]["schemas"] = {name: schemas[name] for name in sorted(used)}
    return found


def text(api: NinjaAPI) -> str:
    """As it is written to the file."""
    return json.dumps(document(api), indent=2, ensure_ascii=False) + "\n"


def _mend(operation: dict[str, Any]) -> None:
    """Say what ninja cannot: problems have a type of their own, and the key is needed."""
    for status, response in operation["responses"].items():
        if int(status) >= HTTPStatus.BAD_REQUEST:
            response["description"] = TITLES[HTTPStatus(int(status))]
            response["content"] = {
                MEDIA_TYPE: {"schema": {"$ref": REF_TEMPLATE.format(model=Problem.__name__)}}
            }
    for parameter in operation["parameters"]:
        parameter.pop("examples", None)  # a parameter's are of another form than its schema's
        if parameter["name"] == _NEEDED_HEADER:
            parameter["required"] = True
            parameter["schema"] = parameter["schema"]["anyOf"][0]


def _say_scopes(found: dict[str, Any], operations: list[Operation], api: NinjaAPI) -> None:
    """Name the scopes of which a key needs one; an address without any is open."""
    scopes = {
        api.get_openapi_operation_id(operation): [
            {"ApiKey": [scope]}
            for key in operation.auth_callbacks
            if isinstance(key, ApiKey)
            for scope in key.scopes
        ]
        for operation in operations
    }
    for path in found["paths"].values():
        for operation in path.values():
            operation["security"] = scopes[operation["operationId"]]


def _say_headers(operation: dict[str, Any]) -> None:
    """What an answer says besides its body."""
    kept = any(parameter["name"] == _NEEDED_HEADER for parameter in operation["parameters"])
    for status, response in operation["responses"].items():
        headers = dict(_HEADERS.get(int(status), {}))
        if kept and int(status) < HTTPStatus.INTERNAL_SERVER_ERROR:
            headers["Idempotent-Replayed"] = _header(
                {"type": "string", "const": "true"}, "This is the first answer to the key again."
            )
        if headers:
            response["headers"] = headers


def _header(schema: dict[str, Any], description: str, *, required: bool = False) -> dict[str, Any]:
    return {"description": description, "required": required, "schema": schema}


_SECONDS = {"type": "integer", "minimum": 1}
_HEADERS = {
    401: {"WWW-Authenticate": _header({"type": "string"}, "`Bearer`.", required=True)},
    409: {"Retry-After": _header(_SECONDS, "When the first request with the key may be done.")},
    429: {"Retry-After": _header(_SECONDS, "In so many seconds the next request is taken.", required=True)},
    503: {"Retry-After": _header(_SECONDS, "Seconds to wait before the next try.", required=True)},
}


def _reached(part: Any, schemas: dict[str, Any]) -> set[str]:
    """Names of the schemas that a part refers to, and of those that they refer to."""
    found: set[str] = set()
    waiting = [part]
    while waiting:
        match waiting.pop():
            case {"$ref": str(target)}:
                name = target.rpartition("/")[2]
                if name not in found:
                    found.add(name)
                    waiting.append(schemas[name])
            case dict() as members:
                waiting += members.values()
            case list() as items:
                waiting += items
    return found
