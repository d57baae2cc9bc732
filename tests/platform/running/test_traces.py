"""A trace that somebody began goes through us: into every line, into jobs, and on to gateways (OPS-4)."""

from __future__ import annotations

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from abono.gateways.simulator.adapter import SimulatorGateway
from abono.kernel import trace
from abono.platform.running import logs
from tests.platform.running.test_logs import said
from tests.stand_ins import SECRET, listening

pytestmark = pytest.mark.rule("OPS-4", part="metrics and traces")
TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def served(**headers: str) -> tuple[dict[str, object], str, HttpResponse]:
    """A line that a view wrote, the header that it passes on, and the answer."""
    seen: list[tuple[dict[str, object], str]] = []

    def view(_request: HttpRequest) -> HttpResponse:
        seen.append((said("…"), trace.onward().get("traceparent", "")))
        return HttpResponse()

    answer = logs.Requests(view)(RequestFactory().get("/", headers=headers))
    return *seen[0], answer


def test_the_trace_of_a_caller_is_in_each_line_and_is_passed_on_with_a_span_of_ours() -> None:
    line, onward, answer = served(traceparent=f"00-{TRACE}-{SPAN}-01")
    assert line["request_id"] == answer["X-Request-Id"] == TRACE
    assert trace.read(onward) == TRACE
    assert SPAN not in onward
    both, onward, answer = served(**{"traceparent": f"00-{TRACE}-{SPAN}-01", "X-Request-Id": "order-12345"})
    assert (both["request_id"], both["trace_id"], answer["X-Request-Id"]) == (
        "order-12345",
        TRACE,
        "order-12345",
    )
    assert trace.read(onward) == TRACE
    assert trace.current() == ""


@pytest.mark.parametrize(
    "odd",
    [
        "",
        "00",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01\n",
        f"00-{TRACE[:-1]}-{SPAN}-01",
    ],
)
def test_what_is_no_trace_begins_a_new_one(odd: str) -> None:
    line, onward, _answer = served(traceparent=odd)
    assert line["request_id"] != TRACE or odd.endswith("\n")
    assert trace.read(onward) == line["request_id"]
    assert "trace_id" not in line


def test_a_gateway_is_called_in_the_trace_and_outside_of_one_without() -> None:
    with listening() as gateway:
        simulator = SimulatorGateway(base_url=gateway.origin, secret=SECRET, public_url=gateway.origin)
        with trace.within(TRACE):
            simulator.find("key")
        simulator.find("key")
        heard = [gateway.next().headers.get("traceparent", "") for _ in range(2)]
    assert [trace.read(header) for header in heard] == [TRACE, ""]
