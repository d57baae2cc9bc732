"""Whatever is thrown at any parameter of any route is answered in form, and never by a 5xx ("Bad input").

The routes, their parameters and the answers that may come are read from the OpenAPI document.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import LazySettings
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from abono.domain.invoicing.models import Invoice
from abono.kernel.ids import public
from tests.entrypoints.api.conftest import DOCUMENT, Program, contract_id
from tests.examples import through_the_database
from tests.world import Tenant

OPERATIONS = [
    (method, path)
    for path, methods in DOCUMENT["paths"].items()
    if not path.startswith("/inbound/")  # tests/entrypoints/inbound sends junk to these
    for method in methods
]
SUBJECTS = sorted({path.split("/")[2] for _method, path in OPERATIONS})
HUGE = 12_000_000  # bytes

NASTY = [
    "",
    "\0",
    "a\0b",
    "9" * 21,
    "-" + "9" * 21,
    "9" * 5_000,
    "0",
    "-1",
    "1.5",
    "1e309",
    "NaN",
    "null",
    "true",
    "[]",
    "{}",
    "../../etc/passwd",
    "%00",
    "' OR 1=1 --",
    "\ufeff",
    "\u202e",
    "٣",
    "\U0001f9fe",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59.999999-14:00",
    "2026-02-30",
    "10000-01-01",
    "1",
    "200",
    "BRL",
    "BR",
    "brl-250",
    "usd-20",
    "paid",
    "active",
    "sva",
    "2026-06-01",
    "2026-06-01T00:00:00Z",
    "2026-000001-1",
    "ctr_" + "0" * 26,
    "inv_" + "7" + "z" * 25,
    "cus_" + "z" * 26,
    "x" * 10_000,
]
texts = st.sampled_from(NASTY) | st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**21), 10**21) | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)
TYPES = ["application/json", "application/json; charset=utf-16", "text/plain", "multipart/form-data", ""]


@st.composite
def bodies(draw: st.DrawFn, schema: dict[str, Any]) -> bytes:
    """Bytes: of no JSON at all, of some JSON, or of an object with the right names and anything in them."""
    kind = draw(st.sampled_from(["raw", "json", "named", "named", "huge"]))
    if kind == "raw":
        return draw(st.binary(max_size=60))
    if kind == "huge":
        return b'{"package": "' + b"x" * HUGE + b'"}' if draw(st.integers(0, 9)) == 0 else b"[" * 50_000
    value = draw(values)
    if kind == "named":
        names = _names(schema) or ["id"]
        value = {name: draw(values) for name in draw(st.lists(st.sampled_from(names), unique=True))}
    return json.dumps(value).encode()


def _names(schema: dict[str, Any]) -> list[str]:
    if "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    names = list(schema.get("properties", {}))
    for inner in schema.get("anyOf", []):
        names += _names(inner)
    return names


@pytest.mark.rule("API-3", "ACC-2")
@pytest.mark.parametrize("subject", SUBJECTS)
def test_junk_is_answered_in_form(
    sol: Program, seller: Program, padaria: Tenant, settings: LazySettings, subject: str
) -> None:
    settings.API_REQUESTS_PER_MINUTE = 0
    for method, path in OPERATIONS:
        if path.split("/")[2] != subject:
            continue

        @through_the_database(25)
        @given(data=st.data())
        def some(data: st.DataObject) -> None:
            send_junk((sol, seller), padaria, method, path, data)  # noqa: B023 - it is done before the next one

        some()


def send_junk(
    programs: Sequence[Program], padaria: Tenant, method: str, path: str, data: st.DataObject
) -> None:
    operation = DOCUMENT["paths"][path][method]
    own = {
        "contract_id": contract_id(padaria),
        "contract": contract_id(padaria),
        "invoice_id": public("inv", Invoice.objects.filter(number=1).get().id),
        "customer": public("cus", padaria.customer_id),
    }
    address, query = path, {}
    headers = {
        "Authorization": f"Bearer {data.draw(st.sampled_from(programs)).key}",
        "Accept-Language": data.draw(st.sampled_from(["es", "x" * 600, "\xff"])),
    }
    for parameter in operation["parameters"]:
        name = parameter["name"]
        value = data.draw(texts | st.just(own[name]) if name in own else texts, label=name)
        if parameter["in"] == "path":
            address = address.replace(f"{{{name}}}", quote(value, safe=""))
        elif parameter["in"] == "header":
            headers[name] = value.encode().decode("latin-1")
        elif parameter["required"] or data.draw(st.booleans()):
            query[name] = value
    given: dict[str, Any] = {"headers": headers, "query_params": query}
    if method in ("post", "put"):
        schema = (
            operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
        )
        given["data"] = data.draw(bodies(schema), label="body")
        given["content_type"] = data.draw(st.sampled_from(TYPES))
    answer = Client().generic(method.upper(), address, **given)

    assert answer.status_code < 500, (method, path, answer.content)
    led_elsewhere = {404, 405}  # an empty or slashed segment is another address
    assert str(answer.status_code) in operation["responses"] or answer.status_code in led_elsewhere, path
    if answer.status_code >= 400:
        said = answer.json()
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert said["status"] == answer.status_code
        assert all(said[member] for member in ("type", "title", "code", "detail"))
