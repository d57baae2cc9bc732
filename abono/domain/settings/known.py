"""Every setting that the product honours. A new one is a row here, and the place that reads it."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field

from abono.domain.settings.bank_files import OF_BANK_FILES
from abono.domain.settings.fiscal import FISCAL_DOCUMENTS, Codes, FiscalCode, Rates, TaxRate
from abono.domain.settings.late import OF_LATE
from abono.domain.settings.licences import OF_LICENCES
from abono.domain.settings.restriction import OF_RESTRICTION
from abono.domain.settings.second_person import OF_SECOND_PERSONS, amounts
from abono.domain.settings.second_person import SECOND_PERSON_CREDIT as SECOND_PERSON_CREDIT
from abono.domain.settings.second_person import SECOND_PERSON_PRICES as SECOND_PERSON_PRICES
from abono.domain.settings.second_person import SECOND_PERSON_RECEIPT as SECOND_PERSON_RECEIPT
from abono.domain.settings.second_person import SECOND_PERSON_REFUND as SECOND_PERSON_REFUND
from abono.domain.settings.second_person import Threshold as Threshold
from abono.domain.settings.second_person import above as above
from abono.domain.settings.trials import OF_TRIALS
from abono.domain.settings.trials import REGRET_WITHIN as REGRET_WITHIN
from abono.domain.settings.types import Scope, Setting
from abono.kernel.money import CURRENCIES


def _split(raw: object) -> object:
    """As people type a list."""
    return tuple(filter(None, map(str.strip, raw.split(",")))) if isinstance(raw, str) else raw


CHANGE_DIFFERENCE: Setting[str] = Setting(
    key="change_difference",
    rule="CHG-4",
    says="Whether the difference of a change of plan or package is charged at once, or put on the next invoice.",
    allowed=Literal["now", "next_invoice"],
    shipped="now",
    scopes=(Scope.SELLER, Scope.PLAN, Scope.CONTRACT),
)
CHANGE_HELD_FOR: Setting[tuple[str, ...]] = Setting(
    key="change_held_for",
    rule="CHG-6",
    says="What an accepted change of plan or package waits for before anything is charged or done: the link in an e-mail to"
    " whoever accepted it, the seller's approval; with commas between, empty for neither.",
    allowed=Annotated[tuple[Literal["link", "approval"], ...], BeforeValidator(_split), Field(max_length=2)],
    shipped=(),
    scopes=(Scope.SELLER, Scope.PLAN, Scope.CONTRACT),
)
CHANGE_INTERACTIONS: Setting[str] = Setting(
    key="change_interactions",
    rule="CHG-5",
    says="Whether a change of plan grants, or takes back, the difference of the two allowances of interactions for the days"
    " that are left, or all of it.",
    allowed=Literal["by_day", "whole"],
    shipped="by_day",
    scopes=(Scope.SELLER, Scope.PLAN, Scope.CONTRACT),
)
CHANGE_MINIMUM: Setting[dict[str, int] | Literal["none"]] = Setting(
    key="change_minimum",
    rule="CHG-4",
    says="Below how much, in the smallest unit of each currency, the difference of a change is put on the next invoice, because"
    " no means of payment takes so little; as `BRL 50, USD 50`, or none.",
    allowed=Annotated[
        dict[Literal[CURRENCIES], Annotated[int, Field(ge=0, le=10**6)]],  # type: ignore[valid-type]
        BeforeValidator(amounts),
        Field(min_length=1),
    ]
    | Literal["none"],
    shipped={"BRL": 50, "USD": 50},
)
CHANGE_PRORATION: Setting[str] = Setting(
    key="change_proration",
    rule="CHG-4",
    says="How what is left of a fee counts when a plan changes: by days, by seconds, or not: then the new fee begins with the next"
    " cycle, and nothing is charged for the rest of this one.",
    allowed=Literal["day", "second", "none"],
    shipped="day",
    scopes=(Scope.SELLER, Scope.PLAN, Scope.CONTRACT),
)
CHANGE_STEP_DOWN: Setting[str] = Setting(
    key="change_step_down",
    rule="CHG-3",
    says="When a step down to a smaller plan or package, or to fewer licences, begins: with the next cycle, or always at once.",
    allowed=Literal["next_cycle", "at_once"],
    shipped="next_cycle",
    scopes=(Scope.SELLER, Scope.PLAN, Scope.CONTRACT),
)
YEAR_UNUSED: Setting[str] = Setting(
    key="year_unused",
    rule="CAT-10",
    says="When a plan that is paid for by the year becomes a smaller one, or one that is paid for by the month: at the end of the"
    " paid year, or with the next cycle; then the months that are left of the year, of twelve, are credited.",
    allowed=Literal["end", "credit"],
    shipped="end",
    scopes=(Scope.SELLER, Scope.PLAN, Scope.CONTRACT),
)


def _currencies(raw: object) -> object:
    """As people type them: `BR BRL, MX MXN`."""
    if not isinstance(raw, str) or raw == "any":
        return raw
    pairs = [part.split() for part in raw.upper().split(",") if part.strip()]
    return dict(pairs) if pairs and all(len(pair) == 2 for pair in pairs) else raw


CONTRACT_CURRENCY: Setting[dict[str, str] | Literal["any"]] = Setting(
    key="contract_currency",
    rule="CAT-14",
    says="In which currency buyers of a country contract, as `BR BRL, MX MXN`; those of any other, and all where it is `any`,"
    " in each currency on sale.",
    allowed=Annotated[
        dict[Annotated[str, Field(pattern="^[A-Z]{2}$")], Literal[CURRENCIES]],  # type: ignore[valid-type]
        BeforeValidator(_currencies),
        Field(min_length=1),
    ]
    | Literal["any"],
    shipped={"BR": "BRL"},
)


def _due_after(key: str, means: str, days: int) -> Setting[int]:
    return Setting(
        key=key,
        rule="INV-6",
        says=f"How many days after its issue an invoice that is paid by {means} is due; for what is issued from then on.",
        allowed=Annotated[int, Field(ge=0, le=90)],
        shipped=days,
        scopes=(Scope.SELLER, Scope.PLAN, Scope.CONTRACT),
    )


CARD_DUE_AFTER = _due_after("card_due_after", "card", 0)
PIX_DUE_AFTER = _due_after("pix_due_after", "Pix", 3)
SLIP_DUE_AFTER = _due_after(
    "slip_due_after", "slip; a day on which banks are closed moves to the next one", 7
)
CYCLE_BEGINS: Setting[str] = Setting(
    key="cycle_begins",
    rule="INV-2",
    says="When the cycles of a contract begin: on its day of adhesion and on that day of each month, or on the first of each month;"
    " then the first cycle is what is left of its month, with that share of fees, package and interactions. For contracts that"
    " begin from then on.",
    allowed=Literal["adhesion", "month"],
    shipped="adhesion",
    scopes=(Scope.SELLER, Scope.PLAN),
)
FEES_BILLED: Setting[str] = Setting(
    key="fees_billed",
    rule="INV-1",
    says="Whether fixed fees (plan, package, extra licences) are billed ahead, when the cycle for which they are begins, or"
    " afterwards, when it is over; for cycles that begin from then on.",
    allowed=Literal["ahead", "afterwards"],
    shipped="ahead",
    scopes=(Scope.SELLER, Scope.PLAN, Scope.CONTRACT),
)
HOLD_LASTS = Setting(
    key="hold_lasts",
    rule="PKG-5",
    says="How long a hold may wait for its settlement before its value is released.",
    allowed=Annotated[timedelta, Field(ge=timedelta(minutes=5), le=timedelta(days=7))],
    shipped=timedelta(hours=24),
)
FISCAL_CODES: Setting[tuple[FiscalCode, ...]] = Setting(
    key="fiscal_codes",
    rule="INV-7",
    says="How the tax office calls what is sold, as a JSON list, one for each fiscal type, or for a kind of line of it: fiscal_type"
    " (licensing, sva), kind, item, nbs, cst, tax_class, city_code, cnae, operation; of lines whose period begins from then on.",
    allowed=Codes,
    shipped=(),
)
INTERACTIONS_PER: Setting[str] = Setting(
    key="interactions_per",
    rule="INT-4",
    says="Whether an interaction belongs to a contact on one channel, or on all of them together.",
    allowed=Literal["channel", "contact"],
    shipped="channel",
)
LATE_GRACE = Setting(
    key="late_grace",
    rule="INT-7",
    says="How long after a cycle was invoiced late contact events of it are still taken.",
    allowed=Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(days=31))],
    shipped=timedelta(hours=48),
)
LIMIT_PERCENT: Setting[int | str | None] = Setting(
    key="limit_percent",
    rule="LIM-1",
    says="How far sending goes on past the package, in percent of its value; for cycles that open from then on.",
    allowed=Annotated[int, Field(ge=0, le=10_000)] | Literal["unlimited"] | None,
    shipped=None,  # as the plan's version says
    scopes=(Scope.PLAN, Scope.CONTRACT),
)


def limit_percent(sold: int | None, own: int | str | None) -> int | None:
    """The overage limit that holds: `own` is what LIMIT_PERCENT says, `sold` what the plan's version does. None: no limit."""
    if own is None:
        return sold
    return own if isinstance(own, int) else None


