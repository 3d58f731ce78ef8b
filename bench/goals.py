"""What the design promises, beside what was measured."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Goal:
    """A promise of a ratio, and what was measured, each time that it was."""

    what: str
    bound: float
    measured: tuple[float, ...]
    is_upper: bool = False

    @property
    def is_met(self) -> bool:
        """Whether the promise held each time."""
        if self.is_upper:
            return max(self.measured) <= self.bound
        return min(self.measured) >= self.bound

    def told(self) -> str:
        """The promise in a line, and whether it was kept."""
        least, most = min(self.measured), max(self.measured)
        span = f"{least:,.2f}" if len(self.measured) == 1 else f"{least:,.2f} to {most:,.2f}"
        bound = f"at {'most' if self.is_upper else 'least'} {self.bound:g}"
        return f"{'met' if self.is_met else 'missed':6}  {self.what}: {span}, {bound}"
