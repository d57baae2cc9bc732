"""What the process that programs are forked from has loaded (tests/forked.py): all that serves, nothing that the environment says.

Of Django and ours it is as if nobody had asked for a setting yet: whoever is forked reads its own.
"""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module

import django
from django.conf import settings
from django.db import connections
from django.template import engines
from django.utils.functional import empty

import abono.config

# Of theirs what is loaded by name, of ours what leads to all that serves and works.
_NAMES = """
a2wsgi uvicorn uvicorn.lifespan.on uvicorn.loops.auto uvicorn.protocols.http.auto
abono.config.urls abono.entrypoints.jobs abono.entrypoints.meter.app abono.platform.running.worker tests.hashers
"""


def _load() -> None:
    gc.disable()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "abono.config.settings")
    django.setup()
    for name in _NAMES.split():
        import_module(name)
    _forget()
    gc.freeze()


def _forget() -> None:
    """Our modules that have read the environment are loaded again, and Django asks them anew."""
    for name in [name for name in sys.modules if name.startswith("abono.config.")]:
        if name != "abono.config.urls":
            del sys.modules[name]
            vars(abono.config).pop(name.rpartition(".")[2], None)
    settings._wrapped = empty
    for alias in connections:
        del connections[alias]
    vars(connections).pop("settings", None)
    vars(connections)["_settings"] = None
    vars(engines).pop("templates", None)
    vars(engines)["_engines"] = {}


_load()
