"""The help beside the pages: who reaches which article from where, and whether its links lead somewhere (HLP-1)."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from abono.domain.settings import actions as settings
from abono.domain.settings.known import UNDO_WITHIN
from abono.domain.settings.queries import forget_snapshot
from abono.entrypoints.site.help import contents
from abono.platform import clock
from tests.entrypoints.portal.reading import words
from tests.entrypoints.site.routes import POST_ONLY, ROUTES
from tests.examples import first_by_day

pytestmark = pytest.mark.django_db
LANGUAGES = ("es", "pt-br", "en")
WITHOUT = {  # which show no page of their own
    "portal:style",  # for those who build pages
    "public:help",
    "public:help-article",
    "portal:set-language",
    "portal:passkey-sign-in",
    "portal:sign-on-go",
    "openid_connect_callback",
    "portal:change-link",
    "portal:email-proof-link",
    "portal:email-back-link",
    "public:stripe-fields",  # inside another page
}
FILES = re.compile(r"-(csv|pdf)$|-sends$")


@pytest.mark.rule("HLP-1", part="beside the page")
def test_every_page_of_the_portal_and_before_it_has_its_article():
    pages = {
        name
        for name in ROUTES
        if not name.startswith("backoffice:") and name not in POST_ONLY and not FILES.search(name)
    }
    assert {name for name in pages - WITHOUT if contents.beside(name) is None} == set()
    named = [page for entry in contents.entries() for page in entry.pages]
    assert len(named) == len(set(named))
    assert set(named) <= set(ROUTES)


@pytest.mark.rule("HLP-1", part="beside the page")
@pytest.mark.parametrize("language", first_by_day(LANGUAGES))
def test_a_page_leads_to_its_article(language, ana, client):
    with translation.override(language):
        signed_in = [
            (ana, name) for name in ("portal:home", "portal:wallet", "portal:financial", "portal:security")
        ]
        for who, name in [*signed_in, (client, "portal:sign-in"), (client, "public:prices")]:
            entry = contents.beside(name)
            assert entry is not None
            url = reverse("public:help-article", args=[entry.slug])
            assert f'<a class="help-link" href="{url}" data-help>' in who.get(reverse(name)).content.decode()
            beside = client.get(url, {"beside": ""}).content.decode()
            assert "<main" not in beside
            assert "data-close" in beside


@pytest.mark.rule("HLP-1", part="articles")
@pytest.mark.parametrize("language", first_by_day(LANGUAGES))
def test_every_article_is_read_by_everybody_and_its_links_lead_somewhere(language, ana, client):
    links: set[str] = set()
    for entry in contents.entries():
        with translation.override(language):
            url = reverse("public:help-article", args=[entry.slug])
        stranger, page = client.get(url), ana.get(url)
        assert (stranger.status_code, page.status_code) == (200, 200), url
        assert "2026" in words(stranger)
        assert not re.search(r"\{\w+\}", words(stranger)), url
        links |= set(
            map(html.unescape, re.findall(r'href="([^"#]+)', page.content.decode().partition("<main")[2]))
        )
    internal = {link for link in links if link.startswith("/")}
    assert links - internal <= {link for link in links if link.startswith("mailto:")}
    assert {
        link: status for link in internal if (status := ana.get(link, follow=True).status_code) != 200
    } == {}


@pytest.mark.rule("HLP-1", part="articles")
@pytest.mark.parametrize("language", first_by_day(LANGUAGES))
def test_articles_of_the_back_office_are_read_beside_its_pages_by_the_sellers_people_alone(
    language, ana, olga, client
):
    with translation.override(language):
        listed = client.get(reverse("public:help"), {"q": "retorno return OFX"}).content.decode()
        for entry in contents.SELLERS:
            url = reverse("backoffice:help-article", args=[entry.slug])
            page = olga.get(url)
            assert page.status_code == 200
            assert not re.search(r"\{\w+\}", words(page)), url
            for link in re.findall(r'href="(/[^"#]+)', page.content.decode().partition("<main")[2]):
                assert olga.get(html.unescape(link), follow=True).status_code == 200, link
            others = (ana.get(url), olga.get(reverse("public:help-article", args=[entry.slug])))
            assert [one.status_code for one in others] == [404, 404]
            assert entry.slug not in listed
        files = olga.get(reverse("backoffice:bank-files")).content.decode()
        beside = reverse("backoffice:help-article", args=["bank-files"])
        assert f'<a class="help-link" href="{beside}" data-help>' in files
        assert "<main" not in olga.get(beside, {"beside": ""}).content.decode()


@pytest.mark.rule("HLP-1", part="frequent questions")
@pytest.mark.parametrize(
    ("language", "question"),
    [("es", "¿Qué es una licencia?"), ("pt-br", "O que é uma licença?"), ("en", "What is a licence?")],
)
def test_frequent_questions_are_a_page_that_begins_with_its_questions(language, question, client):
    page = client.get(f"/{language}/help/questions/").content.decode()
    anchors = re.findall(r'<a href="#([^"]+)">', page)
    assert len(anchors) >= 15
    assert all(f'<h3 id="{anchor}">' in page for anchor in anchors)
    assert page.count(question) == 2


@pytest.mark.rule("HLP-1", part="searched")
def test_the_list_is_searched_and_says_what_to_do_when_nothing_is_found(client):
    found = words(client.get("/es/help/", {"q": "  tarjeta   vencimiento "}))
    assert "artículos sobre «tarjeta vencimiento»" in found
    assert "Mi billetera: las tarjetas que pagan" in found
    nothing = words(client.get("/es/help/", {"q": "<script>zepelín"}))
    assert "Nada sobre «<script>zepelín»" in nothing  # as text
    assert "abajo están todos los artículos" in nothing
    assert "Mi billetera: las tarjetas que pagan" in nothing
    assert "<script>zepel" not in client.get("/es/help/", {"q": "<script>zepelín"}).content.decode()
    assert client.get("/es/help/nothing/").status_code == 404


@pytest.mark.rule("HLP-1", part="articles")
def test_figures_are_those_that_the_seller_set(client, signed_at):
    assert "undone within 1 hour, at most" in words(client.get("/en/help/change-plan/"))
    settings.set_value(setting=UNDO_WITHIN, value="PT2H", why="x", actor="olga", now=clock.now())
    forget_snapshot()
    assert "undone within 2 hours, at most" in words(client.get("/en/help/change-plan/"))
    assert "dentro de 2 horas, como máximo" in words(client.get("/es/help/change-plan/"))


@pytest.mark.rule("HLP-1", part="articles")
def test_an_article_says_whom_its_page_is_for_and_keeps_the_menu(carla: Client, client):
    page = carla.get("/en/help/wallet/")
    assert "For Administrators" in words(page)
    assert "/en/notices/" in page.content.decode().partition("<main")[0]
    assert "For Administrators" not in words(client.get("/en/help/home/")).partition("Read on")[0].replace(
        "For Administrators and Viewers", ""
    )
