"""What the price page compares: plans as columns whose rows line up, and packages as cards to choose from.

Plain shapes for the templates `_plan_table.html` and `_packages.html`; amounts come as they are
shown. Who fills them decides the language.
"""

from __future__ import annotations

from dataclasses import dataclass

from abono.entrypoints.site.design.words import Text


@dataclass(frozen=True, slots=True)
class PlanColumn:
    """The head of one column. At most six plans are shown beside one another."""

    code: str
    name: str
    price: Text  # "R$ 600,00", or "On request"
    per: Text  # "per month"; empty for none
    action: Text  # what the button says: "Choose Expert"
    url: str
    badge: Text = ""  # "Most chosen"


@dataclass(frozen=True, slots=True)
class Cell:
    """A value as text, or a yes or no."""

    text: Text = ""
    included: bool | None = None


@dataclass(frozen=True, slots=True)
class Row:
    label: Text
    cells: tuple[Cell, ...]  # one for each plan, in order
    hint: Text = ""


@dataclass(frozen=True, slots=True)
class RowGroup:
    title: Text
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class PlanTable:
    """`shown` is the plan that a phone shows first: the one most chosen, or the one in the address."""

    caption: Text
    plans: tuple[PlanColumn, ...]
    groups: tuple[RowGroup, ...]
    shown: str

    def __post_init__(self) -> None:
        for group in self.groups:
            for row in group.rows:
                if len(row.cells) != len(self.plans):
                    raise ValueError(
                        f"row {row.label} has {len(row.cells)} cells for {len(self.plans)} plans"
                    )


@dataclass(frozen=True, slots=True)
class Volume:
    """How much of a channel a package allows: "WhatsApp", "472", "R$ 0,53 each"."""

    channel: Text
    count: str
    price: str = ""


@dataclass(frozen=True, slots=True)
class PackageCard:
    code: str  # the value of the radio button
    value: str  # "R$ 250,00"
    volumes: tuple[Volume, ...]
    badge: Text = ""
