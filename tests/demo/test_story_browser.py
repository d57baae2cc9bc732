"""The browser without a screen reads pages as a real one does."""

from __future__ import annotations

import pytest

from abono.demo.story.html import read

PAGE = b"""<!doctype html><title>T</title><style>p { color: red }</style>
<form id="choose" action="/order/"><input type="hidden" name="currency" value="BRL">
  <label><input type="radio" name="package" value="a">A</label>
  <label><input type="radio" name="package" value="b" checked>B</label>
  <input type="checkbox" name="same"><input type="checkbox" name="agree" checked>
  <textarea name="note"></textarea><button name="go" value="1">Go</button></form>
<select name="plan" form="choose"><option value="x">X<option value="y" selected>Y</select>
<select name="zone" form="choose"><option value="first">1</option><option value="second">2</option></select>
<form method="post"><input name="email"></form>
<p>Two   words</p><a href="/pay/7/">Pay</a><iframe src="http://cards.example/frame/1"></iframe>"""


def test_a_form_sends_what_is_chosen_wherever_its_fields_stand():
    page = read("http://site.example/", 200, PAGE)
    assert page.form("plan").values == {
        "currency": "BRL",
        "package": "b",
        "agree": "on",
        "note": "",
        "plan": "y",
        "zone": "first",
    }
    assert (page.form("plan").action, page.form("plan").method) == ("/order/", "get")
    assert page.form("email").method == "post"


def test_text_links_and_frames_are_found():
    page = read("http://site.example/", 200, PAGE)
    assert "Two words" in page.text
    assert "color" not in page.text
    assert page.link(r"/pay/\d+/") == "/pay/7/"
    assert page.frames == ["http://cards.example/frame/1"]


def test_what_is_not_there_is_said_with_the_address():
    page = read("http://site.example/", 200, PAGE)
    with pytest.raises(LookupError, match=r"no form with password on http://site\.example/"):
        page.form("password")
    with pytest.raises(LookupError, match="no link like /wallet/"):
        page.link("/wallet/")
