"""Django as WSGI: the pages and the REST API. `config.asgi` puts the fast lane beside it."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "abono.config.settings")

application = get_wsgi_application()
