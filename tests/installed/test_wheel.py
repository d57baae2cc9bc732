"""What is installed from the built package is what the checkout is (OPS-7)."""

from __future__ import annotations

import html
import io
import re
import urllib.request
import zipfile
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

import pytest
from pypdf import PdfReader

from tests.installed.conftest import ROOT, Installed
from tests.world import ANA, PASSWORD

pytestmark = pytest.mark.timeout(300)  # the first one waits until all of it is built, installed and served
PAGES = {  # of a member, with the titles that they have
    "es": {"home": "Inicio", "usage": "Uso", "settings/financial": "Información financiera"},
    "pt-br": {"home": "Início", "usage": "Uso", "settings/financial": "Informações financeiras"},
    "en": {"home": "Home", "usage": "Usage", "settings/financial": "Financial information"},
}
SIGN_IN = {"es": "Iniciar sesión", "pt-br": "Entrar", "en": "Sign in"}
PRICES = {
    "es": "Un plan para tu equipo, un valor para todos los canales",
    "pt-br": "Um plano para sua equipe, um valor para todos os canais",
    "en": "One plan for your team, one value for every channel",
}
LEFT_OUT = {".pyc", ".po"}  # of our folder, what a package may have or lack


class Browser:
    """A person's: it keeps cookies, follows redirects, and fails at what is not an answer of 200."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar())).open

    def get(self, path: str, body: bytes | None = None) -> bytes:
        with self._open(f"{self._url}{path}", body, timeout=30) as answer:
            return bytes(answer.read())

    def page(self, path: str) -> str:
        return self.get(path).decode()

    def submit(self, path: str, to: str = "", **typed: str) -> str:
        """Fill in a form of a page and send it to where it goes; the page that comes then."""
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.page(path))
        assert token is not None
        body = urlencode({"csrfmiddlewaretoken": token[1], **typed}).encode()
        return self.get(to or path, body).decode()


def title(page: str) -> str:
    found = re.search(r"<title>([^<]*) · abono</title>", page)
    assert found is not None, page[:500]
    return html.unescape(found[1]).strip()


@pytest.fixture(scope="module")
def ana(served: str) -> Browser:
    browser = Browser(served)
    browser.submit("/en/sign-in/", email=ANA.email, password=PASSWORD)
    return browser


@pytest.mark.rule("OPS-7", part="wheel")
def test_the_package_has_every_file_that_the_checkout_has(installed: Installed) -> None:
    with zipfile.ZipFile(installed.wheel) as wheel:
        inside = {name for name in wheel.namelist() if name.startswith("abono/")}
    files = (file.relative_to(ROOT) for file in (ROOT / "abono").rglob("*") if file.is_file())
    ours = {str(file) for file in files if file.suffix not in LEFT_OUT and "__pycache__" not in file.parts}
    assert ours - inside == set()
    assert {"abono/shipped/abono.yaml", "abono/shipped/static/staticfiles.json"} <= inside - ours


@pytest.mark.rule("OPS-7", part="wheel")
@pytest.mark.parametrize("language", PAGES)
def test_an_installed_package_shows_its_pages_in_every_language(
    served: str, ana: Browser, language: str
) -> None:
    anybody = Browser(served)
    assert title(anybody.page(f"/{language}/sign-in/")) == SIGN_IN[language]
    assert title(anybody.page(f"/{language}/plans/")) == PRICES[language]
    for path, named in PAGES[language].items():
        assert title(ana.page(f"/{language}/{path}/")) == named


@pytest.mark.rule("OPS-7", part="wheel")
def test_an_installed_package_takes_an_order(served: str) -> None:
    chosen = {"plan": "specialist", "package": "brl-100", "currency": "BRL"}
    page = Browser(served).submit(f"/pt-br/order/?{urlencode(chosen)}", "/pt-br/order/", **chosen)
    assert "CNPJ" in page


@pytest.mark.rule("OPS-7", part="wheel")
def test_an_installed_package_draws_an_invoice_in_its_own_font(ana: Browser) -> None:
    page = ana.page("/pt-br/settings/financial/")
    [address] = set(re.findall(r'href="(/pt-br/settings/financial/inv_\w+/pdf/)"', page))
    pdf = PdfReader(io.BytesIO(ana.get(address)))
    assert "Padaria Sol Ltda." in pdf.pages[0].extract_text()
    fonts = pdf.pages[0]["/Resources"]["/Font"].values()  # type: ignore[index]
    assert all("Inter" in font.get_object()["/BaseFont"] for font in fonts)


@pytest.mark.rule("OPS-7", part="wheel")
def test_an_installed_package_serves_what_its_pages_name(served: str, ana: Browser) -> None:
    named = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', ana.page("/en/home/")))
    assert any(path.endswith(".woff2") for path in named)
    for path in named:
        assert ana.get(path)


@pytest.mark.rule("OPS-7", part="wheel")
def test_an_installed_package_writes_nothing_where_it_is_called(installed: Installed, served: str) -> None:
    assert served
    known = {"beside", "dist", "home", "source", "venv", "web.log"}
    assert {file.name for file in Path(installed.folder).iterdir()} == known
