from __future__ import annotations

from django.db import models

from abono.kernel.ids import uuid7


class Event(models.Model):
    """Something that happened: for the record, for history pages and for the feed. Never changed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=60)  # "contract.activated"
    subject_type = models.CharField(max_length=30)
    subject_id = models.UUIDField()
    customer_id = models.UUIDField(null=True)  # no foreign key: the record outlives what it tells of
    actor = models.CharField(max_length=120)  # "person:<id>", "key:<prefix>", "system"
    happened_at = models.DateTimeField()
    recorded_at = models.DateTimeField(auto_now_add=True)
    origin = models.CharField(max_length=20)  # the door: "portal", "api", "worker"
    why = models.CharField(max_length=500, default="")
    before = models.JSONField(null=True)  # what it was, of what changed; without personal values
    after = models.JSONField(null=True)
    data = models.JSONField(default=dict)  # other facts

    class Meta:
        indexes = [
            models.Index(name="event_of_customer", fields=["customer_id", "id"]),
            models.Index(name="event_of_subject", fields=["subject_id", "id"]),
        ]

    def __str__(self) -> str:
        return self.name


class PersonalValues(models.Model):
    """What an event knows of persons: beside it, so that it can be erased and the event stays whole (ACC-6, OPS-6)."""

    event = models.OneToOneField(Event, models.PROTECT, primary_key=True, related_name="personal")
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    address = models.CharField(max_length=45, default="")  # IP address of who did it

    def __str__(self) -> str:
        return str(self.event_id)


class Counter(models.Model):
    """The next number of a gapless series; its row is taken last in a transaction (INV-4)."""

    name = models.CharField(primary_key=True, max_length=60)
    value = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class IdempotencyKey(models.Model):
    """The first answer to a write that carried an Idempotency-Key (API-2)."""

    caller = models.CharField(max_length=80)  # whose key: another caller never sees the answer
    key = models.CharField(max_length=255)
    route = models.CharField(max_length=120)
    fingerprint = models.BinaryField(max_length=32)  # SHA-256 of the body
    status = models.SmallIntegerField(null=True)  # null while the first call runs
    body = models.TextField(default="")
    led_to = models.JSONField(default=dict)  # what it did on its way: ids by what they are of
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="idempotency_once", fields=["caller", "key", "route"]),
        ]

    def __str__(self) -> str:
        return self.key


class Throttle(models.Model):
    """How often something was tried, such as a password (ACC-3). Written by `platform.throttle`."""

    key = models.BinaryField(primary_key=True, max_length=32)  # SHA-256 of what is tried, by whom
    tries = models.IntegerField()
    tried_at = models.DateTimeField()
    closed_until = models.DateTimeField(null=True)
    refused = models.BooleanField(db_default=False)  # whether the last try came while it was closed

    def __str__(self) -> str:
        return f"{self.tries} since {self.tried_at}"


class CacheEntry(models.Model):
    """What all processes remember together for a while, such as one-time codes that were used (ACC-3). Django's own
    cache writes and empties it."""

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "platform_cache"

    def __str__(self) -> str:
        return self.cache_key


class Rate(models.Model):
    """How often somebody asked of late (API-3). Written by `platform.rate`; not logged."""

    who = models.UUIDField(primary_key=True)
    until = models.DateTimeField()  # when all that was asked would be done, one by one

    def __str__(self) -> str:
        return f"{self.who} until {self.until}"


class Due(models.Model):
    """Something that is due at a moment. Written by `platform.agenda`."""

    kind = models.CharField(max_length=40)
    subject = models.UUIDField()
    key = models.CharField(max_length=120, default="")  # where one subject has several of a kind
    lane = models.CharField(max_length=20)  # of the queue
    customer_id = models.UUIDField(null=True)
    own_clock = models.BooleanField()  # whether `due_at` is on the customer's own clock (TIM-2)
    due_at = models.DateTimeField(null=True)  # null: it sleeps until somebody wakes it
    tries = models.SmallIntegerField(default=0)
    lease = models.UUIDField(null=True)  # of who has it in hand
    held_until = models.DateTimeField(null=True)  # the lease, or the call for a worker; real time
    parked_at = models.DateTimeField(null=True)  # nobody tries it any more
    reason = models.CharField(max_length=200, default="")  # why it failed last

    class Meta:
        constraints = [models.UniqueConstraint(name="due_once", fields=["kind", "subject", "key"])]
        indexes = [
            models.Index(name="due_next", fields=["due_at"], condition=models.Q(parked_at=None)),
            models.Index(
                name="due_parked", fields=["parked_at"], condition=models.Q(parked_at__isnull=False)
            ),
            models.Index(name="due_of_customer", fields=["customer_id", "due_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class Outgoing(models.Model):
    """A row of an outbox: written in the transaction that causes it, delivered later by `platform.outbox`."""

    created_at = models.DateTimeField()
    send_at = models.DateTimeField()  # next try
    tries = models.SmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=200, default="")

    class Meta:
        abstract = True
