from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet, Sum

from abono.domain.journal.models import Entry
from abono.domain.journal.models import Posting as Row
from abono.domain.journal.types import Account, Balance, EntryDetail, Fact, Posting, Which
from abono.kernel.ids import public
from abono.platform import use_case
from abono.platform.given import given
from abono.platform.postgres.letters import Unmarked, unmarked


def postings(fact: Fact, reference: UUID) -> tuple[Posting, ...]:
    """What a fact posted; nothing where it is not in the journal."""
    use_case.write_gathered()
    found = Row.objects.filter(entry__fact=fact.value, entry__reference=reference)
    return tuple(_posting(row) for row in found.order_by("id"))


def entries(which: Which, *, before: UUID | None = None, limit: int = 200) -> list[EntryDetail]:
    """Entries, the newest first, each with all of its postings."""
    found = _whole(which).filter(**given(id__lt=before))
    return [_detail(row) for row in found.order_by("-id")[:limit]]


def every(which: Which) -> Iterator[EntryDetail]:
    """The same, the oldest first, read while it is asked for."""
    return (_detail(row) for row in _whole(which).order_by("id").iterator(chunk_size=1_000))


def balances(which: Which) -> list[Balance]:
    """What the postings of these entries sum to, by account, detail and currency; of one account where `which` says so."""
    found = Row.objects.filter(entry__in=_entries(which).values("id"))
    if which.account is not None:
        found = found.filter(account=which.account.value)
    sums = found.values_list("account", "detail", "currency").annotate(minor=Sum("amount_minor"))
    place = list(Account)
    return sorted(
        (
            Balance(Account(account), detail, currency, int(minor))
            for account, detail, currency, minor in sums
        ),
        key=lambda one: (place.index(one.account), one.detail, one.currency),
    )


def sent_later(details: Sequence[str]) -> dict[tuple[str, str], int]:
    """What was paid back on these ways, or taken back by the bank, and has left no account of ours yet as far as is recorded, by
    way and currency, in minor units."""
    use_case.write_gathered()
    back, recorded, withdrawn = (
        [Fact.REFUND_PAID_OUT.value, Fact.PAYMENT_BOUNCED.value],
        Fact.PAYOUT_RECORDED.value,
        Fact.PAYOUT_WITHDRAWN.value,
    )
    outgoing = (
        Q(entry__fact__in=back)
        | Q(entry__fact=recorded, amount_minor__gt=0)
        | Q(entry__fact=withdrawn, amount_minor__lt=0)
    )
    found = Row.objects.filter(
        outgoing, account=Account.CLEARING.value, detail__in=details, entry__sandbox=False
    )
    sums = found.values_list("detail", "currency").annotate(minor=Sum("amount_minor"))
    return {(detail, currency): -int(minor) for detail, currency, minor in sums if minor}


def _entries(which: Which) -> QuerySet[Entry]:
    use_case.write_gathered()
    wanted = given(
        sandbox=None if which.of_one else False,
        customer_id=which.customer_id,
        contract_id=which.contract_id,
        invoice_id=which.invoice_id,
        day__gte=which.since,
        day__lte=which.until,
    )
    found = Entry.objects.filter(**wanted)
    if letters := unmarked(which.named):
        found = found.alias(name=Unmarked("customer__legal_name")).filter(name__icontains=letters)
    if which.account is not None:
        found = found.filter(id__in=Row.objects.filter(account=which.account.value).values("entry_id"))
    return found


def _whole(which: Which) -> QuerySet[Entry]:
    return _entries(which).select_related("customer", "contract", "invoice").prefetch_related("postings")


def _detail(row: Entry) -> EntryDetail:
    return EntryDetail(
        id=row.id,
        public_id=row.public_id,
        fact=Fact(row.fact),
        reference=public(Fact(row.fact).prefix, row.reference),
        customer_id=row.customer_id,
        contract_id=row.contract_id,
        invoice_id=row.invoice_id,
        sandbox=row.sandbox,
        made_at=row.made_at,
        day=row.day,
        customer="" if row.customer is None else row.customer.legal_name,
        contract_number="" if row.contract is None else row.contract.number,
        invoice_number="" if row.invoice is None else row.invoice.title,
        postings=tuple(_posting(one) for one in sorted(row.postings.all(), key=lambda one: one.id)),
    )


def _posting(row: Row) -> Posting:
    return Posting(Account(row.account), row.detail, row.currency, row.amount_minor)


def receivable_at(contract_id: UUID, at: datetime) -> int:
    """What was to be paid of a contract at a moment by its postings, in minor units of its currency."""
    use_case.write_gathered()
    found = Row.objects.filter(
        account=Account.RECEIVABLE.value, entry__contract_id=contract_id, entry__made_at__lte=at
    )
    return int(found.aggregate(minor=Sum("amount_minor"))["minor"] or 0)
