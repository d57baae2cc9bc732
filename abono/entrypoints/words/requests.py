"""Why a whole request is refused before any use case is asked: status, what it means, how to mend it, by code."""

from __future__ import annotations

from collections.abc import Mapping

from abono.kernel.errors import _

REQUESTS: Mapping[str, tuple[int, str, str]] = {
    "body_too_large": (
        413,
        _("A body has at most {limit_bytes} bytes. Send it in several requests."),
        _("Send fewer events at a time, or stream them as a line each."),
    ),
    "body_too_slow": (
        408,
        _("The body did not come within {limit_s} seconds. Nothing was done; send it again."),
        _("Send smaller bodies over a slow connection."),
    ),
    "busy": (
        503,
        _("Too much is waiting. Nothing was done; send it again."),
        _("Wait as “Retry-After” says, then send the same again."),
    ),
    "idempotency.key_missing": (
        400,
        _("Send an Idempotency-Key: a text of yours, new for each act, the same when you repeat it."),
        _("Make the key before the first try and keep it until you have an answer."),
    ),
    "idle": (
        200,  # of a stream: it is said in its last line
        _("Nothing came for a minute, so the stream was ended. What has no answer was not done."),
        _("Send what has no answer again, in a new stream; end a stream when you have nothing to send."),
    ),
    "internal_error": (
        500,
        _("Something went wrong here, and is recorded as {incident}."),
        _("Ask how things stand before you repeat it. If it stays so, write to us and name the incident."),
    ),
    "invalid": (
        422,
        _("The request is not as it should be; “errors” says where."),
        _("Mend each place that “errors” names. Nothing was done."),
    ),
    "malformed": (
        400,
        _("The body is no event that we know; “detail” says where."),
        _("Compare it with the specification of its format."),
    ),
    "method_not_allowed": (
        405,
        _("This address takes {allowed}."),
        _("Use one of the methods that the header Allow names."),
    ),
    "no_function": (
        404,
        _("There is no function with this code."),
        _("Take the code from GET /v1/catalog, which lists the functions that there are."),
    ),
    "no_send": (
        404,
        _("There is no send with this id."),
        _("Compare the id and the contract; write the id percent-encoded in the address."),
    ),
    "no_usable_key": (
        401,
        _("Send an API key in “Authorization: Bearer …”. It is unknown, was revoked or has expired."),
        _("Look whether the key was copied whole, and ask your Administrator for a new one if it is gone."),
    ),
    "not_found": (
        404,
        _("There is nothing at this address."),
        _("Compare the address with the documentation of the API."),
    ),
    "not_json": (
        400,
        _("The body is not JSON."),
        _("Send JSON in UTF-8, whole: one comma or quotation mark too many is enough."),
    ),
    "not_ready": (
        503,
        _("This process cannot serve now."),
        _("Send traffic elsewhere until it answers 200. Its members say what is missing."),
    ),
    "reopen": (
        200,  # of a stream: it is said in its last line
        _("The stream was ended from our side. What has no answer was not done."),
        _("Open another stream at once, and begin with the line that has no answer."),
    ),
    "bad_signature": (
        401,
        _("The signature is missing or was not made with the secret that is set here."),
        _(
            "Compare the secret at the provider with the one in the environment, and the address that was signed."
        ),
    ),
    "wrong_token": (
        403,
        _("This is not the token that is set here."),
        _("Type the same token at the provider as in the environment."),
    ),
    "seller_only": (
        403,
        _("Only a key of the seller may do this, not one of a customer."),
        _("Ask the seller to do it."),
    ),
    "scope_missing": (
        403,
        _("The API key lacks the scope {scope}."),
        _("Use a key that has the scope, or have one made."),
    ),
    "too_many_requests": (
        429,
        _("Too many requests. Send the next one in {retry_after_s} seconds."),
        _("Wait as “Retry-After” says. Ask for more in one request: lists of 200, batches of 10,000 events."),
    ),
    "unavailable": (
        503,
        _("The database did not answer in time. Send the same again: nothing counts twice."),
        _(
            "Wait as “Retry-After” says, then send the same again with the same ids or the same Idempotency-Key."
        ),
    ),
    "unsupported_media_type": (
        415,
        _("Send the body as {expected}."),
        _("Name the content type in the header Content-Type."),
    ),
}
