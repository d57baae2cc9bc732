"""What texts and moments look like on the wire: what is read, and what the document says of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import chain
from typing import Annotated, Any

from msgspec import Meta

from abono.domain.interactions.types import ContactKind
from abono.domain.metering.types import ENDS, MAX_UNITS
from abono.flows.usage.said import DONE, REFUSED, WAYS_OUT

FURTHEST = timedelta(hours=15, minutes=59)


def one_of(*words: str) -> dict[str, Any]:
    """What the document says of a text that is one of these; whoever reads it answers others in their own way."""
    return {"enum": [str(word) for word in words]}


type Id = Annotated[str, Meta(min_length=1, max_length=200, description="Your own id. A UUIDv7 is best.")]
type Channel = Annotated[
    str, Meta(min_length=1, max_length=40, description="A channel of /v1/catalog.", examples=["sms"])
]
type SendKind = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=40,
        description="A kind of the channel's, of /v1/catalog.",
        examples=["message"],
    ),
]
type EventKind = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=40,
        description="What happened.",
        extra_json_schema=one_of(*ContactKind),
    ),
]
type ContractId = Annotated[
    str,
    Meta(
        max_length=40,
        examples=["ctr_01jzd2v6k3e8rv9a4mrw5qy0bn"],
        extra_json_schema={"pattern": "^ctr_[0-7][0-9a-hjkmnp-tv-z]{25}$"},
    ),
]
type Country = Annotated[
    str,
    Meta(
        max_length=2,
        description="ISO 3166-1; left out for a worldwide channel.",
        examples=["BR"],
        extra_json_schema={"pattern": "^([A-Z]{2}|\\*)$"},
    ),
]
type Named = Annotated[str, Meta(min_length=1, max_length=200)]
type Units = Annotated[
    int, Meta(ge=1, le=MAX_UNITS, description="Of the price: segments of an SMS, minutes of a call.")
]
type Recipient = Annotated[
    Named | None, Meta(description="Key of whom it goes to: in an open window some prices are free.")
]
type Sender = Annotated[
    Named | None, Meta(description="The number that sends: some prices have so many free for each.")
]
type Counted = Annotated[
    SendKind | None,
    Meta(
        description="What the carrier counted it as: it draws that price, at most that of its hold. Of one that nobody"
        " held: what it was."
    ),
]
type Moment = Annotated[datetime, Meta(tz=True, description="RFC 3339, with a time zone.")]
type At = Annotated[datetime, Meta(tz=True)]  # in an answer
type Currency = Annotated[str, Meta(extra_json_schema={"pattern": "^[A-Z]{3}$"})]
type Code = Annotated[str, Meta(extra_json_schema={"pattern": "^[A-Za-z0-9._-]{1,40}$"})]
type Place = Annotated[str, Meta(extra_json_schema={"pattern": "^([A-Z]{2}|\\*)$"})]
type Incident = Annotated[str, Meta(extra_json_schema={"pattern": "^([0-9A-F]{4}-){2}[0-9A-F]{4}$"})]
type WayOut = Annotated[str, Meta(extra_json_schema=one_of(*sorted(set(chain(*WAYS_OUT.values())))))]
type Status = Annotated[
    str, Meta(description="What became of it.", extra_json_schema=one_of(*DONE, "refused"))
]
type Refused = Annotated[
    str, Meta(description="Why it was refused, or is uncovered.", extra_json_schema=one_of(*REFUSED))
]
type Ended = Annotated[
    str,
    Meta(
        description="How the send ended; left out while it is open.",
        extra_json_schema=one_of(*(end.name.lower() for end in ENDS)),
    ),
]
