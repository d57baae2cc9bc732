"""Lines of the log: JSON that nobody can forge, without what tells of persons or opens doors (OPS-4)."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from typing import Any

import pytest
from procrastinate.contrib.django import app
from procrastinate.job_context import JobContext
from procrastinate.jobs import Job

from abono.kernel.ids import uuid7
from abono.platform import agenda, clock
from abono.platform.queue import Lane
from abono.platform.running import logs, worker
from abono.platform.web import problems
from tests import sql
from tests.logged import leaks
from tests.world import PASSWORD

pytestmark = pytest.mark.rule("OPS-4", part="logs")


def line(message: str, *arguments: object, error: BaseException | None = None, plain: bool = False) -> str:
    exc_info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("abono.x", logging.INFO, "", 1, message, arguments, exc_info)
    return (logs.PlainLines() if plain else logs.JsonLines()).format(record)


def said(message: str, *arguments: object, error: BaseException | None = None) -> dict[str, Any]:
    return dict(json.loads(line(message, *arguments, error=error)))


def test_a_line_is_one_object_with_time_level_logger_and_message() -> None:
    told = said("contract %s is paid", "ctr_1")
    assert told.pop("time").endswith("+00:00")
    assert told == {"level": "INFO", "logger": "abono.x", "message": "contract ctr_1 is paid"}


FORGED = "x\n2026-11-28 00:00:00 CRITICAL abono: FORGED\r\x1b[31m\x7f\u2028\u202e\x85"


@pytest.mark.parametrize("plain", [False, True])
def test_what_is_quoted_cannot_begin_a_line_or_move_a_cursor(plain: bool) -> None:
    written = line("form refused at %s", FORGED, plain=plain)
    assert all(letter.isprintable() for letter in written)
    assert "FORGED" in written
    try:
        raise ValueError(FORGED)
    except ValueError as error:
        written = line("bad", error=error, plain=plain)
    assert not any(one.startswith("2026-11-28") for one in written.splitlines()[1:])
    assert all(letter.isprintable() or letter == "\n" for letter in written)
    assert plain or "\n" not in written


SECRETS = [
    "ana@padaria.example",
    "postgresql://abono:pa55word@db.internal/abono",
    "abk_bFoDeArkw3pUfuhNzW8wpQ1u8h5HmP9IRxVvBvmmuI",
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "4242424242424242",
    "4242 4242 4242 4242",
    "123.456.789-09",
    "11.222.333/0001-81",
    "/en/invitation/abcdefghij0123/",
    "/en/sign-in/?code=abcdefghijkl",
    "eyJhIjoxfQ:1vKx2C:3Zq8Yw1cVtT0mJmM7rJb1iR2tq0",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_what_tells_of_persons_or_opens_doors_is_masked(secret: str) -> None:
    kept = {"p": "pa55word", "/": "abcdefghij"}.get(secret[0], secret)
    assert kept not in line("it was %s, they said", secret)
    error = ValueError(f"no: {secret}")
    assert kept not in line("failed", error=error)
    assert kept not in line("failed", error=error, plain=True)


@pytest.mark.parametrize("private", [*SECRETS[:1], *SECRETS[2:8], PASSWORD, "Ana Souza", "11222333000181"])
def test_what_a_test_must_not_log_is_found(private: str) -> None:
    assert leaks(f'{{"message": "it was {private}"}}') != []


def test_rows_that_the_database_quotes_are_left_out() -> None:
    error = ValueError('duplicate key "person_email"\nDETAIL:  Key (name)=(Ana Souza) already exists.')
    told = said("failed", error=error)
    assert "Ana Souza" not in told["error"]
    assert "person_email" in told["error"]


@pytest.mark.parametrize(
    "plain",
    [
        "018f3a2b-4c5d-7e6f-8a9b-0c1d2e3f4a5b",
        "key:abk_bFoDeArk",
        "test_a_worker_that_is_told_to_stop_finishes_what_it_has_in_hand",
        "/v1/contracts/<contract_id>/changes",
        "ctr_01jzd2v6k3e8rv9a4mrw5qy0bn",
        "1764381234567",
    ],
)
def test_what_support_needs_is_left(plain: str) -> None:
    assert said("%s", plain)["message"] == plain


def test_lines_say_what_they_are_about_and_fields_that_nobody_named_are_left_out() -> None:
    record = logging.LogRecord("abono.x", logging.INFO, "", 1, "done", (), None)
    record.route, record.email = "/en/", "ana@padaria.example"
    with logs.about(request_id="req-12345678", job=7):
        told = json.loads(logs.JsonLines().format(record))
    assert (told["request_id"], told["job"], told["route"]) == ("req-12345678", 7, "/en/")
    assert "email" not in told
    assert "request_id" not in said("after")


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("0af7651916cd43dd8448eb211c80319c", True),
        ("req-2026.11.29-1", True),
        ("short", False),
        ("x" * 65, False),
        ("ana@padaria.example", False),
        ("abk_bFoDeArkw3pUfuhNzW8wp", False),
        ("12345678\n", False),
        ("", False),
    ],
)
def test_an_id_of_a_request_is_taken_over_only_if_it_looks_like_one(given: str, taken: bool) -> None:
    assert (logs.usable_id(given) == given) is taken
    assert logs.usable_id(logs.usable_id("")) != ""


def test_nothing_is_said_of_an_error_that_is_none() -> None:
    record = logging.LogRecord("abono.x", logging.INFO, "", 1, "done", (), sys.exc_info())
    assert "error" not in json.loads(logs.JsonLines().format(record))


@pytest.mark.django_db
def test_the_id_of_a_request_goes_on_in_the_lines_of_the_jobs_that_follow_from_it() -> None:
    now = clock.now()
    with logs.about(request_id="req-12345678"):
        agenda.note(agenda.Kind("renew", Lane.BILLING), subject=uuid7(), due_at=now, now=now)
    agenda.note(agenda.Kind("renew", Lane.BILLING), subject=uuid7(), due_at=now, now=now)
    with_one, without = [
        json.loads(args)
        for (args,) in sql.run("SELECT args FROM procrastinate_jobs WHERE task_name = 'work' ORDER BY id")
    ]
    assert (with_one["request_id"], "request_id" in without) == ("req-12345678", False)

    async def does() -> dict[str, Any]:
        return said("done")

    def told(arguments: dict[str, Any]) -> dict[str, Any]:
        job = Job(id=7, queue="q", lock=None, queueing_lock=None, task_name="work", task_kwargs=arguments)
        context = JobContext(app=app, job=job, start_timestamp=0, abort_reason=lambda: None)
        return dict(asyncio.run(worker._named(does, context, None)))  # type: ignore[call-overload]

    assert {**told(with_one), "time": ""}.items() >= {
        "job": 7,
        "task": "work",
        "request_id": "req-12345678",
    }.items()
    assert "request_id" not in told(without)


def test_what_a_person_reads_on_the_page_of_a_mistake_is_found_with_its_request(
    caplog: pytest.LogCaptureFixture,
) -> None:
    formatter = logs.JsonLines()
    with logs.about(request_id="req-12345678"):
        number = problems.incident("GET /en/home/", log=logging.getLogger("abono.x"))
        (written,) = [json.loads(formatter.format(record)) for record in caplog.records]
    assert number in written["message"]
    assert written["request_id"] == "req-12345678"
