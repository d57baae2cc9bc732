"""What the adapter is set up with, looked at as a whole before anything is asked."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from cryptography import x509

from abono.gateways.pix.brcode import BadCode, BrCode, check
from abono.gateways.pix.keys import key_kind

LEAST_SECRET = 16
ACCOUNT_TYPES = ("CORRENTE", "POUPANCA", "PAGAMENTO")

SCOPES = "cob.write cob.read cobv.write cobv.read pix.write pix.read"
MORE_SCOPES = "rec.write rec.read cobr.write cobr.read solicrec.write solicrec.read payloadlocationrec.write payloadlocationrec.read"

_HTTPS = re.compile(r"https://[a-z0-9.-]+(:\d+)?(/[!-~]*)?", re.IGNORECASE)
_HEADER = re.compile(r"[A-Za-z0-9-]+")
_SECRET = re.compile(rf"[A-Za-z0-9_-]{{{LEAST_SECRET},}}")
_SOUND = BrCode("NAME", "CITY", key="123e4567-e12b-12d1-a456-426655440000")


class BadOptions(ValueError):
    """Says in one line all that is wrong."""


@dataclass(frozen=True, slots=True)
class Options:
    """See README.md. Raises BadOptions."""

    base_url: str
    token_url: str
    client_id: str
    client_secret: str
    certificate_file: str
    key_file: str
    pix_key: str
    receiver_name: str
    receiver_city: str
    webhook_header: str
    webhook_senders: str | Sequence[str]
    webhook_secret: str
    ca_file: str = ""
    connect_timeout_s: float = 2
    read_timeout_s: float = 8
    account: str = ""
    account_type: str = ""
    agency: str = ""

    def __post_init__(self) -> None:
        if wrong := list(self._wrong()):
            raise BadOptions("; ".join(wrong))

    @property
    def scopes(self) -> str:
        """What a token is for; services give none for what the account was not given."""
        return f"{SCOPES} {MORE_SCOPES}" if self.account else SCOPES

    def tls(self) -> ssl.SSLContext:
        """For lines to the service, on which we show our certificate. Raises OSError."""
        context = ssl.create_default_context(cafile=self.ca_file or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self.certificate_file, self.key_file)
        return context

    def certificate_ends(self) -> datetime:
        """Until when the service lets us in."""
        return x509.load_pem_x509_certificate(Path(self.certificate_file).read_bytes()).not_valid_after_utc

    def _wrong(self) -> Iterator[str]:
        for name in ("base_url", "token_url"):
            if not _HTTPS.fullmatch(getattr(self, name)):
                yield f"{name} is no https address"
        for name in ("client_id", "client_secret"):
            if not getattr(self, name):
                yield f"{name} is missing"
        try:
            self.tls()
        except (OSError, ValueError) as error:  # ssl's own error is an OSError
            yield f"certificate_file, key_file or ca_file: {error}"
        if key_kind(self.pix_key) is None:
            yield "pix_key is no key: CPF or CNPJ without mask, +55…, an e-mail in lower case, or a random key"
        for name, code in (
            ("receiver_name", replace(_SOUND, name=self.receiver_name)),
            ("receiver_city", replace(_SOUND, city=self.receiver_city)),
        ):
            try:
                check(code)
            except BadCode:
                yield f"{name} is empty, too long or has accents"
        if not _HEADER.fullmatch(self.webhook_header):
            yield "webhook_header is no name of a header"
        if not self.webhook_senders or not all(one.strip() for one in self.webhook_senders):
            yield "webhook_senders names no certificate"
        if self.account and self.account_type not in ACCOUNT_TYPES:
            yield f"account_type is none of {', '.join(ACCOUNT_TYPES)}"
        if not _SECRET.fullmatch(self.webhook_secret):
            yield f"webhook_secret has less than {LEAST_SECRET} letters, digits, - or _"
