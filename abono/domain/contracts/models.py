from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.functional import cached_property

from abono.domain.catalog.models import Package, Plan
from abono.domain.contracts.price_moves import PriceMove, PriceMoveLine
from abono.domain.contracts.states import HELD_CHANGE, OPEN_CHANGE, SERVED, Arranged, ChangeState, State
from abono.domain.contracts.types import MOST_LICENCES, is_last
from abono.kernel.ids import public, uuid7
from abono.kernel.periods import Period, boundary_day
from abono.platform.postgres.asked import Asked, Slot

_IN_ORDER = (F("begins_at").asc(nulls_first=True), "position")
_WHOLE = ("plan", "package")
_TERMS = Asked(
    lambda: Term.objects.filter(contract=Slot("contract")).select_related(*_WHOLE).order_by(*_IN_ORDER)
)


class Contract(models.Model):
    """One software plan and one channel package, with a number, a status and dates (CON-1)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=16, unique=True)
    customer = models.ForeignKey("customers.Customer", models.PROTECT, related_name="+")
    # the one in force; they refer to each other, and the database looks when the transaction ends
    term = models.ForeignKey("contracts.Term", models.DO_NOTHING, related_name="+")
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, default=State.PENDING.value)
    signed_at = models.DateTimeField()
    activated_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    adhesion_date = models.DateField(null=True)  # local day of activation
    counted_from = models.DateField(null=True)  # the anchor of its cycles, where that is another day (INV-2)
    cycle_number = models.IntegerField(null=True)  # 0 for the first cycle
    cycle_start = models.DateTimeField(null=True)
    cycle_end = models.DateTimeField(null=True)  # exclusive
    trial_until = models.DateTimeField(null=True)  # exclusive; null: it had no trial (INV-10)
    ends_at = models.DateTimeField(null=True)  # exclusive; cancelled for then, also while restricted (END-3)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="contract_state_known", condition=Q(state__in=[s.value for s in State])
            ),
            models.CheckConstraint(
                name="contract_cycle_forward", condition=Q(cycle_start__lt=F("cycle_end"))
            ),
            models.CheckConstraint(
                name="contract_pending_or_dated",
                condition=Q(state__in=[State.PENDING.value, State.ENDED.value])
                | Q(adhesion_date__isnull=False, cycle_start__isnull=False, cycle_end__isnull=False),
            ),
            models.UniqueConstraint(
                name="contract_one_served_per_customer",
                fields=["customer"],
                condition=Q(state__in=[s.value for s in SERVED]),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def public_id(self) -> str:
        return public("ctr", self.id)

    @property
    def cycle(self) -> Period | None:
        if self.cycle_start is None or self.cycle_end is None:
            return None
        return Period(self.cycle_start, self.cycle_end)

    @property
    def fees_from(self) -> date | None:
        """The local day on which its fees begin: that of adhesion, or the one after its trial (INV-10)."""
        if self.trial_until is None:
            return self.adhesion_date
        return boundary_day(self.trial_until, self.customer.time_zone)

    def in_trial(self, period: Period) -> bool:
        """Whether a period begins within the trial, which is the contract's first cycle (INV-10)."""
        return self.trial_until is not None and period.start < self.trial_until

    @property
    def is_last_cycle(self) -> bool:
        """Whether it ends with the cycle that it is in."""
        return is_last(self.cycle_end, self.ends_at)

    def has_run_out(self, now: datetime) -> bool:
        """Whether the end for which it is cancelled has come, whether a worker was there or not."""
        return bool(self.is_last_cycle and self.cycle_end and self.cycle_end <= now)

    @property
    def anchor(self) -> date | None:
        """The day from which its cycles are counted (TIM-4)."""
        return self.counted_from or self.adhesion_date

    @property
    def plan(self) -> Plan:
        return self.term.plan

    @property
    def package(self) -> Package:
        return self.term.package

    @cached_property
    def timeline(self) -> list[Term]:
        """All its terms, in the order in which they begin; of those that begin at one moment the last one holds."""
        return _TERMS.all(contract=self.id)

    def at(self, moment: datetime) -> Term:
        """What holds at a moment, as far as is known now."""
        return self._begun(moment)[-1]

    def without_last(self, moment: datetime) -> Term:
        """What would hold at a moment without what was said of it last."""
        return self._begun(moment)[-2]

    def _begun(self, moment: datetime) -> list[Term]:
        return [term for term in self.timeline if term.begins_at is None or term.begins_at <= moment]

    opened: Sequence[Period] | None = None  # its cycles, where they were read: flows.charges.held
    may_be_arranged = True  # false where it was read that nothing ever was

    @cached_property
    def arrangements_now(self) -> list[Arrangement]:
        """What was arranged for it, but for what another took the place of."""
        if not self.may_be_arranged:
            return []
        return list(self.arrangements.filter(replaced_by=None).order_by("since", "id"))

    def arranged(self, moment: datetime) -> list[Arrangement]:
        """What of it holds for a cycle that begins at a moment."""
        return [
            one
            for one in self.arrangements_now
            if one.since <= moment and (one.until is None or moment < one.until)
        ]

    def changes_within(self, period: Period) -> list[tuple[datetime, Term]]:
        """When other terms begin within a period, but for its first instant, and which."""
        begin = {one.begins_at for one in self.timeline if one.begins_at is not None}
        return [(at, self.at(at)) for at in sorted(begin) if period.start < at < period.end]

    def customer_now(self, real: datetime) -> datetime:
        """What the customer's clock shows (TIM-2)."""
        return real + timedelta(seconds=self.customer.clock_offset_s)


