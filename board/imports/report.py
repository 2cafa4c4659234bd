"""What came, or would come, of a file: counted, with a few rows of each kind."""

from msgspec import Struct, field

from board.imports.plan import Change, Kind, Planned

#: Rows shown of each kind; all bad rows are in the file of bad rows, so many are on the screen.
SHOWN = 15
BAD_SHOWN = 500


class Example(Struct, frozen=True, kw_only=True):
    """A row as it is shown: its place in the file, its line, and what it does or why it doesn't."""

    row: int
    order: str = ""
    line: str = ""
    customer: str = ""
    product: str = ""
    changes: tuple[Change, ...] = ()
    reason: str = ""


class Report(Struct, kw_only=True):
    """Counted rows. notes: how doubtful columns were read. seconds: how long it took."""

    rows: int = 0
    counts: dict[Kind, int] = field(default_factory=lambda: dict.fromkeys(Kind, 0))
    examples: dict[Kind, list[Example]] = field(default_factory=lambda: {k: [] for k in Kind})
    changed_fields: dict[str, int] = {}
    notes: list[str] = []
    shift_weeks: int = 0
    seconds: float = 0.0

    def count(self, planned: Planned) -> None:
        """One more row."""
        self.counts[planned.kind] += 1
        for change in planned.changes if planned.kind is Kind.CHANGED else ():
            self.changed_fields[change.label] = self.changed_fields.get(change.label, 0) + 1
        shown = self.examples[planned.kind]
        if len(shown) < (BAD_SHOWN if planned.kind is Kind.BAD else SHOWN):
            shown.append(_example(planned))

    def of(self, kind: str) -> int:
        """How many rows are of a kind."""
        return self.counts[Kind(kind)]

    @property
    def good(self) -> int:
        """Rows that change something on the board."""
        return self.counts[Kind.NEW] + self.counts[Kind.CHANGED]


def _example(planned: Planned) -> Example:
    if planned.said is None:
        order, line, _ = planned.key
        return Example(row=planned.row.number, order=order, line=line, reason=planned.reason)
    details = planned.said.details
    return Example(
        row=planned.row.number,
        order=details.order_number,
        line=details.line_number,
        customer=details.customer,
        product=details.product,
        changes=planned.changes,
        reason=planned.reason,
    )
