"""Django on its WSGI handler: pages and the REST API. Nobody serves it by itself: `config.asgi` does."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "abono.config.settings")

application = get_wsgi_application()