class Term(models.Model):
    """What holds of a contract from a moment on, until the next one begins. The list only grows: what was promised and
    is withdrawn, or corrected, is a later entry that begins at the same moment."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="terms", db_index=False)
    position = models.SmallIntegerField()  # in the order of writing, from 1
    begins_at = models.DateTimeField(null=True)  # null: with the contract
    plan = models.ForeignKey("catalog.Plan", models.PROTECT, related_name="+")
    package = models.ForeignKey("catalog.Package", models.PROTECT, related_name="+")
    extra_licences = models.IntegerField(default=0, db_default=0)  # beside those of the plan (LIC-6)
    interval = models.CharField(max_length=5, default="month")
    unit = models.CharField(max_length=6, default="day", db_default="day")  # of proration: flows.charges.fees
    actor = models.CharField(max_length=120)
    written_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="term_position_once", fields=["contract", "position"]),
            models.CheckConstraint(
                name="term_extra_licences_within", condition=Q(extra_licences__range=(0, MOST_LICENCES))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.position}"


class Arrangement(models.Model):
    """A price of its own, or an add-on, for the cycles that begin in `[since, until)` (CAT-11). Never changed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="arrangements")
    kind = models.CharField(max_length=17)
    of = models.CharField(max_length=60)  # code of the plan or package; name of the add-on
    quantity = models.IntegerField(default=1)
    price_micro = models.BigIntegerField()  # of one, in the contract's currency
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)  # exclusive; null: until somebody ends it
    why = models.CharField(max_length=500)
    actor = models.CharField(max_length=120)
    written_at = models.DateTimeField()
    replaces = models.OneToOneField("self", models.PROTECT, null=True, related_name="replaced_by")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="arrangement_kind_known", condition=Q(kind__in=[one.value for one in Arranged])
            ),
            models.CheckConstraint(name="arrangement_not_negative", condition=Q(price_micro__gte=0)),
            models.CheckConstraint(name="arrangement_of_some", condition=Q(quantity__gte=1)),
            models.CheckConstraint(
                name="arrangement_forward", condition=Q(until=None) | Q(until__gte=F("since"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.of}"


class Change(models.Model):
    """What is to become of a contract, from the quote on: kept whatever becomes of it once it is accepted (CHG-1). An invoice
    that pays it refers to it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="changes", db_index=False)
    state = models.CharField(max_length=9, default=ChangeState.QUOTED.value)
    before = models.ForeignKey(Term, models.PROTECT, related_name="+")  # what held when it was quoted
    plan = models.ForeignKey("catalog.Plan", models.PROTECT, related_name="+")  # after it, as the package
    package = models.ForeignKey("catalog.Package", models.PROTECT, related_name="+")
    extra_licences = models.IntegerField(default=0, db_default=0)
    quote = models.JSONField()  # all that was seen of it: see flows.changes.quote
    was = models.JSONField(null=True)  # how its cycle stood before it: see metering.actions.stands
    asked_by = models.CharField(max_length=120)
    asked_at = models.DateTimeField()
    valid_until = models.DateTimeField()  # of the quote, exclusive
    accepted_by = models.CharField(max_length=120, default="")
    accepted_at = models.DateTimeField(null=True)  # fixes its day and its amounts (CHG-4)
    held_until = models.DateTimeField(null=True)  # so long its link, or the seller's word, is waited for
    link_hash = models.BinaryField(null=True)  # of the secret of its link, as long as that serves (CHG-6)
    confirmed_at = models.DateTimeField(null=True)  # by its link
    approved_at = models.DateTimeField(null=True)  # by the seller
    decided_by = models.CharField(max_length=120, db_default="")  # who of the seller approved or refused it
    answer = models.CharField(max_length=500, db_default="")  # why the seller refused it
    begins_at = models.DateTimeField(null=True)  # of the last of its step down; null where it has none
    ended_at = models.DateTimeField(null=True)  # when nothing of it was to come any more

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="change_state_listed", condition=Q(state__in=[s.value for s in ChangeState])
            ),
            models.CheckConstraint(
                name="change_quoted_or_accepted",
                condition=Q(state=ChangeState.QUOTED.value, accepted_at=None, accepted_by="")
                | (~Q(state=ChangeState.QUOTED.value) & Q(accepted_at__isnull=False) & ~Q(accepted_by="")),
            ),
            models.CheckConstraint(
                name="change_runs_or_ended",
                condition=Q(state__in=[s.value for s in OPEN_CHANGE], ended_at=None)
                | (~Q(state__in=[s.value for s in OPEN_CHANGE]) & Q(ended_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="change_scheduled_for_a_moment",
                condition=~Q(state=ChangeState.SCHEDULED.value) | Q(begins_at__isnull=False),
            ),
            models.CheckConstraint(
                name="change_extra_licences_within", condition=Q(extra_licences__range=(0, MOST_LICENCES))
            ),
            models.UniqueConstraint(
                name="change_one_held",
                fields=["contract"],
                condition=Q(state__in=[s.value for s in HELD_CHANGE]),
            ),
            models.UniqueConstraint(
                name="change_one_waits", fields=["contract"], condition=Q(state=ChangeState.WAITING.value)
            ),
            models.UniqueConstraint(
                name="change_one_scheduled",
                fields=["contract"],
                condition=Q(state=ChangeState.SCHEDULED.value),
            ),
        ]
        indexes = [
            models.Index(name="change_of_contract", fields=["contract", "-id"]),
            models.Index(
                name="change_quoted", fields=["valid_until"], condition=Q(state=ChangeState.QUOTED.value)
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def public_id(self) -> str:
        return public("chg", self.id)


class Move(models.Model):
    """One change of a contract's state: who, when, why (CON-6). Never changed."""

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="moves")
    from_state = models.CharField(max_length=10)
    to_state = models.CharField(max_length=10)
    actor = models.CharField(max_length=120)
    reason = models.CharField(max_length=200)
    happened_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.from_state} → {self.to_state}"


