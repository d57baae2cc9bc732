"""Django's settings. What differs between installations comes from the environment: see `config.env`."""

from __future__ import annotations

import hashlib
from typing import Any

from django.utils.translation import gettext_lazy as _
from psycopg.conninfo import conninfo_to_dict

from abono.config import env
from abono.platform.postgres import roles

ENV = env.load()

SECRET_KEY = env.secret_key(ENV)
SECRET_KEY_FALLBACKS = [ENV.secret_key_before] if ENV.secret_key_before else []
DEBUG = ENV.debug
ALLOWED_HOSTS = ENV.hosts
PUBLIC_URL = ENV.public_url
API_REQUESTS_PER_MINUTE = ENV.api_requests_per_minute
ALLOW_UNSAFE_FSYNC = ENV.allow_unsafe_fsync

INSTALLED_APPS = [
    "abono.entrypoints.cli",  # first: its `runserver` takes the place of Django's
    "abono.config.static.StaticFiles",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "procrastinate.contrib.django",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "django_htmx",
    "lucide",
    "abono.platform",
    "abono.domain.settings",
    "abono.domain.customers",
    "abono.domain.identity",
    "abono.domain.catalog",
    "abono.domain.contracts",
    "abono.domain.journal",
    "abono.domain.invoicing",
    "abono.domain.billing_runs",
    "abono.domain.fiscal",
    "abono.domain.statements",
    "abono.domain.adjustments",
    "abono.domain.coupons",
    "abono.domain.credit",
    "abono.domain.payments",
    "abono.domain.metering",
    "abono.domain.licences",
    "abono.domain.campaigns",
    "abono.domain.interactions",
    "abono.domain.uncovered",
    "abono.domain.withholding",
    "abono.domain.usage",
    "abono.domain.notices",
    "abono.domain.approvals",
    "abono.domain.payment_links",
    "abono.domain.restrictions",
    "abono.entrypoints.site",
    "abono.entrypoints.portal",
    "abono.entrypoints.backoffice",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "abono.platform.running.logs.Requests",
    "abono.platform.web.csp.ContentSecurityPolicy",
    "abono.platform.origin.Doors",
    "abono.platform.web.served.Served",
    "abono.entrypoints.site.sessions.Cookies",
    "django.middleware.locale.LocaleMiddleware",
    "abono.entrypoints.site.bodies.Bodies",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "abono.entrypoints.site.sessions.Sessions",
    "abono.entrypoints.site.admission.Access",
    "django_htmx.middleware.HtmxMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "abono.config.urls"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [env.PACKAGE / "entrypoints", env.PACKAGE / "domain"],  # beside the code that draws them
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]


_CORE = {
    "NAME": "dbname",
    "USER": "user",
    "PASSWORD": "password",
    "HOST": "host",
    "PORT": "port",
}


LOCK_TIMEOUT_MS = 5_000  # nobody waits for ever behind a lost lock holder


def _database(dsn: str, *, statement_timeout_ms: int, role: str = "") -> dict[str, Any]:
    """One entry of DATABASES. A dead peer is noticed in seconds: nobody waits for ever on a cut line.

    role   an option of the connection; empty for whoever signs in
    """
    given: dict[str, Any] = {key: value for key, value in conninfo_to_dict(dsn).items() if value is not None}
    options = {
        "connect_timeout": 5,
        "keepalives": 1,
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
        **given,
    }
    core = {name: options.pop(key, "") for name, key in _CORE.items()}
    settings = [
        options.get("options", ""),
        f"-c lock_timeout={LOCK_TIMEOUT_MS}",
        r"-c default_transaction_isolation=read\ committed",
        role,
    ]
    if statement_timeout_ms:
        settings.append(f"-c statement_timeout={statement_timeout_ms}")
    options["options"] = " ".join(filter(None, settings))
    return {
        "ENGINE": "abono.platform.postgres.engine",
        **core,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


# How names of roles begin; empty where everything works as whoever DATABASE_URL names.
DATABASE_ROLES = ENV.database_roles if ENV.database_walls else ""
DATABASE_SIGN_INS = {role: url for role, url in ENV.sign_ins.items() if url}
DATABASE_ROLE = ENV.database_role  # of this process; empty for whoever types a command
_database_role = roles.option(DATABASE_ROLES, DATABASE_ROLE)
DATABASES = {
    "default": _database(ENV.dsn, statement_timeout_ms=ENV.statement_timeout_ms, role=_database_role)
}
if DATABASE_ROLES and DATABASE_ROLE == "web":
    DATABASES["default"]["SERVED"] = roles.served(DATABASE_ROLES, outside=f"{DATABASE_ROLES}_web")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {  # one for all processes: codes that were used, and what else must not be taken twice (ACC-3)
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "platform_cache",
        "OPTIONS": {"MAX_ENTRIES": 1_000_000},  # past it Django throws away what is in force, too
    }
}

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = ""  # the jobs are in one place, loaded by the worker
PROCRASTINATE_IMPORT_PATHS = [
    f"abono.entrypoints.jobs.{name}" for name in ("due", "mail", "metering", "upkeep")
]

