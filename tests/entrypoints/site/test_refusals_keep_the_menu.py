"""Whoever is refused goes on from where they are: the menu stays, and the log has one line."""

from __future__ import annotations

import logging

import pytest

from abono.platform.refusal_log import RefusalsInOneLine
from tests.entrypoints.portal.reading import menu, words


def test_a_viewer_who_may_not_open_a_page_keeps_the_menu(bruno, padaria):
    answer = bruno.get("/en/settings/contracts/")
    assert answer.status_code == 403
    assert "Your profile has no access to this page" in words(answer)
    assert "Financial information" in menu(answer)
    assert "Plans and contracts" not in menu(answer)


def test_what_is_not_there_keeps_the_menu(ana, padaria):
    answer = ana.get("/en/settings/financial/inv_01jfst0000e008000000000001/")
    assert answer.status_code == 404
    assert "Financial information" in menu(answer)


def test_nobody_has_no_menu(client, db):
    assert "Financial information" not in menu(client.get("/en/nothing/"))


@pytest.mark.parametrize(("status", "traced"), [(403, False), (500, True)])
def test_a_refusal_leaves_no_traceback_in_the_log(status, traced):
    record = logging.LogRecord(
        "django.request", logging.WARNING, "", 1, "refused", None, (ValueError, None, None)
    )
    record.status_code = status
    assert RefusalsInOneLine().filter(record)
    assert (record.exc_info is not None) is traced
