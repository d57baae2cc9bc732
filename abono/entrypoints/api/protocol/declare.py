"""What an operation needs and how it may answer, said once for the code and for the OpenAPI document."""

from __future__ import annotations

from typing import Annotated, Any

from ninja import Field, Header, Schema
from pydantic import ConfigDict, StringConstraints

from abono.entrypoints.api.protocol.auth import ApiKey


class Mistake(Schema):
    """One thing that is wrong with a request."""

    where: Annotated[str, Field(examples=["query.limit"])]
    message: Annotated[str, Field(examples=["Write 200 or less."])]


class Problem(Schema):
    """RFC 9457. `code` is stable; `title` and `detail` are in the caller's language; more members are facts."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {
                    "type": "/docs/errors#no_contract",
                    "title": "Not found",
                    "status": 404,
                    "code": "no_contract",
                    "detail": "There is no such contract.",
                }
            ]
        },
    )

    type: Annotated[
        str, Field(pattern=r"^/docs/errors#", description="Leads to what it means and how to mend it.")
    ]
    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    code: Annotated[str, Field(pattern=r"^[a-z0-9_.]+$")]
    detail: str
    errors: Annotated[list[Mistake] | None, Field(description="With code `invalid`: each mistake.")] = None


_Key = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$")]
IdempotencyKey = Annotated[
    _Key | None,
    Header(
        alias="Idempotency-Key",
        description="Yours, new for each act, the same when you repeat it. Needed. Answers are kept 30 days.",
        examples=["3f6c1e0a-9d2b-4a57-8d39-1d1b3f0c6a11"],
    ),
]

KEYED = (401, 403, 429)
ALWAYS = (500, 503)
PDF = {  # as `openapi_extra`
    "responses": {200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}}
}


def answers(
    success: dict[int, Any], *problems: int, scope: str | tuple[str, ...] = (), **extra: Any
) -> dict[str, Any]:
    """Arguments of a route: its schemas by status, each problem that it may answer with, and its scopes.

    scope   any of these lets a key in; none: the address is open to everybody
    """
    scopes = (scope,) if isinstance(scope, str) else scope
    declared = sorted({*problems, *ALWAYS, *(KEYED if scopes else ())})
    return {
        # No schema of a problem for ninja: it would make a model for each, though problems never pass through it, and
        # each process would wait for that. `openapi` says what they look like.
        "response": {**success, **dict.fromkeys(declared)},
        "auth": ApiKey(*scopes) if scopes else None,
        **extra,
    }
