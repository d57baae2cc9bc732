from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from abono.platform.web.csp import ContentSecurityPolicy, allow_frame


def policy_of(view: object) -> dict[str, str]:
    header = ContentSecurityPolicy(view)(HttpRequest()).headers["Content-Security-Policy"]  # type: ignore[arg-type]
    return dict(part.strip().split(" ", 1) for part in header.split(";"))


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("page")


def test_a_page_loads_only_our_own_files_and_is_framed_by_nobody() -> None:
    policy = policy_of(page)
    assert policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["frame-src"] == "'none'"
    assert (policy["object-src"], policy["base-uri"]) == ("'none'", "'none'")
    assert "unsafe" not in " ".join(policy.values())


def test_a_view_with_card_fields_may_frame_the_gateway_and_only_it() -> None:
    assert policy_of(allow_frame("https://cards.example")(page))["frame-src"] == "https://cards.example"
    assert policy_of(allow_frame(lambda: "http://127.0.0.1:1")(page))["frame-src"] == "http://127.0.0.1:1"
    assert policy_of(page)["frame-src"] == "'none'"