class Acceptance(models.Model):
    """Terms that somebody accepted: who, when, from which address, which text (CON-2)."""

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="acceptances")
    terms_version = models.CharField(max_length=20)
    terms_hash = models.CharField(max_length=64)  # SHA-256 of the text as shown
    language = models.CharField(max_length=5)
    person_name = models.CharField(max_length=120)
    person_email = models.EmailField()
    address = models.GenericIPAddressField(null=True)
    accepted_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.terms_version


class TermsText(models.Model):
    """A text that somebody accepted, kept for good, whatever takes its place (CON-2). Never changed."""

    hash = models.CharField(unique=True, max_length=64)  # SHA-256, by which acceptances name it
    text = models.TextField()

    def __str__(self) -> str:
        return self.hash


class Batch(PriceMove):
    """Contracts that are to go on with newer versions of their plan and package (CAT-5)."""

    plan = models.ForeignKey("catalog.Plan", models.PROTECT, null=True, related_name="+")  # the newer version
    package = models.ForeignKey("catalog.Package", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="batch_moves_something", condition=Q(plan__isnull=False) | Q(package__isnull=False)
            )
        ]


class BatchLine(PriceMoveLine):
    """One contract of a batch: from which versions to which."""

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="lines", db_index=False)
    plan_before = models.ForeignKey("catalog.Plan", models.PROTECT, related_name="+")
    plan_after = models.ForeignKey("catalog.Plan", models.PROTECT, related_name="+")
    package_before = models.ForeignKey("catalog.Package", models.PROTECT, related_name="+")
    package_after = models.ForeignKey("catalog.Package", models.PROTECT, related_name="+")
    year_before_minor = models.BigIntegerField(default=0, db_default=0)
    year_after_minor = models.BigIntegerField(default=0, db_default=0)
    waits = models.CharField(max_length=6, default="", db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="batch_line_once", fields=["batch", "contract"]),
            models.CheckConstraint(
                name="batch_line_not_negative", condition=Q(before_minor__gte=0, after_minor__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.contract_id}"

    @property
    def years_minor(self) -> tuple[int, int]:
        return self.year_before_minor, self.year_after_minor


class Signup(models.Model):
    """A contract being made on the site: all that was typed so far, so that nothing is lost (CON-4)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    secret = models.CharField(max_length=43, unique=True)  # of the session: whoever has it may go on
    currency = models.CharField(max_length=3)
    plan_code = models.CharField(max_length=30)
    package_code = models.CharField(max_length=30)
    interval = models.CharField(max_length=5, default="month", db_default="month")
    language = models.CharField(max_length=5)
    typed = models.JSONField(default=dict)
    contract = models.ForeignKey(Contract, models.PROTECT, null=True, related_name="+")
    buyer_id = models.UUIDField(null=True)  # the person who is signed in while they make it
    accepted = models.JSONField(null=True)  # the terms, by whom: kept for good once the contract is paid
    declined = models.CharField(max_length=20, default="")  # what to check of the last card that was
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(name="signup_of_buyer", fields=["buyer_id"], condition=Q(buyer_id__isnull=False)),
        ]

    def __str__(self) -> str:
        return str(self.id)
