from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, Q, When
from django.db.models.functions import NullIf

from abono.domain.catalog.types import PERIODS, SCOPES, STATUSES, UNITS
from abono.kernel.ids import uuid7
from abono.kernel.money import CURRENCIES

MONTH, YEAR = INTERVALS = ("month", "year")


class Function(models.Model):
    """Something that a software plan lets people do; named in each language."""

    code = models.CharField(primary_key=True, max_length=40)
    labels = models.JSONField()  # {"es": …, "pt-br": …, "en": …}
    position = models.SmallIntegerField()

    def __str__(self) -> str:
        return self.code


class Plan(models.Model):
    """One version of a software plan. Never changed: a new version takes its place (CAT-5)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(max_length=30)
    version = models.IntegerField()
    name = models.CharField(max_length=60)
    rank = models.SmallIntegerField()  # a higher rank is a step up
    on_request = models.BooleanField(default=False)  # sold by talking, not on the page
    most_chosen = models.BooleanField(default=False)
    included_credits = models.BigIntegerField(null=True)  # interactions a month; null: by contract
    included_licences = models.IntegerField(null=True)
    limit_percent = models.IntegerField(null=True)  # overage limit in % of the package; null: unlimited
    function_codes = ArrayField(models.CharField(max_length=40))
    fingerprint = models.CharField(max_length=64)  # SHA-256 of what the catalog file says of it
    on_sale_from = models.DateTimeField()
    on_sale_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="plan_version_once", fields=["code", "version"]),
            models.UniqueConstraint(
                name="plan_one_on_sale", fields=["code"], condition=Q(on_sale_until=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"


class PlanPrice(models.Model):
    """What a plan version costs in one currency and interval."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="prices", db_index=False)
    currency = models.CharField(max_length=3)
    interval = models.CharField(max_length=5)
    price_minor = models.BigIntegerField()
    activation_fee_minor = models.BigIntegerField()  # once, on the first invoice
    extra_interaction_micro = models.BigIntegerField()  # millionths of the currency, each
    extra_licence_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="plan_price_once", fields=["plan", "currency", "interval"]),
            models.CheckConstraint(name="plan_price_currency", condition=Q(currency__in=CURRENCIES)),
            models.CheckConstraint(name="plan_price_interval", condition=Q(interval__in=INTERVALS)),
            models.CheckConstraint(
                name="plan_price_not_negative",
                condition=Q(price_minor__gte=0, activation_fee_minor__gte=0)
                & Q(extra_interaction_micro__gte=0, extra_licence_minor__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.currency} {self.interval}"


class Channel(models.Model):
    """A way to reach a contact. Priced by country, or the same in the whole world."""

    code = models.CharField(primary_key=True, max_length=20)
    by_country = models.BooleanField()
    position = models.SmallIntegerField()
    labels = models.JSONField(default=dict)  # {"es": …, "pt-br": …, "en": …}
    kinds = models.JSONField(default=list)  # [{"code": "company", "labels": {…}}, …], in order
    uses = ArrayField(models.CharField(max_length=20), default=list)  # what it may be used for (PKG-10)

    def __str__(self) -> str:
        return self.code


class Route(models.Model):
    """Channel, kind of send and country, as one small number for the hot tables."""

    id = models.AutoField(primary_key=True)
    channel = models.ForeignKey(
        Channel, models.PROTECT, related_name="+", db_column="channel", db_index=False
    )
    kind = models.CharField(max_length=20)
    country = models.CharField(max_length=2)  # ISO 3166-1, or "*" for a worldwide channel

    class Meta:
        constraints = [models.UniqueConstraint(name="route_once", fields=["channel", "kind", "country"])]

    def __str__(self) -> str:
        return f"{self.channel_id}/{self.kind}/{self.country}"


class Package(models.Model):
    """One version of a channel package: a monthly value, spendable on any channel."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(max_length=30)  # "brl-100"
    version = models.IntegerField()
    currency = models.CharField(max_length=3)
    value_minor = models.BigIntegerField()
    fingerprint = models.CharField(max_length=64)
    on_sale_from = models.DateTimeField()
    on_sale_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="package_version_once", fields=["code", "version"]),
            models.UniqueConstraint(
                name="package_one_on_sale", fields=["code"], condition=Q(on_sale_until=None)
            ),
            models.CheckConstraint(name="package_value_positive", condition=Q(value_minor__gt=0)),
            models.CheckConstraint(name="package_currency", condition=Q(currency__in=CURRENCIES)),
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"


class SessionPrice(models.Model):
    """What one unit on a route costs inside a package, from a date on, and by which rules (CAT-3, CAT-6, CAT-9)."""

    package = models.ForeignKey(Package, models.PROTECT, related_name="session_prices", db_index=False)
    route = models.ForeignKey(Route, models.PROTECT, related_name="+")
    valid_from = models.DateTimeField()
    price_micro = models.BigIntegerField()  # millionths of the package's currency, each unit
    unit = models.CharField(max_length=10, default="message")
    draws_at = models.CharField(max_length=10, default="sent")  # the status at which it is drawn (PKG-4)
    zone = models.CharField(max_length=40, default="UTC")  # in which the day of valid_from begins
    free_quantity = models.BigIntegerField(null=True)  # units; null: none are free by number
    free_scope = models.CharField(max_length=10, null=True)  # for whom they are counted
    free_period = models.CharField(max_length=5, null=True)
    free_zone = models.CharField(max_length=40, null=True)  # in which the period begins
    free_after = models.CharField(max_length=40, null=True)  # kind of contact event; null: no window is free
    free_hours = models.SmallIntegerField(null=True)  # how long the window is open
    cost_micro = models.BigIntegerField(
        null=True
    )  # what a unit costs the seller; nothing a customer is ever told
    cost_currency = models.CharField(max_length=3, null=True)
    # What the hot functions look at: null for ordinary terms, else 1 draws at delivered + 2 quantity + 4 window.
    terms = models.GeneratedField(
        expression=NullIf(
            Case(When(draws_at="delivered", then=1), default=0)
            + Case(When(free_quantity__isnull=False, then=2), default=0)
            + Case(When(free_after__isnull=False, then=4), default=0),
            0,
        ),
        output_field=models.SmallIntegerField(null=True),
        db_persist=True,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(name="session_price_once", fields=["package", "route", "valid_from"]),
            models.CheckConstraint(name="session_price_not_negative", condition=Q(price_micro__gte=0)),
            models.CheckConstraint(name="session_price_unit", condition=Q(unit__in=UNITS)),
            models.CheckConstraint(name="session_price_draws_at", condition=Q(draws_at__in=STATUSES)),
            models.CheckConstraint(
                name="session_price_free_quantity",
                condition=Q(free_quantity=None, free_scope=None, free_period=None, free_zone=None)
                | Q(free_quantity__isnull=False, free_scope__isnull=False, free_period__isnull=False)
                & Q(free_quantity__gt=0, free_scope__in=SCOPES, free_period__in=PERIODS)
                & Q(free_zone__isnull=False),
            ),
            models.CheckConstraint(
                name="session_price_free_window",
                condition=Q(free_after=None, free_hours=None)
                | Q(free_after__isnull=False, free_hours__isnull=False, free_hours__gt=0),
            ),
            models.CheckConstraint(
                name="session_price_cost",
                condition=Q(cost_micro=None, cost_currency=None)
                | Q(cost_micro__isnull=False, cost_currency__isnull=False)
                & Q(cost_micro__gte=0, cost_currency__in=CURRENCIES),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.package_id} {self.route_id} {self.price_micro}"


class FreePeriod(models.Model):
    """When a month or day begins in which units are free again, said once by the kernel and never by the database (TIM-5)."""

    zone = models.CharField(max_length=40)
    every = models.CharField(max_length=5)
    starts_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="free_period_once", fields=["zone", "every", "starts_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.every} {self.zone} {self.starts_at}"
