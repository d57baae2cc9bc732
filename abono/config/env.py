"""What an installation sets from outside: environment variables, typed, with errors that name them all."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from abono.kernel.webhook_key import webhook_key
from abono.platform import postgres
from abono.platform.once import written_once

PACKAGE = Path(__file__).resolve().parents[1]  # abono/


class ConfigurationError(Exception):
    """The environment is not usable; the text lists each variable that is wrong."""


class Settings(BaseSettings):
    """One field per variable: `home` is ABONO_HOME. Empty variables count as not set."""

    model_config = SettingsConfigDict(env_prefix="ABONO_", env_ignore_empty=True, extra="ignore", frozen=True)

    home: Path = Field(default_factory=postgres.default_home)  # data of the embedded server, the secret
    database_url: str = Field("", validation_alias=AliasChoices("DATABASE_URL", "database_url"))
    # What processes are to the database, see docs/database-roles.md.
    database_walls: bool = True  # false: everything works as whoever DATABASE_URL names
    database_roles: str = Field("abono", pattern=r"^[a-z][a-z0-9_]{0,40}$")  # how names of roles begin
    database_role: Literal["", "web", "worker"] = ""  # set by the process itself
    database_url_web: str = ""  # sign-ins of their own for what serves customers: all three, or none
    database_url_meter: str = ""
    database_url_worker: str = ""
    public_url: str = "http://127.0.0.1:8000"  # where browsers find us; decides hosts and secure cookies
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = ()  # more host names, comma-separated
    secret_key: str = ""  # made once and kept in the home folder when not given
    secret_key_before: str = ""  # after a change of it: still reads, makes nothing new
    proxies: int = Field(0, ge=0, le=9)  # how many stand in front: whose X-Forwarded-* is believed
    hsts_subdomains: bool = True  # browsers ask the hosts below ours by https as well
    debug: bool = False
    log_format: Literal["json", "plain"] = "json"  # plain: for people who develop
    metrics_port: int = Field(
        0, ge=0, lt=65520
    )  # on this machine; the first free one from there on. 0: nowhere
    api_requests_per_minute: int = Field(1_200, ge=0)  # of one API key, all processes together; 0: any number
    statement_timeout_ms: int = Field(0, ge=0)  # 0: none. The web sets its own, see config.asgi
    months_ahead: int = Field(3, ge=1, le=24)  # partitions of entries that are made before they are needed
    months_kept: int = Field(24, ge=3)  # after so many whole months entries are detached; totals stay
    allow_unsafe_fsync: bool = False  # development only: serve although a crash may lose commits

    # With an https address the program does not start on these unless it is told so: config.unsafe.
    simulator: bool = False  # the payment gateway that moves no money may serve
    demo_data: bool = False  # and the people of the demo
    plain_smtp: bool = False  # mails may go to another machine unencrypted
    plain_database: bool = False  # and so may the line to a database on one

    sign_on_inside: bool = False  # suppliers of single sign-on at private addresses, and without https

    smtp_host: str = "127.0.0.1"
    smtp_port: int = Field(1025, gt=0, lt=65536)
    smtp_user: str = ""
    smtp_password: str = ""
    smtp_security: Literal["none", "starttls", "tls"] = "none"
    mail_from: str = "Abono <no-reply@abono.example>"

    # Who sells: on invoices and under every mail. The tax id with its name, as the country writes it.
    seller_name: str = "Abono Demonstração Ltda."
    seller_tax_id: str = "CNPJ 33.444.555/0001-81"
    seller_address: str = "Rua do Exemplo 100, 01000-000 São Paulo, SP, Brasil"
    seller_email: str = "ajuda@abono.example"

    sandbox: bool = False  # who contracts on the site gets a clock of its own: demos and trials

    simulator_url: str = "http://127.0.0.1:8010"  # origin of the simulated payment gateway
    simulator_secret: str = ""  # shared with it; derived from the secret key when not given

    # Stripe takes the cards once its secret key is here (docs/production.md).
    stripe_secret_key: SecretStr = SecretStr("")
    stripe_publishable_key: str = ""  # what the card fields in browsers are opened with
    stripe_webhook_secret: SecretStr = SecretStr("")  # with which it signs what it tells us
    stripe_api_url: str = "https://api.stripe.com"
    stripe_script_url: str = "https://js.stripe.com/v3/"  # its card fields
    stripe_push: Annotated[
        tuple[Literal["boleto", "pix"], ...], NoDecode
    ] = ()  # what else it asks for, comma-separated
    # JSON, the options of gateways/pix/README.md; empty: no Pix, or the simulator's.
    pix: Annotated[dict[str, Any], NoDecode] = {}
    # JSON, the options of gateways/bank_boleto/README.md: slips of this account; empty: none.
    bank_boleto: Annotated[dict[str, Any], NoDecode] = {}
    # JSON, such options by name: of those that asked before, and whose money may still come. The one that asks now says its own as `gateway`.
    pix_before: Annotated[dict[str, dict[str, Any]], NoDecode] = {}
    bank_boleto_before: Annotated[dict[str, dict[str, Any]], NoDecode] = {}

    # Providers that tell of usage (docs/api.md): the secrets with which they sign.
    whatsapp_app_secret: str = ""  # of the seller's app at Meta; without it /inbound/whatsapp is not there
    whatsapp_verify_token: str = ""  # that was typed there for the webhook
    twilio_auth_token: str = ""  # of the seller's account; without it /inbound/twilio is not there

    @field_validator("pix", "bank_boleto", "pix_before", "bank_boleto_before", mode="before")
    @classmethod
    def _read_json(cls, said: object) -> object:
        return json.loads(said) if isinstance(said, str) else said

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.absolute()

    @field_validator("allowed_hosts", "stripe_push", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(filter(None, map(str.strip, value.split(",")))) if isinstance(value, str) else value

    @field_validator("public_url", "simulator_url")
    @classmethod
    def _origin(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/"):
            raise ValueError("must be http(s)://host[:port] without a path")
        return value.rstrip("/")

    @field_validator("simulator_secret")
    @classmethod
    def _signs(cls, value: str) -> str:
        if value:
            webhook_key(value)
        return value

    @field_validator("database_url", "database_url_web", "database_url_meter", "database_url_worker")
    @classmethod
    def _postgresql(cls, value: str) -> str:
        if value and not value.startswith(("postgresql://", "postgres://")):
            raise ValueError("must begin with postgresql://")
        return value

    @model_validator(mode="after")
    def _all_or_none(self) -> Settings:
        given = [bool(url) for url in self.sign_ins.values()]
        if any(given) and not all(given):
            raise ValueError(
                "DATABASE_URL_WEB, _METER and _WORKER of ABONO_ are given together, or none of them"
            )
        return self

    @property
    def sign_ins(self) -> dict[str, str]:
        """Addresses by role, with a sign-in of its own each; empty where processes drop into their roles."""
        return {
            "web": self.database_url_web,
            "meter": self.database_url_meter,
            "worker": self.database_url_worker,
        }

    @property
    def dsn(self) -> str:
        """Where the database of this process is: its role's address, DATABASE_URL, or the embedded server."""
        return self.sign_ins.get(self.database_role) or self.database_url or postgres.url(self.home)

    @property
    def has_stripe(self) -> bool:
        return bool(self.stripe_secret_key.get_secret_value())

    @property
    def push_suppliers(self) -> dict[str, tuple[str, ...]]:
        """By means, "pix" or "slip": which gateways are set up to ask for money so. Each may have one (`config.suppliers`)."""
        set_up = {
            "pix": {str(self.pix.get("gateway", "pix")): self.pix, "stripe_push": "pix" in self.stripe_push},
            "slip": {
                str(self.bank_boleto.get("gateway", "bank_boleto")): self.bank_boleto,
                "stripe_push": "boleto" in self.stripe_push,
            },
        }
        return {means: tuple(name for name, on in those.items() if on) for means, those in set_up.items()}

    @property
    def pix_by_name(self) -> dict[str, dict[str, Any]]:
        """Payment services of Pix, by the name of the gateway: the one that asks, and those that did before."""
        return _by_name("pix", self.pix) | self.pix_before

    @property
    def bank_boleto_by_name(self) -> dict[str, dict[str, Any]]:
        """Accounts of slips, likewise."""
        return _by_name("bank_boleto", self.bank_boleto) | self.bank_boleto_before

    @property
    def secure(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def hosts(self) -> list[str]:
        """By which names pages may be asked for; this machine's own only where there is no https."""
        here = [] if self.secure else ["localhost", "127.0.0.1", "[::1]"]
        return [host(self.public_url), *self.allowed_hosts, *here]


def _by_name(usual: str, options: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Its options by its name; nothing where it is not set up."""
    said = {key: value for key, value in options.items() if key != "gateway"}
    return {str(options.get("gateway", usual)): said} if options else {}


def host(url: str) -> str:
    """The name or number of the machine in an address."""
    return str(urlsplit(url).hostname)


def load() -> Settings:
    """Read the environment. Raises ConfigurationError that lists every variable that is wrong."""
    try:
        return Settings()
    except ValidationError as wrong:
        lines = [f"  {_variable(error['loc'])}: {error['msg']}" for error in wrong.errors()]
        raise ConfigurationError("the environment is not usable:\n" + "\n".join(lines)) from None


def secret_key(settings: Settings) -> str:
    """ABONO_SECRET_KEY, else 50 random letters made once and kept in `<home>/secret` for its owner only."""
    if settings.secret_key:
        return settings.secret_key
    file = settings.home / "secret"
    try:
        return written_once(file, lambda: secrets.token_urlsafe(50))
    except OSError as error:
        raise ConfigurationError(f"cannot keep a secret in {file}: {error}. Set ABONO_SECRET_KEY.") from None


def _variable(location: tuple[int | str, ...]) -> str:
    name = str(location[0]) if location else "database_urls"  # of several together: the text names them
    return name.upper() if name.lower() == "database_url" else f"ABONO_{name.upper()}"


def static_root() -> Path:
    """Where collected static files are: in the checkout's `static`, or inside an installed package."""
    if (PACKAGE.parent / "pyproject.toml").exists():
        return PACKAGE.parent / "static"
    return PACKAGE / "shipped" / "static"
