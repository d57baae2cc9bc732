"""Which route a send takes, and what a channel may be used for: said once for every door."""

from __future__ import annotations

import pytest

from abono.domain.catalog import rules

ROUTES = {("sms", "message", "BR"): 1, ("sms", "message", "CO"): 2, ("email", "message", "*"): 3}


@pytest.mark.parametrize(
    ("channel", "kind", "country", "route"),
    [
        ("sms", "message", "BR", 1),
        ("sms", "message", "CO", 2),
        ("sms", "message", "FR", None),
        ("sms", "message", "*", None),  # it is priced by country
        ("sms", "voice", "BR", None),
        ("email", "message", "BR", 3),
        ("email", "message", "*", 3),
        ("email", "message", "", 3),
        ("telex", "message", "BR", None),
    ],
)
def test_a_route_is_that_of_the_country_or_of_the_whole_world(
    channel: str, kind: str, country: str, route: int | None
) -> None:
    assert rules.route_for(ROUTES, channel, kind, country) == route


def test_the_countrys_own_route_goes_before_that_of_the_world() -> None:
    assert (
        rules.route_for({("sms", "message", "*"): 0, ("sms", "message", "BR"): 5}, "sms", "message", "BR")
        == 5
    )
    assert rules.route_for({("sms", "message", "*"): 0}, "sms", "message", "BR") == 0


@pytest.mark.rule("PKG-10", part="refused elsewhere")
def test_a_channel_takes_the_uses_it_is_for() -> None:
    uses = frozenset({"mass_send", "chatbot"})
    assert [rules.allowed(uses, use) for use in ("mass_send", "chatbot", "sales")] == [True, True, False]
