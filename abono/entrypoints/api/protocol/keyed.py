"""Writes that cost money are done once for each Idempotency-Key (API-2)."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpResponse
from ninja import Schema

from abono.entrypoints.api.protocol import errors
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.kernel.errors import _
from abono.kernel.ids import public
from abono.platform import clock, idempotency
from abono.platform.idempotency import Answer, Ask
from abono.platform.web.problems import MEDIA_TYPE, RETRY_AFTER_S, Problem


def once(
    request: ApiRequest, key: str | None, act: Callable[[Ask], tuple[HTTPStatus, Schema]]
) -> HttpResponse:
    """Answer with what `act` gives, or with what it gave the first time that this key came. It is handed what an
    earlier run of the same call led to, whose process was killed before its answer.

    A refusal and a mistake of ours are answers too. Raises Problem (400) without a key; KeyReused, InProgress.
    """
    if not key:
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            "idempotency.key_missing",
            _("Send an Idempotency-Key: a text of yours, new for each act, the same when you repeat it."),
        )

    def run(ask: Ask) -> Answer:
        try:
            status, answer = act(ask)
            return Answer(status.value, answer.model_dump_json())
        except Exception as error:
            problem = errors.answer(request, error)
            return Answer(problem.status_code, problem.content.decode())

    answer = idempotency.first_answer(
        caller=public("key", request.auth.id),
        key=key,
        route=f"{request.method} {request.path}",
        body=request.body,
        now=clock.now(),
        act=run,
    )
    failed = answer.status >= HTTPStatus.BAD_REQUEST
    response = HttpResponse(
        answer.body, status=answer.status, content_type=MEDIA_TYPE if failed else "application/json"
    )
    if answer.status in idempotency.PASSING:  # such an answer is not kept: the same may be sent again
        response["Retry-After"] = str(json.loads(answer.body).get(RETRY_AFTER_S, 1))
    if answer.replayed:
        response["Idempotent-Replayed"] = "true"
    return response