OVERAGE_PRICE_PERCENT: Setting[int] = Setting(
    key="overage_price_percent",
    rule="LIM-1",
    says="What sends beyond the package cost, in percent of their session prices; for cycles that open from then on.",
    allowed=Annotated[int, Field(ge=0, le=1_000)],
    shipped=100,
    scopes=(Scope.SELLER, Scope.PLAN, Scope.CONTRACT),
)


def _months(raw: object) -> object:
    """As people type them: `12`, or `BR 12, CL 6`."""
    if not isinstance(raw, str) or raw.strip().isdecimal():
        return raw
    pairs = [part.split() for part in raw.upper().split(",") if part.strip()]
    return dict(pairs) if pairs and all(len(pair) == 2 for pair in pairs) else raw


_KEPT = 12  # months, by the rule book
_MONTHS = Annotated[int, Field(ge=0, le=60)]
PRICE_KEPT_MONTHS: Setting[int | dict[str, int]] = Setting(
    key="price_kept_months",
    rule="CAT-13",
    says="For how many months the price of a contract does not rise after it was set; of all countries, or as `BR 12, CL 6` of"
    " some: twelve of the others.",
    allowed=Annotated[
        _MONTHS | Annotated[dict[Annotated[str, Field(pattern="^[A-Z]{2}$")], _MONTHS], Field(min_length=1)],
        BeforeValidator(_months),
    ],
    shipped=_KEPT,
)


