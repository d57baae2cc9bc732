"""A page that nobody put into the table of access is closed, wherever in the addresses it lies (ACC-1)."""

from __future__ import annotations

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from abono.config import urls


def forgotten(request: HttpRequest) -> HttpResponse:
    return HttpResponse("everybody's invoices")


urlpatterns = [path("forgotten/", forgotten, name="forgotten"), *urls.urlpatterns]
handler400, handler403, handler404 = urls.handler400, urls.handler403, urls.handler404


@pytest.mark.rule("ACC-1", part="what is not in it is refused")
def test_a_page_outside_of_every_part_of_the_site_is_refused(settings):
    settings.ROOT_URLCONF = __name__
    answer = Client().get("/forgotten/")
    assert answer.status_code == 403
    assert b"invoices" not in answer.content
