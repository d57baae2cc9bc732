"""A browser and its system in a few words, from what it says of itself. It may lie: nothing is decided by it."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

# In this order: each of the later ones is in what the earlier ones say as well.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox|FxiOS", "Firefox"),
    ("Chrome|CriOS|Chromium", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def named(agent: str) -> str:
    """`Firefox · Windows`; what is not known is said to be so."""
    found = [
        next((name for pattern, name in table if re.search(pattern, agent)), "")
        for table in (_BROWSERS, _SYSTEMS)
    ]
    return " · ".join(filter(None, found)) or _("Unknown device")
