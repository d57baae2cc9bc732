"""Pages are looked at as they stand: accessible and no wider than the screen, on each screen, in each light.

To load a page again for each of them would cost three times as much. Contrast takes most of a look, so it is measured
of the first and the last text of each style that was not seen yet, on whichever page; at night (LOOKS=every) of all.
Whatever else there is to find is in the page, not in its width: on the desk it is looked for in what did not show on
the phone, and in what scrolls; at night in all.
"""

from __future__ import annotations

import os
from typing import Any, Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Frame, Page

WIDTHS = {360: 780, 1280: 860}  # width and height of what is seen
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
COLOURS = ("color-contrast", "link-in-text-block")  # rules of axe
EVERY = os.environ.get("LOOKS") == "every"
type Else = Literal["whole", "shown since", "none"]

_coloured: set[str] = set()  # styles of text that were looked at

_AS_IT_STANDS = "[innerWidth, document.documentElement.scrollWidth]"
_BEYOND_THEIR_CARDS = """[...document.querySelectorAll('.card .table, main .table')]
  .filter((one) => {
    const card = one.closest('.card'), edge = (card || one.closest('main')).getBoundingClientRect().right;
    return one.getBoundingClientRect().right > edge - (card ? 8 : 0);
  })
  .map((one) => one.textContent.trim().slice(0, 80))"""


# A style is all that contrast depends on, of a text and of what it stands on. Under an open dialog nobody reads.
_STYLES = """() => {
  const grounds = new Map([[null, '']]), texts = new Map();
  const ground = (one) => {
    if (!grounds.has(one)) {
      const style = getComputedStyle(one);
      const own = [style.backgroundColor, style.backgroundImage, style.opacity, style.position, style.filter].join(' ');
      const plain = own === 'rgba(0, 0, 0, 0) none 1 static none';
      grounds.set(one, ground(one.parentElement) + (plain ? '' : ` on ${own}`));
    }
    return grounds.get(one);
  };
  const says = (one) => one.matches('input, select, textarea')
    || [...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  for (const one of (document.querySelector('dialog:modal') || document.body).querySelectorAll('*')) {
    const {width, height} = one.getBoundingClientRect();
    if (width <= 1 || height <= 1 || !one.checkVisibility({visibilityProperty: true}) || !says(one)) continue;
    const {color, fontSize, fontWeight, textShadow, textDecorationLine} = getComputedStyle(one);
    const idle = Boolean(one.closest(':disabled, [aria-disabled=true]') || one.control?.disabled);
    const around = one.tagName === 'A' && getComputedStyle(one.parentElement).color;
    const style = [color, fontSize, fontWeight, textShadow, textDecorationLine, idle, around, ground(one)].join(' ');
    texts.set(style, [texts.get(style)?.[0] || one, one]);
  }
  window.textsByStyle = texts;
  return [...texts.keys()];
}"""
_OF_STYLES = "styles => ({include: styles.flatMap(style => [...new Set(window.textsByStyle.get(style))])})"
# What shows now and did not when this was asked before, and what scrolls: the outermost elements.
_SHOWN_SINCE = """() => {
  const before = window.shownBefore || new WeakSet(), shown = new WeakSet(), since = new Set();
  const scrolls = (one) => (one.scrollWidth > one.clientWidth || one.scrollHeight > one.clientHeight)
    && /auto|scroll/.test(getComputedStyle(one).overflow);
  for (const one of document.body.querySelectorAll('*')) {
    if (!one.checkVisibility({visibilityProperty: true})) continue;
    shown.add(one);
    if (since.has(one.parentElement) || !before.has(one) || scrolls(one)) since.add(one);
  }
  window.shownBefore = shown;
  window.shownSince = [...since].filter((one) => !since.has(one.parentElement));
  return window.shownSince.length;
}"""
_AXE = f"""([options, styles, since]) => axe.run(
  styles ? ({_OF_STYLES})(styles) : since ? {{include: window.shownSince}} : document, options)
  .then(found => found.violations)"""


def axe(where: Page | Frame, *, colours: bool = True, all_else: Else = "whole") -> list[str]:
    """What axe finds wrong with a page but for its frames, one line each; nothing when all is well."""
    if not where.evaluate("'axe' in window"):
        where.evaluate(AXE_SCRIPT)
    violations = _but_for_colours(where, whole=all_else == "whole") if all_else != "none" else []
    if colours and EVERY:
        violations += _run(where, {"runOnly": COLOURS})
    elif colours and (styles := [style for style in where.evaluate(_STYLES) if style not in _coloured]):
        wrong = _run(where, {"runOnly": COLOURS}, styles)
        violations += wrong
        _coloured.update([] if wrong else styles)
    return [
        f"{violation['id']}: {node['target']} {node.get('failureSummary', '')}"
        for violation in violations
        for node in violation["nodes"]
    ]


def _but_for_colours(where: Page | Frame, *, whole: bool) -> list[Any]:
    part_of_a_page = isinstance(where, Frame) and where.parent_frame is not None
    apart = {"page-has-heading-one": not part_of_a_page} | dict.fromkeys(COLOURS, False)
    rules = {"rules": {name: {"enabled": wanted} for name, wanted in apart.items()}}
    since = where.evaluate(_SHOWN_SINCE)
    if whole or EVERY:
        return _run(where, rules)
    return _run(where, rules, since=True) if since else []


def _run(
    where: Page | Frame, rules: dict[str, Any], styles: list[str] | None = None, *, since: bool = False
) -> list[Any]:
    """Violations of the rules; with styles, in texts of them; `since`: in what shows since it was looked at before."""
    options = {"resultTypes": ["violations"], "iframes": False, "preload": False, **rules}
    found: list[Any] = where.evaluate(_AXE, [options, styles, since])
    return found


def look(page: Page, *, all_else: Else = "whole") -> None:
    """The page has no accessibility violation, nor do its frames, and it does not scroll sideways.

    all_else   but for colours: of the whole page, of what shows since it was looked at before, or none
    """
    page.wait_for_load_state()  # a link was followed, perhaps, and there is no document yet
    seen, wide = page.evaluate(_AS_IT_STANDS)
    assert page.evaluate(_BEYOND_THEIR_CARDS) == [], f"{page.url} on a screen of {seen}"
    for frame in page.frames:
        if frame.url != "about:blank":
            assert axe(frame, all_else=all_else) == [], f"{frame.url} on a screen of {seen}"
    assert wide <= seen, f"{page.url} is {wide} px wide on a screen of {seen}"


def look_by_day_and_night(page: Page, *, all_else: Else = "whole") -> None:
    """In both lights: the page stands, only colours change (at once, where motion is reduced)."""
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        look(page, all_else=all_else if scheme == SCHEMES[0] else "none")


def look_everywhere(page: Page) -> None:
    """On a phone and on a desk, by day and at night, without loading the page again."""
    for number, (width, height) in enumerate(WIDTHS.items()):
        page.set_viewport_size({"width": width, "height": height})
        look_by_day_and_night(page, all_else="shown since" if number else "whole")