def kept_months(said: int | dict[str, int], country: str) -> int:
    """What PRICE_KEPT_MONTHS says of a country."""
    return said if isinstance(said, int) else said.get(country, _KEPT)


REVIEW_FOR = Setting(
    key="review_for",
    rule="INV-10",
    says="How long the invoice of a new cycle waits as a draft, for the seller to look at, before it is issued; for cycles"
    " that begin from then on.",
    allowed=Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(days=7))],
    shipped=timedelta(0),
    scopes=(Scope.SELLER, Scope.PLAN, Scope.CONTRACT),
)
SECOND_FACTOR: Setting[str] = Setting(
    key="second_factor",
    rule="ACC-3",
    says="Which members of customers need a second proof beside the password, as the seller's people always do: nobody,"
    " or administrators. Whoever has none is led to where it is added. One that their organization's single sign-on asked"
    " for counts where its token says so (amr: mfa).",
    allowed=Literal["nobody", "administrators"],
    shipped="nobody",
)


def _zone(name: str) -> str:
    """Raises ValueError for what is no time zone."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"no time zone: {name}") from None
    return name


SELLER_TIME_ZONE: Setting[str] = Setting(
    key="seller_time_zone",
    rule="PAY-13",
    says="In whose days the journal of money is kept, as a name of the IANA; for what is posted from then on.",
    allowed=Annotated[str, Field(min_length=1, max_length=40), AfterValidator(_zone)],
    shipped="America/Sao_Paulo",
)
TAXES: Setting[tuple[TaxRate, ...]] = Setting(
    key="taxes",
    rule="INV-7",
    says="Taxes of lines, as a JSON list of rates: name, country of the buyer, fiscal_type (licensing, sva), percent, way"
    " (on_top, included, of_price), buyer (person, company; left out: both); of lines whose period begins from then on.",
    allowed=Rates,
    shipped=(),
)
UNCOVERED: Setting[str] = Setting(
    key="uncovered",
    rule="PKG-12",
    says="Whether sends that left and that nothing covers are billed: only when somebody decides it, never, or always.",
    allowed=Literal["ask", "never", "always"],
    shipped="ask",
    scopes=(Scope.SELLER, Scope.PLAN, Scope.CONTRACT),
)
UNDO_WITHIN = Setting(
    key="undo_within",
    rule="CHG-9",
    says="How long after its acceptance a change of plan or package can be undone.",
    allowed=Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(hours=24))],
    shipped=timedelta(hours=1),
)
VOLUME_ROUNDING: Setting[str] = Setting(
    key="volume_rounding",
    rule="CAT-4",
    says="Whether the volume shown for a channel is rounded up, or down to what really fits.",
    allowed=Literal["up", "down"],
    shipped="up",
)
WARN_LEVELS: Setting[tuple[str, ...]] = Setting(
    key="warn_levels",
    rule="LIM-3",
    says="Which levels people are told of before the block; with commas between, empty for none. The block always is.",
    allowed=Annotated[
        tuple[Literal["package_80", "package_100", "limit_90"], ...],
        BeforeValidator(_split),
        Field(max_length=3),
    ],
    shipped=("package_80", "package_100", "limit_90"),
    scopes=(Scope.SELLER, Scope.PLAN, Scope.CONTRACT),
)

_EVERY: tuple[Setting[Any], ...] = (
    CARD_DUE_AFTER,
    CHANGE_DIFFERENCE,
    CHANGE_HELD_FOR,
    CHANGE_INTERACTIONS,
    CHANGE_MINIMUM,
    CHANGE_PRORATION,
    CHANGE_STEP_DOWN,
    CONTRACT_CURRENCY,
    CYCLE_BEGINS,
    FEES_BILLED,
    FISCAL_CODES,
    FISCAL_DOCUMENTS,
    HOLD_LASTS,
    INTERACTIONS_PER,
    *OF_LATE,
    LATE_GRACE,
    *OF_LICENCES,
    LIMIT_PERCENT,
    OVERAGE_PRICE_PERCENT,
    PIX_DUE_AFTER,
    PRICE_KEPT_MONTHS,
    *OF_BANK_FILES,
    REVIEW_FOR,
    SECOND_FACTOR,
    *OF_SECOND_PERSONS,
    SELLER_TIME_ZONE,
    SLIP_DUE_AFTER,
    TAXES,
    *OF_RESTRICTION,
    *OF_TRIALS,
    UNCOVERED,
    UNDO_WITHIN,
    VOLUME_ROUNDING,
    WARN_LEVELS,
    YEAR_UNUSED,
)
SETTINGS = {setting.key: setting for setting in _EVERY}
