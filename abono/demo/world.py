"""The small world of the demo: two months of several organizations, lived in the order in which they happen.

In order, so that numbers of contracts and invoices run with the days. Seeded, so that it is always the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from abono.config import unsafe
from abono.demo.cards import Simulator
from abono.demo.cast import PASSWORD, STAFF, STAFF_CODE, STAFF_SECRET, TENANTS, Tenant
from abono.demo.life import Life, known
from abono.demo.screen import doing
from abono.domain.identity import actions as identity
from abono.domain.identity import factors, staff
from abono.domain.identity import queries as people
from abono.domain.notices import actions as notices
from abono.kernel.ids import uuid7
from abono.platform import events
from abono.platform.models import Event

BEGUN, MARK = (
    unsafe.DEMO_BEGUN,
    unsafe.DEMO_MADE,
)  # by which nobody serves it to the world by accident (ACC-7)
STAFF_SIGN_INS = 200  # of each, that the demo's recovery code serves for
MAIL_KEPT = timedelta(days=3)  # older mail of the made history was read long ago


def is_made() -> bool:
    """Whether the whole world is in this database."""
    return Event.objects.filter(name=MARK).exists()


def make(tenants: Sequence[Tenant] = TENANTS, *, simulator: Simulator, now: datetime) -> None:
    """Make the world, or finish one whose making was cut short, as of the moment at which that began.

    The simulator must be running.
    """
    now = _begun(now)
    lives = [Life(tenant, simulator=simulator, now=now) for tenant in tenants]
    story = sorted((step for life in lives for step in life.steps()), key=lambda step: step.at)
    mail_from, put_away = now - MAIL_KEPT, False
    for month, happenings in groupby(story, key=lambda step: f"{step.at:%B %Y}"):
        with doing(f"Living {month}"):
            for step in happenings:
                if step.at >= mail_from and not put_away:
                    _put_old_mail_away(lives, at=mail_from)
                    put_away = True
                step.do()
    with doing("Giving everybody the same password"):
        for person_id in (*_everybody(lives), *_staff(now)):
            identity.set_password(person_id=person_id, password=PASSWORD)
    events.record(name=MARK, subject=("demo", lives[0].contract.id), customer_id=None, actor="demo", now=now)


def _begun(now: datetime) -> datetime:
    """When the making began: what was lived until then depends on it, to the last send."""
    if first := Event.objects.filter(name=BEGUN).first():
        return first.happened_at
    events.record(name=BEGUN, subject=("demo", uuid7()), customer_id=None, actor="demo", now=now)
    return now


def _staff(now: datetime) -> Iterator[UUID]:
    """Those who work for the seller; each is asked for a code that everybody knows."""
    for name, email, roles, _sees in STAFF:
        person, _new = identity.ensure_person(email=email, name=name, language="pt-br", now=now)
        staff.set_roles(person_id=person.id, roles=roles, actor="demo", now=now)
        codes = [STAFF_CODE] * STAFF_SIGN_INS
        factors.give(person_id=person.id, secret=STAFF_SECRET, recovery_codes=codes, now=now)
        yield person.id


def _put_old_mail_away(lives: list[Life], *, at: datetime) -> None:
    """Count what the history told so far as mailed and read.

    It would have been sent and read then; in the inbox it would only hide what happens now.
    """
    notices.count_as_mailed(now=at)
    for contract in filter(None, (known(life.tenant) for life in lives)):
        notices.mark_read(customer_id=contract.customer_id, now=at)


def _everybody(lives: list[Life]) -> Iterator[UUID]:
    seen = set()
    for life in lives:
        chief = people.find_person(life.tenant.administrator.email)
        members = [member.person_id for member in people.members(life.contract.customer_id)]
        for person_id in [*members, *([] if chief is None else [chief.id])]:
            if person_id not in seen:
                seen.add(person_id)
                yield person_id
