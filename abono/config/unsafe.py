"""What an installation must not serve people with, and how to put it right (ACC-7).

Behind an https address stand real customers. There the program does not start on what is meant for demos and
development, unless it is told so in so many words; behind http everything may be tried.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import Conninfo

from abono.config.env import ConfigurationError, Settings

DEMO_BEGUN, DEMO_MADE = "demo.world_begun", "demo.world_made"  # events that the demo leaves
MADE_UP = ".example"  # addresses that nobody can own
QUICK_HASH = "pbkdf2_sha256$1000$"  # how the demo keeps the password that it prints
SECRET_LETTERS, SECRET_DIFFERENT = 32, 10
ISOLATION = "read committed"  # what every lock and every retry of ours counts on
_OPEN = ("disable", "allow", "prefer")  # of sslmode: others may listen
_BETTER = {"require": 1, "verify-ca": 2, "verify-full": 3}
_EARLY = 1_000  # of the events of a database: a demo begins with its own


@dataclass(frozen=True, slots=True)
class Reason:
    """What is unsafe, in a sentence without its full stop, and what to do about it."""

    what: str
    do: str

    def __str__(self) -> str:
        return f"{self.what}. {self.do}."


class Unsafe(ConfigurationError):
    """The program does not start; the text lists every reason, each with its remedy."""


def require(settings: Settings) -> None:
    """Raises Unsafe with all reasons at once; whatever the database says of an error of its own comes through."""
    reasons = [*of_environment(settings), *of_database(settings)]
    if reasons:
        lines = "".join(f"\n  {reason}" for reason in reasons)
        raise Unsafe(f"not safe to serve {settings.public_url}:{lines}")


def of_environment(settings: Settings) -> Iterator[Reason]:
    """What the variables alone show."""
    if not settings.secure:
        return
    if settings.debug:
        yield Reason("ABONO_DEBUG shows the program's insides to whoever meets an error", "Remove it")
    if settings.allow_unsafe_fsync:
        yield Reason("ABONO_ALLOW_UNSAFE_FSYNC lets a crash lose credit that was paid for", "Remove it")
    yield from _secret(settings)
    if not settings.proxies:
        yield Reason(
            "no proxy is told of, so nothing could come by https",
            "Set ABONO_PROXIES to how many stand in front of this program, usually 1",
        )
    if not settings.simulator:
        yield from _no_money(settings)
    if not settings.demo_data and (made_up := _made_up_seller(settings)):
        yield Reason(f"the seller is the demo's: {', '.join(made_up)}", "Set them to your own")
    yield from _lines(settings)


def _no_money(settings: Settings) -> Iterator[Reason]:
    """Gateways that only seem to take money."""
    trial = "for a trial that everybody knows to be one, set ABONO_SIMULATOR=1"
    if not settings.has_stripe:
        yield Reason(
            "the only payment gateway is the simulator, which moves no money",
            f"Set ABONO_STRIPE_SECRET_KEY; {trial}",
        )
    elif "_test_" in settings.stripe_secret_key.get_secret_value():
        yield Reason(
            "ABONO_STRIPE_SECRET_KEY is of Stripe's test mode, which moves no money",
            f"Set that of live mode; {trial}",
        )


def _secret(settings: Settings) -> Iterator[Reason]:
    wanted = f"it wants {SECRET_LETTERS} letters, {SECRET_DIFFERENT} of them different"
    if _guessed(settings.secret_key):
        yield Reason(
            f"ABONO_SECRET_KEY can be guessed: {wanted}",
            "Make one: python3 -c 'import secrets; print(secrets.token_urlsafe(50))'",
        )
    if _guessed(settings.secret_key_before):
        yield Reason(
            f"ABONO_SECRET_KEY_BEFORE can be guessed, and what it signs is believed: {wanted}",
            "Remove it; what lies encrypted under it is read by abono encrypt-anew, with it set for that command alone",
        )
    if not settings.secret_key and "home" not in settings.model_fields_set:
        yield Reason(
            "the secret would be kept in the folder from which the program is started",
            "Set ABONO_HOME to a folder that stays, or ABONO_SECRET_KEY",
        )


def _guessed(key: str) -> bool:
    return bool(key) and (len(key) < SECRET_LETTERS or len(set(key)) < SECRET_DIFFERENT)


def _made_up_seller(settings: Settings) -> list[str]:
    fields = ("seller_name", "seller_tax_id", "seller_address", "seller_email", "mail_from")
    shipped = Settings.model_fields
    return [f"ABONO_{name.upper()}" for name in fields if getattr(settings, name) == shipped[name].default]


def _lines(settings: Settings) -> Iterator[Reason]:
    """Over which others could listen."""
    if settings.smtp_security == "none" and not settings.plain_smtp and not near(settings.smtp_host):
        yield Reason(
            f"mails would go to {settings.smtp_host} in the open, with the links that set passwords in them",
            "Set ABONO_SMTP_SECURITY to starttls or tls; on a line that nobody else is on, ABONO_PLAIN_SMTP=1",
        )
    if not settings.plain_database and sslmode(settings) in _OPEN:
        yield Reason(
            "the database is elsewhere, and nothing makes the line to it encrypted",
            "Put sslmode=verify-full into its address; on a line that nobody else is on, set ABONO_PLAIN_DATABASE=1",
        )


def sslmode(settings: Settings) -> str:
    """How the line to the database is kept, the worst of those that a process here may use; empty where none leaves this
    machine."""
    kept = filter(None, map(_sslmode, {settings.dsn, *filter(None, settings.sign_ins.values())}))
    return min(kept, key=lambda mode: _BETTER.get(mode, 0), default="")


def _sslmode(dsn: str) -> str:
    """As libpq reads an address: with its own variables (PGHOST, PGSSLMODE), and a number before a name."""
    own = {one.keyword.decode(): (one.val or b"").decode() for one in Conninfo.get_defaults()}
    at = own | {name: str(value) for name, value in conninfo_to_dict(dsn).items() if value}
    hosts = (at["hostaddr"] or at["host"]).split(",")
    if all(not host or host.startswith(("/", "@")) or near(host) for host in hosts):
        return ""
    return at["sslmode"]


def near(host: str) -> bool:
    """Whether it is this machine."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def of_database(settings: Settings) -> Iterator[Reason]:
    """What the database shows; one without our tables shows nothing. Raises what the database raises."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW default_transaction_isolation")
        isolation = cursor.fetchone()[0]
        if isolation != ISOLATION:
            yield Reason(f"the database's transactions are {isolation}, not {ISOLATION}", _OWN_ISOLATION)
        if settings.secure and not settings.demo_data:
            yield from _demo(cursor)


_OWN_ISOLATION = "Take default_transaction_isolation out of DATABASE_URL, and let no pooler set it"
_DEMO = "Use a database of its own; to show the demo to the world after all, set ABONO_DEMO_DATA=1"


def _demo(cursor: CursorWrapper) -> Iterator[Reason]:
    cursor.execute("SELECT to_regclass('platform_event'), to_regclass('identity_person')")
    if None in cursor.fetchone():
        return
    cursor.execute(
        "SELECT count(*) FROM (SELECT name FROM platform_event ORDER BY id LIMIT %s) early WHERE name IN (%s, %s)",
        [_EARLY, DEMO_BEGUN, DEMO_MADE],
    )
    if cursor.fetchone()[0]:
        yield Reason("the database is that of a demo", _DEMO)
    cursor.execute(
        "SELECT email FROM identity_person WHERE is_active AND NOT starts_with(password, '!')"
        " AND (starts_with(password, %s) OR lower(email) LIKE %s) ORDER BY email LIMIT 4",
        [QUICK_HASH, f"%{MADE_UP}"],
    )
    known = [email for (email,) in cursor.fetchall()]
    if known:
        yield Reason(
            f"people of a demo can sign in, with a password that everybody knows: {', '.join(known[:3])}"
            f"{' and others' if len(known) > 3 else ''}",
            _DEMO,
        )
