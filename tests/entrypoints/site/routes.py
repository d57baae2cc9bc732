"""Every route of the pages, from the resolver itself: a new one is tested without being listed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

POST_ONLY = {
    "portal:own-limits-save",
    "portal:uncovered-contest",
    "portal:pay-interim",
    "portal:change-undo",
    "portal:change-withdraw",
    "portal:wallet-use",
    "portal:wallet-reserve",
    "portal:notices-read",
    "portal:switch-organization",
    "portal:sign-out",
    "portal:session-end",
    "portal:sign-on-end",
    "backoffice:sign-on-end",
    "portal:passkey-second",
    "portal:passkey-again",
    "portal:sessions-end",
    "backoffice:invoice-reissue",
    "backoffice:money-ask",
    "backoffice:money-close",
    "backoffice:payout-withdraw",
    "backoffice:withheld-prove",
    "backoffice:bank-file-write",
    "backoffice:bank-file-take",
    "backoffice:statement-take",
    "backoffice:statement-say",
    "backoffice:fiscal-write",
    "backoffice:fiscal-take",
    "backoffice:run-again",
    "portal:payment-request-make",
    "portal:slip-new-date",
    "portal:slip-said-paid",
    "portal:payment-links-make",
    "portal:payment-links-revoke",
    "backoffice:payment-links-make",
    "backoffice:payment-links-revoke",
    "portal:people-free",
    "portal:people-kept-save",
    "portal:member-profile",
    "portal:member-deactivate",
    "portal:member-reactivate",
    "portal:invitation-again",
    "portal:invitation-withdraw",
    "portal:invitation-leave",
    "portal:keys-create",
    "portal:keys-rotate",
    "portal:keys-bind",
    "portal:keys-revoke",
    "backoffice:keys-create",
    "backoffice:keys-rotate",
    "backoffice:keys-bind",
    "backoffice:keys-revoke",
    "backoffice:act-as-stop",
    "backoffice:person-link",
    "backoffice:person-remove",
}


def routes() -> Iterator[tuple[str, URLPattern]]:
    """Every named route of the pages, from the resolver itself: a new one is tested without being listed."""

    def walk(
        patterns: list[URLPattern | URLResolver], spaces: tuple[str, ...]
    ) -> Iterator[tuple[str, URLPattern]]:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                inner = (*spaces, pattern.namespace) if pattern.namespace else spaces
                yield from walk(pattern.url_patterns, inner)
            elif spaces[:1] in (
                (),
                ("portal",),
                ("public",),
                ("backoffice",),
            ):  # (): those that allauth names
                yield ":".join((*spaces, pattern.name or "")), pattern

    return walk(get_resolver().url_patterns, ())


ROUTES = dict(routes())


def address(name: str, ids: Mapping[str, str]) -> str:
    return reverse(name, kwargs={key: ids[key] for key in ROUTES[name].pattern.converters})


def ask(client: Client, name: str, ids: Mapping[str, str]) -> HttpResponse:
    url = address(name, ids)
    return client.post(url) if name in POST_ONLY else client.get(url)
