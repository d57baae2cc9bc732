"""What can be seen without the database: variables, files, disk, mail server, gateways."""

from __future__ import annotations

import shutil
import smtplib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import urllib3
from django.conf import settings
from django.core import mail

from abono.config import env, suppliers, unsafe
from abono.config.doctor import stripe
from abono.config.doctor.finding import Finding, ok, warning, wrong
from abono.domain.invoicing import fonts
from abono.domain.payments import registry
from abono.platform import clock

PATIENCE_S = 5
CERTIFICATE_SOON = timedelta(days=30)
LITTLE_BYTES, TOO_LITTLE_BYTES = 2_000_000_000, 200_000_000
EXAMPLES = {  # what deploy/abono.env says for somebody else than the reader; a test compares
    "public_url": "https://planes.seller.com",
    "smtp_host": "smtp.seller.com",
    "mail_from": "Seller <no-reply@seller.com>",
    "seller_name": "Seller S.A.",
    "seller_tax_id": "CNPJ 00.000.000/0000-00",
    "seller_address": "Street 1, 00000-000 City, Country",
    "seller_email": "help@seller.com",
}
_MADE = "Install the built package; in a checkout: make setup"


def safety(given: env.Settings) -> Iterator[Finding]:
    """What the program would not start on."""
    reasons = list(unsafe.of_environment(given))
    for reason in reasons:
        yield wrong("safety", reason.what, reason.do)
    if not given.secure and not unsafe.near(env.host(given.public_url)):
        yield warning(
            "address",
            f"{given.public_url} is not https: passwords and sessions go in the open",
            "Put a proxy with https in front, and its address into ABONO_PUBLIC_URL",
        )
    elif not reasons:
        proxies = f"{given.proxies or 'no'} prox{'y' if given.proxies == 1 else 'ies'} in front"
        yield ok("address", f"{given.public_url}, {proxies}")


def seller(given: env.Settings) -> Iterator[Finding]:
    """Who sells, as invoices and mails say it. The demo's own names are `safety`'s."""
    left = [f"ABONO_{name.upper()}" for name, example in EXAMPLES.items() if getattr(given, name) == example]
    if left:
        yield warning(
            "seller",
            f"as the example of the file of variables says it: {', '.join(left)}",
            "Set them to your own: they stand on invoices and under mails",
        )
    else:
        yield ok("seller", f"{given.seller_name}, {given.seller_email}")


def secret(given: env.Settings) -> Iterator[Finding]:
    file = given.home / "secret"
    if given.secret_key:
        yield ok("secret", "ABONO_SECRET_KEY")
    elif not file.exists():
        yield wrong(
            "secret", f"there is none in {given.home}", "Let this user write there, or set ABONO_HOME"
        )
    elif file.stat().st_mode & 0o077:
        yield wrong("secret", f"{file} can be read by other accounts", f"chmod 600 {file}")
    else:
        yield ok("secret", str(file))


def made_files(given: env.Settings) -> Iterator[Finding]:
    """What is made when the package is built, or by make setup."""
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    if manifest.exists() and any(Path(settings.STATIC_ROOT).glob("site/inter.*.woff2")):
        yield ok("static files", str(settings.STATIC_ROOT))
    else:
        yield wrong("static files", f"they are not in {settings.STATIC_ROOT}: every page fails", _MADE)
    languages = sorted(Path(settings.LOCALE_PATHS[0]).glob("*/LC_MESSAGES"))
    lacking = [folder.parent.name for folder in languages if not (folder / "django.mo").exists()]
    if lacking:
        yield wrong("languages", f"{', '.join(lacking)}: not compiled, read in English", _MADE)
    else:
        yield ok("languages", ", ".join(code for code, _name in settings.LANGUAGES))
    if fonts.are_ready(given.home):
        yield ok("fonts", "of documents, cut")
    else:
        yield warning("fonts", "of documents, not cut: the first invoice waits ten seconds", _MADE)


def disk(given: env.Settings) -> Iterator[Finding]:
    try:
        free = _free(given.home if given.home.exists() else given.home.parent)
    except OSError as error:
        yield wrong("disk", f"{given.home}: {error.strerror}", "Set ABONO_HOME to a folder that stays")
        return
    said = f"{free / 1_000_000_000:.1f} GB free at {given.home}"
    if free < TOO_LITTLE_BYTES:
        yield wrong("disk", said, "Make room: a full disk stops the database")
    elif free < LITTLE_BYTES:
        yield warning("disk", said, "Make room")
    else:
        yield ok("disk", said)


def _free(place: Path) -> int:
    return shutil.disk_usage(place).free


def mail_server(given: env.Settings) -> Iterator[Finding]:
    """Connects, says hello, signs in if it can; sends nothing."""
    where = f"{given.smtp_host}:{given.smtp_port}, {given.smtp_security}"
    line = mail.get_connection("django.core.mail.backends.smtp.EmailBackend", timeout=PATIENCE_S)
    try:
        line.open()
    except (OSError, smtplib.SMTPException) as error:
        yield wrong("mail", f"{where}: {error}", "Set ABONO_SMTP_…; until then mails wait")
        return
    finally:
        line.close()
    yield ok("mail", where)


def gateways(given: env.Settings) -> Iterator[Finding]:
    """Each that is configured has options that its adapter takes, and is asked whether it is there, where it can be."""
    yield from stripe.keys(given)
    for one in suppliers.crossed(given):
        yield wrong("gateway", one, "Mend the variables, and start again")
    mistaken = dict(suppliers.wrong())
    for name in settings.GATEWAYS:
        if name in mistaken:
            yield wrong(
                "gateway", f"{name}: {mistaken[name]}", "Correct its options in GATEWAYS of the settings"
            )
            continue
        if name not in {"simulator", "stripe"} and (name != "stripe_push" or given.stripe_push):
            yield _gateway(name)
        if name != "simulator":
            continue
        try:
            pool = urllib3.PoolManager(retries=False, timeout=PATIENCE_S)
            status = pool.request("GET", f"{given.simulator_url}/health").status
            there = "answers" if status == 200 else f"answers {status}"
        except urllib3.exceptions.HTTPError:
            status, there = 0, "does not answer"
        said = f"simulator, {given.simulator_url} {there}; it moves no money"
        if status == 200:
            yield ok("gateway", said)
        else:
            yield wrong("gateway", said, "Start it: python -m abono.gateways.simulator --store FILE")


def _gateway(name: str) -> Finding:
    """Of one whose options are right, whether files can be written for it, and what it shows to others will soon not do any more."""
    takes_no_file: str = getattr(registry.gateway(name), "takes_no_file", "")
    if takes_no_file:
        return wrong(
            "gateway",
            f"{name}: {takes_no_file}",
            "Add it to its options: no slip is registered without files",
        )
    ends: datetime | None = getattr(registry.gateway(name), "certificate_ends", None)
    if ends is None:
        asks = " and ".join(means for means, by in settings.PUSH_GATEWAYS.items() if by == name)
        return ok("gateway", f"{name}: asks for {asks}" if asks else name)
    left = ends - clock.now()
    said = f"{name}: its certificate ends on {ends:%Y-%m-%d}"
    if left > CERTIFICATE_SOON:
        return ok("gateway", said)
    renew = "Put a new certificate and its key into their files and start again"
    return warning("gateway", said, renew) if left > timedelta(0) else wrong("gateway", said, renew)
