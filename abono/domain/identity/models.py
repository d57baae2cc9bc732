from __future__ import annotations

import unicodedata
from ipaddress import ip_network
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from abono.domain.customers.types import LANGUAGES
from abono.domain.identity import addresses as ranges
from abono.domain.identity.addresses import Network
from abono.domain.identity.roles import Role
from abono.domain.identity.types import Profile
from abono.kernel.ids import public, uuid7
from abono.kernel.written import one_form


class People(BaseUserManager["Person"]):
    """Looks people up by e-mail, whatever its case, for Django's sign-in."""

    def get_by_natural_key(self, username: str | None) -> Person:
        return self.get(email=one_form(username or ""))


class Person(AbstractBaseUser):
    """Someone who signs in: a member of customers, or staff of the seller."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(max_length=254, unique=True)  # in lower case
    name = models.CharField(max_length=120)
    language = models.CharField(max_length=5)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)  # works for the seller
    created_at = models.DateTimeField()

    objects: ClassVar[People] = People()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints = [
            models.CheckConstraint(name="person_email_lower", condition=Q(email=Lower("email"))),
            models.CheckConstraint(name="person_language_known", condition=Q(language__in=LANGUAGES)),
        ]

    def __str__(self) -> str:
        return self.email

    def set_password(self, raw_password: str | None) -> None:
        """In one form of its letters: an accent can be one character or two, as keyboards and systems please."""
        super().set_password(None if raw_password is None else unicodedata.normalize("NFKC", raw_password))

    def check_password(self, raw_password: str | None) -> bool:
        typed = None if raw_password is None else unicodedata.normalize("NFKC", raw_password)
        return super().check_password(typed)

    @property
    def public_id(self) -> str:
        return public("usr", self.id)


class Membership(models.Model):
    """A person of a customer, with a profile."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey("customers.Customer", models.PROTECT, related_name="+")
    profile = models.CharField(max_length=13)
    since = models.DateTimeField()
    deactivated_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)  # in real time, every quarter of an hour

    class Meta:
        constraints = [
            models.UniqueConstraint(name="membership_once", fields=["person", "customer"]),
            models.CheckConstraint(
                name="membership_profile_known", condition=Q(profile__in=[p.value for p in Profile])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.profile}"


class Invitation(models.Model):
    """A membership that waits for an answer: of somebody who has an account already (CON-9), or of whoever an address
    belongs to (LIC-5)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(
        Person, models.PROTECT, null=True, related_name="+"
    )  # of an address: who answered
    customer = models.ForeignKey("customers.Customer", models.PROTECT, related_name="+")
    profile = models.CharField(max_length=13)
    created_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)  # or withdrawn
    accepted = models.BooleanField(null=True)
    withdrawn_by = models.CharField(max_length=120, default="", db_default="")  # as events name actors
    # Of an address alone:
    email = models.EmailField(
        max_length=254, default="", db_default=""
    )  # as `kernel.written.mailable` gives it
    language = models.CharField(max_length=5, default="", db_default="")
    invited_by = models.CharField(max_length=120, default="", db_default="")  # as events name actors
    link_id = models.UUIDField(null=True)  # of the last mail: what its secret is made of
    link_hash = models.BinaryField(max_length=32, null=True)
    sent_at = models.DateTimeField(null=True)
    sendings = models.SmallIntegerField(default=0, db_default=0)  # mails of the day of `sent_at`
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="invitation_one_open", fields=["person", "customer"], condition=Q(answered_at=None)
            ),
            models.UniqueConstraint(
                name="invitation_one_open_of_address",
                fields=["customer", "email"],
                condition=Q(answered_at=None) & ~Q(email=""),
            ),
            models.CheckConstraint(
                name="invitation_answered_whole",
                condition=Q(answered_at=None, accepted=None)
                | Q(answered_at__isnull=False, accepted__isnull=False),
            ),
            models.CheckConstraint(
                name="invitation_of_somebody", condition=Q(person__isnull=False) | ~Q(email="")
            ),
            models.CheckConstraint(
                name="invitation_sent_whole",
                condition=Q(email="", link_hash=None, expires_at=None)
                | (~Q(email="") & Q(link_hash__isnull=False, expires_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="invitation_withdrawn_unaccepted",
                condition=Q(withdrawn_by="") | Q(answered_at__isnull=False, accepted=False),
            ),
            models.CheckConstraint(
                name="invitation_profile_known", condition=Q(profile__in=[p.value for p in Profile])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id or 'somebody'} {self.profile}"


class StaffRole(models.Model):
    """What somebody works as for the seller, from when until when, and who said so (ACC-5)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    role = models.CharField(max_length=10)
    since = models.DateTimeField()
    granted_by = models.CharField(max_length=120)  # as events name actors
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=120, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="staff_role_once", fields=["person", "role"], condition=Q(ended_at=None)
            ),
            models.CheckConstraint(name="staff_role_known", condition=Q(role__in=[r.value for r in Role])),
            models.CheckConstraint(
                name="staff_role_ended_whole",
                condition=Q(ended_at=None, ended_by="") | (Q(ended_at__isnull=False) & ~Q(ended_by="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.role}"


class SignOn(models.Model):
    """Single sign-on of one organization, or of the seller: whose sign-in lets in whom (ACC-3)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey(
        "customers.Customer", models.PROTECT, null=True, related_name="+"
    )  # null: the seller
    issuer = models.CharField(max_length=300)
    client_id = models.CharField(max_length=191)
    secret = models.TextField()  # encrypted; empty once it ended
    domains = ArrayField(models.CharField(max_length=253))  # of e-mail addresses, in lower case
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="sign_on_one", fields=["customer"], condition=Q(ended_at=None), nulls_distinct=False
            ),
            models.CheckConstraint(
                name="sign_on_secret_while_used", condition=Q(ended_at=None) ^ Q(secret="")
            ),
        ]

    def __str__(self) -> str:
        return self.issuer


class Cidr(models.Field):  # type: ignore[type-arg]
    """A range of addresses of the internet, as PostgreSQL keeps it."""

    def db_type(self, connection: object) -> str:
        return "cidr"

    def from_db_value(self, value: str, *_about: object) -> Network:
        return ip_network(value)


class DocumentLock(models.Model):
    """The documents of an organization open with a password only (FIN-6). No row: with none."""

    customer = models.OneToOneField("customers.Customer", models.PROTECT, primary_key=True, related_name="+")
    password = models.TextField()  # encrypted; empty: the first characters of the tax id
    set_by = models.CharField(max_length=120)  # as events name actors
    set_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.customer_id)


class SigningKey(models.Model):
    """With which this installation signs what others check without asking us (LIC-11). Each signs until the next one does; see
    `signing`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    public = models.CharField(max_length=43, unique=True)  # Ed25519, as in a JWK
    private = models.TextField()  # likewise, encrypted
    made_by = models.CharField(max_length=120)  # as events name actors
    made_at = models.DateTimeField()
    signs_from = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)  # it signs no more, and nobody should trust it

    def __str__(self) -> str:
        return self.public


class ApiKey(models.Model):
    """A key for programs. Only its SHA-256 is stored; the key itself is shown once (ACC-4)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12)  # the first letters, to tell keys apart
    hash = models.BinaryField(max_length=32, unique=True)
    customer = models.ForeignKey("customers.Customer", models.PROTECT, null=True, related_name="+")
    created_by = models.CharField(max_length=120)  # as events name actors
    scopes = ArrayField(models.CharField(max_length=30))
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    addresses = ArrayField(
        Cidr(), default=list, db_default=[]
    )  # from where it may come; from anywhere without any

    class Meta:
        constraints = [
            models.CheckConstraint(name="apikey_addresses_few", condition=Q(addresses__len__lte=ranges.MOST))
        ]

    def __str__(self) -> str:
        return self.prefix
