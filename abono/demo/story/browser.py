"""A browser without a screen: cookies, redirects, forms. It knows nothing that a page does not show."""

from __future__ import annotations

from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

import urllib3

from abono.demo.story import html
from abono.demo.story.html import Form, Page

MOST_REDIRECTS = 8
TOKEN, TOKEN_COOKIE = "csrfmiddlewaretoken", "csrftoken"


class Unexpected(Exception):
    """A page answered otherwise than a person would need it to."""


class Browser:
    """One visitor of one site."""

    def __init__(self, origin: str, cookies: dict[str, str] | None = None) -> None:
        self.origin = origin
        self.cookies = dict(cookies or {})
        self._http = urllib3.PoolManager(retries=False, timeout=30)

    def get(self, address: str) -> Page:
        """Open a page. Raises Unexpected when it is not shown."""
        return self._open("GET", urljoin(self.origin, address), None)

    def send(self, page: Page, form: Form, **typed: str) -> Page:
        """Fill in a form of a page and press its button."""
        values = {**form.values, **typed}
        address = urljoin(page.url, form.action) if form.action else page.url
        if form.method == "get":
            return self.get(f"{address.partition('?')[0]}?{urlencode(values)}")
        return self._open("POST", address, values)

    def press_again(self, address: str, values: dict[str, str]) -> Page:
        """Send a form that was sent before, as going back and pressing once more does."""
        return self._open(
            "POST", urljoin(self.origin, address), {**values, TOKEN: self.cookies.get(TOKEN_COOKIE, "")}
        )

    def _open(self, method: str, address: str, values: dict[str, str] | None) -> Page:
        for _ in range(MOST_REDIRECTS):
            if urlsplit(address).netloc != urlsplit(self.origin).netloc:
                raise Unexpected(f"{method} {address}: leads to another site")
            reply = self._http.request(
                method,
                address,
                body=None if values is None else urlencode(values),
                headers=self._headers(values is not None),
                redirect=False,
            )
            self._keep(reply)
            if reply.status not in (301, 302, 303):
                break
            address, method, values = urljoin(address, reply.headers["location"]), "GET", None
        shown = reply.headers.get("content-type", "").startswith("text/html")
        page = (
            html.read(address, reply.status, reply.data) if shown else Page(address, reply.status, reply.data)
        )
        if reply.status != 200:
            raise Unexpected(f"{method} {address}: {reply.status}. {page.text[:600]}")
        return page

    def _headers(self, with_form: bool) -> dict[str, str]:
        headers = {"cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if with_form:
            headers |= {"content-type": "application/x-www-form-urlencoded", "origin": self.origin}
        return headers

    def _keep(self, reply: urllib3.BaseHTTPResponse) -> None:
        for line in reply.headers.getlist("set-cookie"):
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0" or not morsel.value:
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
