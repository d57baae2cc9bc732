"""Reading pages as people do: words without mark-up, whatever stands between them."""

from __future__ import annotations

import html
import re
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, authenticate
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest, HttpResponse
from django.test import Client

from abono.entrypoints.site import sessions
from tests.world import PASSWORD

_TAG = re.compile(r"<(script|style|svg)\b.*?</\1>|<[^>]+>", re.DOTALL)


def words(response: HttpResponse) -> str:
    """Everything that the page says below its menu, with single spaces."""
    text = response.content.decode()
    main = text.partition("<main")[2] or text
    return " ".join(html.unescape(_TAG.sub(" ", f"<main{main}")).split())


def menu(response: HttpResponse) -> str:
    """What the menu says."""
    text = response.content.decode().partition("<main")[0]
    return " ".join(html.unescape(_TAG.sub(" ", text)).split())


def hidden(response: HttpResponse, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', response.content.decode())
    assert found is not None, f"no field {name}"
    return html.unescape(found.group(1))


def pays(client: Client, url: str, **more: str) -> HttpResponse:
    """The answer to whoever looks at what is to be paid, and presses the button."""
    shown = client.get(url)
    seen = {"sum": hidden(shown, "sum")} if b'name="sum"' in shown.content else {}
    return client.post(url, {**seen, **more}, follow=False)


def signed_in(email: str, *, enforce_csrf: bool = False) -> Client:
    """With all factors that they have, just now. A fourth of the statements of Django's `Client.login`: its session is
    written once, when all of it is known."""
    person = authenticate(username=email, password=PASSWORD)
    assert person is not None
    request = HttpRequest()
    request.session = SessionStore()
    request.session[SESSION_KEY] = str(person.pk)
    request.session[BACKEND_SESSION_KEY] = person.backend
    request.session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    sessions.begin(request, person.pk)
    client = Client(enforce_csrf_checks=enforce_csrf)
    client.cookies[settings.SESSION_COOKIE_NAME] = request.session.session_key
    return client


def begin(client: Client) -> None:
    """As if who is signed in had just given all factors that they have."""
    request = HttpRequest()
    request.session = client.session
    sessions.begin(request, UUID(request.session[SESSION_KEY]))
    request.session.save()


def path_of(url: str) -> str:
    """The path of an address, for comparing where a redirect goes."""
    return urlsplit(url).path
