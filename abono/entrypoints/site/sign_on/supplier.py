"""Speaking OpenID Connect with suppliers of identities: the library's client, held to what we ask of it (ACC-3).

Code flow with PKCE, state and nonce; one redirect address for each supplier; the issuer that was set up and no other; the
signature is always verified. Suppliers are named by customers, so nothing of ours inside is ever called.
"""

from __future__ import annotations

import ipaddress
import socket
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import Any
from uuid import UUID

import jwt
import requests
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.urls import reverse
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

from abono.domain.identity.sign_on import Claimed, SignOnInfo
from abono.kernel.ids import public

TIMEOUT_S = 5
SELLER = "seller"  # in the address of the seller's own
_SIGNED_WITH = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
_SEVERAL = "mfa"  # RFC 8176; what suppliers put into `acr` is of their own making
# What the library and those below it raise when a supplier answers otherwise than it should.
FAILED = (
    OAuth2Error,
    requests.RequestException,
    jwt.PyJWTError,
    PermissionDenied,
    KeyError,
    ValueError,
    TypeError,
)


class Outward(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Every call to a supplier goes through a session that connects to nothing inside."""

    def get_requests_session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        session.request = partial(session.request, timeout=TIMEOUT_S)  # type: ignore[method-assign]
        for scheme in ("https://", "http://"):
            session.mount(scheme, _Guarded())
        return session


class Supplier(OpenIDConnectProvider):  # type: ignore[misc]
    """One organization's supplier, made of what its administrator typed."""

    def __init__(self, request: HttpRequest, info: SignOnInfo, secret: str) -> None:
        self.info = info
        app = SocialApp(
            provider=OpenIDConnectProvider.id,
            provider_id=info.public_id,
            name=info.public_id,
            client_id=info.client_id,
            secret=secret,
            settings={"server_url": info.issuer, "oauth_pkce_enabled": True},
        )
        super().__init__(request, app=app)

    def get_oauth2_adapter(self, request: HttpRequest) -> Speaker:
        return Speaker(request, self)


class Speaker(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """Says to a supplier what we ask, and reads its answers with suspicion."""

    def __init__(self, request: HttpRequest, supplier: Supplier) -> None:
        self.supplier = supplier
        super().__init__(request, supplier.info.public_id)

    def get_provider(self) -> Supplier:
        return self.supplier

    @cached_property
    def openid_config(self) -> dict[str, Any]:
        """What the supplier says of itself, at the issuer's own address. Raises one of FAILED."""
        with Outward().get_requests_session() as session:
            reply = session.get(self.supplier.server_url)
        reply.raise_for_status()
        found: dict[str, Any] = reply.json()
        if str(found.get("issuer", "")).rstrip("/") != self.supplier.info.issuer:
            raise OAuth2Error("another issuer answers there")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not allowed(str(found.get(name, ""))):
                raise OAuth2Error(f"{name} is no address that may be called")
        return found

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        return callback_url(self.supplier.info)

    def claimed(self, answer: dict[str, Any], *, nonce: str, since: datetime | None) -> Claimed:
        """Who signed in there, by its token. Raises one of FAILED.

        nonce   that went with the question
        since   how long ago they may have given a factor there at most; None: however long
        """
        told = self._verified(str(answer["id_token"]))
        if not nonce or told.get("nonce") != nonce:
            raise OAuth2Error("the token answers another question")
        if since is not None and datetime.fromtimestamp(int(told["auth_time"]), UTC) < since:
            raise OAuth2Error("it was too long ago")
        subject, second = str(told["sub"]), _SEVERAL in _listed(told.get("amr"))
        if "email" not in told:
            asked = self._fetch_user_info(str(answer["access_token"]))
            if str(asked.get("sub")) != subject:
                raise OAuth2Error("the supplier speaks of somebody else")
            told = asked
        return Claimed(subject, str(told.get("email", "")), told.get("email_verified") is True, second)

    def _verified(self, token: str) -> dict[str, Any]:
        if jwt.get_unverified_header(token).get("alg") not in _SIGNED_WITH:
            raise OAuth2Error("signed with what we do not trust")
        told: dict[str, Any] = jwtkit.verify_and_decode(
            credential=token,
            keys_url=self.openid_config["jwks_uri"],
            issuer=self.openid_config["issuer"],
            audience=self.supplier.info.client_id,
            lookup_kid=jwtkit.lookup_kid_jwk,
            verify_signature=True,
        )
        return told


def _listed(told: object) -> list[object]:
    return told if isinstance(told, list) else []


def callback_url(info: SignOnInfo) -> str:
    """The one address to which its supplier may send people back; the same in every language, known before it is set up."""
    return callback_of(info.customer_id)


def callback_of(customer_id: UUID | None) -> str:
    whose = SELLER if customer_id is None else public("cus", customer_id)
    return f"{settings.PUBLIC_URL}{reverse('openid_connect_callback', args=[whose])}"


def allowed(address: str) -> bool:
    """Whether an address may be one of a supplier's: encrypted, unless this installation lies inside as well."""
    return address.startswith("https://") or (settings.SIGN_ON_INSIDE and address.startswith("http://"))


def outside(address: str) -> bool:
    """Whether an IP address lies in the internet at large. Of one that carries an address of IPv4, mapped or for a translator
    (RFC 4291, RFC 6052), that one counts."""
    seen = ipaddress.ip_address(address)
    if isinstance(seen, ipaddress.IPv6Address):
        carried = ipaddress.IPv4Address(int(seen) % 2**32) if seen in _TRANSLATED else None
        if (within := seen.ipv4_mapped or carried) is not None:
            return outside(str(within))
        if seen.is_site_local:
            return False
    return seen.is_global and not (seen.is_multicast or seen.is_reserved)


class _Checked:
    """A connection that is given up, before a byte is sent, when its other end is inside."""

    def _new_conn(self) -> socket.socket:
        made: socket.socket = super()._new_conn()  # type: ignore[misc]
        if not settings.SIGN_ON_INSIDE and not outside(made.getpeername()[0]):
            made.close()
            raise NewConnectionError(self, "the address is inside")  # type: ignore[arg-type]
        return made


class _Secure(_Checked, HTTPSConnection):
    pass


class _Plain(_Checked, HTTPConnection):
    pass


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _Guarded(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **named: Any) -> None:
        super().init_poolmanager(*args, **named)
        self.poolmanager.pool_classes_by_scheme = {"https": _SecurePool, "http": _PlainPool}
