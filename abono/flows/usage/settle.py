"""How sends ended that were held, one by one or in a campaign (PKG-4, PKG-5, PKG-7)."""

from __future__ import annotations

from abono.domain.campaigns import hot as campaigns
from abono.domain.campaigns.types import CampaignSettleStatus as Campaign
from abono.domain.catalog import rules
from abono.domain.catalog.types import EVERYWHERE
from abono.domain.contracts.hot import Contract
from abono.domain.metering import hot
from abono.domain.metering.types import SettleStatus
from abono.flows.usage.case import ENDED, PACKED, Case, Given, key_of
from abono.flows.usage.facts import CampaignSend, Settlement, Told
from abono.flows.usage.said import Said, Word
from abono.kernel.ids import event_key
from abono.platform.postgres.arrays import quoted
from abono.platform.postgres.batches import Answer, Event

SETTLED = {
    SettleStatus.SETTLED: Word.SETTLED,
    SettleStatus.REPLAYED: Word.SETTLED,
    SettleStatus.CLASH: Word.ALREADY_SETTLED,
    SettleStatus.EXPIRED: Word.HOLD_EXPIRED,
    SettleStatus.UNKNOWN_SEND: Word.NO_SEND,
    SettleStatus.WAITING: Word.WAITING,
    SettleStatus.NO_PRICE: Word.NO_PRICE,
    SettleStatus.NOT_DRAWN: Word.NOT_DELIVERED,
    SettleStatus.NOT_DRAWN_BEFORE: Word.NOT_DELIVERED,
    SettleStatus.OTHER_SEND: Word.ID_REUSED,
    SettleStatus.OTHER_COUNT: Word.ALREADY_COUNTED,
}
_NOT_DRAWN = (SettleStatus.NOT_DRAWN, SettleStatus.NOT_DRAWN_BEFORE)
SETTLED_IN_CAMPAIGN = {
    Campaign.SETTLED: Word.SETTLED,
    Campaign.REPLAYED: Word.SETTLED,
    Campaign.CLASH: Word.ID_REUSED,
    Campaign.ENDED: Word.CAMPAIGN_ENDED,
    Campaign.NO_LINE: Word.NO_LINE,
    Campaign.NO_PLACE: Word.NO_SEND,  # it has left: it is told of by itself
    Campaign.WAITING: Word.WAITING,
    Campaign.NOT_DRAWN: Word.NOT_DELIVERED,
    Campaign.NOT_DRAWN_BEFORE: Word.NOT_DELIVERED,
    Campaign.ALONE: Word.NO_SEND,
    Campaign.NO_PRICE: Word.NO_PRICE,
    campaigns.UNKNOWN_CAMPAIGN: Word.NO_CAMPAIGN,
}
_NOT_DRAWN_IN_CAMPAIGN = (Campaign.NOT_DRAWN, Campaign.NOT_DRAWN_BEFORE)


_HOW = {end: hot.how(int(outcome)) for end, outcome in PACKED.items()}


def _row(fact: Settlement, contract: Contract, given: Given) -> Event | Word:
    kind, units = _counted(fact, given) if isinstance(fact, Told) else (fact.kind, fact.units)
    how = _HOW[fact.outcome]
    if kind is not None or units is not None or fact.channel:
        if kind is not None and "\0" in kind:
            return Word.NO_PRICE
        how = hot.how(int(PACKED[fact.outcome]), kind, units, *_where(fact, given))
    return contract.text, contract.offset_s, key_of(fact.id)[0], how


def _where(fact: Settlement, given: Given) -> tuple[str | None, str | None]:
    """Channel and country, where its teller knows them and no hold that it names says so."""
    if fact.channel not in given.ways.uses or (isinstance(fact, Told) and fact.held_as == fact.id):
        return None, None
    return fact.channel, None if fact.country == EVERYWHERE or "\0" in fact.country else fact.country


def _counted(fact: Told, given: Given) -> tuple[str | None, int | None]:
    return known_kind(fact, given), fact.counted_units


def known_kind(fact: Told, given: Given) -> str | None:
    """What the carrier counted it as, in our words."""
    for kind in fact.counted_as:
        if rules.route_for(given.ways.routes, fact.channel, kind, fact.country) is not None:
            return kind
    return None


def _said(fact: Settlement, _row: Event, answer: Answer) -> Said:
    status, price = answer
    if status in _NOT_DRAWN:
        before = status == SettleStatus.NOT_DRAWN_BEFORE
        return Said(fact.id, Word.NOT_DELIVERED, before, price, outcome="not_delivered")
    if status > SettleStatus.REPLAYED:
        return Said(fact.id, SETTLED[status], price_micro=price if status == SettleStatus.WAITING else None)
    return ended(fact, status == SettleStatus.REPLAYED, price)


def _campaign_row(fact: CampaignSend, contract: Contract, given: Given) -> Event | Word:
    if "\0" in fact.id or (fact.sender is not None and "\0" in fact.sender):
        return Word.INVALID_ID
    route = rules.route_for(given.ways.routes, fact.channel, fact.kind, fact.country)
    if route is None:
        return Word.NO_LINE
    if fact.counted_as is not None and "\0" in fact.counted_as:
        return Word.NO_PRICE
    key, reference = key_of(fact.id)
    campaign, _reference = key_of(fact.campaign)
    return (
        contract.text,
        contract.offset_s,
        campaign,
        key,
        str(route),
        PACKED[fact.outcome],
        reference,
        "NULL" if fact.counted_as is None else quoted(fact.counted_as),
        "NULL" if fact.counted_units is None else str(fact.counted_units),
        "NULL" if fact.contact is None else str(event_key(fact.contact)),
        "NULL" if fact.sender is None else quoted(fact.sender),
    )


def _campaign_said(fact: CampaignSend, _row: Event, answer: Answer) -> Said:
    status, price = answer
    if status in _NOT_DRAWN_IN_CAMPAIGN:
        before = status == Campaign.NOT_DRAWN_BEFORE
        return Said(fact.id, Word.NOT_DELIVERED, before, price, outcome="not_delivered")
    if status > Campaign.REPLAYED:
        return Said(fact.id, SETTLED_IN_CAMPAIGN[status])
    return ended(fact, status == Campaign.REPLAYED, price)


def ended(fact: Settlement | CampaignSend, replayed: bool, price: int | None) -> Said:
    """That it did not arrive has a word of its own: who tells of it after `sent` hears that it was understood."""
    word = Word.NOT_DELIVERED if fact.outcome == "not_delivered" else Word.SETTLED
    return Said(fact.id, word, replayed, price, outcome=ENDED[fact.outcome])


SETTLE: Case[Settlement] = Case(hot.SETTLE.at_once(), _row, _said)
SETTLE_CAMPAIGNS: Case[CampaignSend] = Case(campaigns.SETTLE.at_once(), _campaign_row, _campaign_said)