AUTH_USER_MODEL = "identity.Person"
LOGIN_URL = "portal:sign-in"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
SESSION_COOKIE_AGE = (
    7 * 24 * 60 * 60
)  # however often it is used; `site.sessions` says how long it may lie idle

# Factors, sessions and single sign-on are allauth's (docs/adr/0027); pages, words, mails and limits are ours.
ACCOUNT_ADAPTER = "abono.entrypoints.portal.account.adapter.Accounts"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # who chose a password by the link in a mail has proven the address
ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False  # `account.tries` counts, with pauses that grow
SOCIALACCOUNT_ADAPTER = "abono.entrypoints.site.sign_on.supplier.Outward"
SIGN_ON_INSIDE = ENV.sign_on_inside
MFA_ADAPTER = "abono.entrypoints.portal.account.adapter.Factors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # the same: nobody is signed in whose address was not proven
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = ENV.seller_name
MFA_TOTP_TOLERANCE = 1  # periods of 30 seconds: clocks of telephones differ
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not ENV.secure  # browsers allow it on the local machine alone
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
    )
]

LANGUAGE_CODE = "en"  # the language of the message ids: also what a reader of none of ours gets
LANGUAGES = [
    ("es", _("Spanish")),
    ("pt-br", _("Portuguese (Brazil)")),
    ("en", _("English")),
]
LOCALE_PATHS = [env.PACKAGE / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = env.static_root()
STATICFILES_DIRS = [ENV.home / "static-src"]  # what set-up makes: the web font
SILENCED_SYSTEM_CHECKS = [
    "staticfiles.W004",  # before set-up that folder is not there
    "security.W008",  # http is sent to https before Django: config.https
    "security.W021",  # to be preloaded by browsers is for a whole domain to decide, not for one host of it
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = DEBUG

# With __Host- a browser takes a cookie from this host alone, never from one beside or below it.
_OURS = "__Host-" if ENV.secure else ""
SESSION_COOKIE_NAME = f"{_OURS}sessionid"
CSRF_COOKIE_NAME = f"{_OURS}csrftoken"
LANGUAGE_COOKIE_NAME = f"{_OURS}language"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = ENV.secure
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [ENV.public_url]
CSRF_FAILURE_VIEW = "abono.entrypoints.portal.order.expired.expired_form"
# By https or not is what the ASGI callable found out (config.forwarded); it sends who comes by http to https.
SECURE_HSTS_SECONDS = 31_536_000 if ENV.secure else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = ENV.secure and ENV.hsts_subdomains
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024  # what any request may carry
FILE_UPLOAD_HANDLERS = ["abono.entrypoints.site.uploads.InMemory"]  # to few pages, and never to a disk (V-12)

EMAIL_HOST = ENV.smtp_host
EMAIL_PORT = ENV.smtp_port
EMAIL_HOST_USER = ENV.smtp_user
EMAIL_HOST_PASSWORD = ENV.smtp_password
EMAIL_USE_TLS = ENV.smtp_security == "starttls"
EMAIL_USE_SSL = ENV.smtp_security == "tls"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENV.mail_from

SANDBOX = ENV.sandbox
MONTHS_AHEAD, MONTHS_KEPT = ENV.months_ahead, ENV.months_kept
METRICS_PORT = ENV.metrics_port

ABONO_SELLER = {
    "name": ENV.seller_name,
    "tax_id": ENV.seller_tax_id,
    "address": ENV.seller_address,
    "email": ENV.seller_email,
}

WHATSAPP_APP_SECRET, WHATSAPP_VERIFY_TOKEN = ENV.whatsapp_app_secret, ENV.whatsapp_verify_token
TWILIO_AUTH_TOKEN = ENV.twilio_auth_token

# Payment gateways: the name that is stored with a payment method, and the adapter that speaks for it.
SIMULATOR_SECRET = ENV.simulator_secret or hashlib.sha256(f"simulator:{SECRET_KEY}".encode()).hexdigest()
_SIMULATOR: dict[str, dict[str, Any]] = {
    "simulator": {
        "adapter": "abono.gateways.simulator.adapter.SimulatorGateway",
        "options": {
            "base_url": ENV.simulator_url,
            "secret": SIMULATOR_SECRET,
            "public_url": ENV.simulator_url,
        },
    },
    "simulator_pix": {
        "adapter": "abono.gateways.simulator.pix.SimulatorPix",
        "options": {"base_url": ENV.simulator_url, "secret": SIMULATOR_SECRET},
    },
}
_STRIPE: dict[str, dict[str, Any]] = {
    "stripe": {
        "adapter": "abono.gateways.stripe.adapter.StripeGateway",
        "options": {
            "secret_key": ENV.stripe_secret_key.get_secret_value(),
            "webhook_secret": ENV.stripe_webhook_secret.get_secret_value(),
            "fields_path": "/{language}/card-fields/stripe/",
            "api_url": ENV.stripe_api_url,
        },
    }
}
_STRIPE_PUSH: dict[str, dict[str, Any]] = {
    "stripe_push": {
        "adapter": "abono.gateways.stripe.push.StripePushGateway",
        "options": {
            "secret_key": ENV.stripe_secret_key.get_secret_value(),
            "webhook_secret": ENV.stripe_webhook_secret.get_secret_value(),
            "email": ENV.seller_email,
            "api_url": ENV.stripe_api_url,
        },
    }
}
_PIX: dict[str, dict[str, Any]] = {
    name: {"adapter": "abono.gateways.pix.adapter.PixGateway", "options": options}
    for name, options in ENV.pix_by_name.items()
}
_SLIPS: dict[str, dict[str, Any]] = {
    name: {"adapter": "abono.gateways.bank_boleto.adapter.BankBoletoGateway", "options": options}
    for name, options in ENV.bank_boleto_by_name.items()
}
GATEWAYS = (
    (_STRIPE if ENV.has_stripe else {})
    | (_STRIPE_PUSH if ENV.has_stripe else {})  # also of what it asks for no more, money may still come
    | _PIX
    | _SLIPS
    | (_SIMULATOR if ENV.simulator or not ENV.has_stripe else {})
)
# Takes new cards; a saved one stays with its own.
SERVING_GATEWAY = "stripe" if ENV.has_stripe else "simulator"
STRIPE_FIELDS = (
    {
        "publishable_key": ENV.stripe_publishable_key,
        "script_url": ENV.stripe_script_url,
        "api_url": ENV.stripe_api_url,
    }
    if ENV.has_stripe
    else None
)
# By means, "pix" or "slip": which gateway asks for money so.
PUSH_GATEWAYS: dict[str, str] = ({"pix": "simulator_pix"} if "simulator_pix" in GATEWAYS else {}) | {
    means: names[0] for means, names in ENV.push_suppliers.items() if names
}

_SAID = {"handlers": ["stderr"], "propagate": False}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": "abono.platform.running.logs.JsonLines"},
        "plain": {"()": "abono.platform.running.logs.PlainLines"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": ENV.log_format}},
    "root": {"handlers": ["stderr"], "level": "INFO" if DEBUG else "WARNING"},
    "loggers": {
        "abono": {"level": "INFO"},
        "django": {"handlers": [], "level": "WARNING"},
        # They quote whole addresses. Every request has a line of ours, and every mistake its incident.
        "django.request": {"level": "WARNING" if DEBUG else "CRITICAL"},
        "django.security.csrf": {"level": "CRITICAL"},
        "uvicorn": _SAID,
        "uvicorn.error": {},
        "uvicorn.access": {"propagate": False},  # quotes addresses, and costs each event of the fast lane
    },
}
