"""A bill: a line for each thing that is paid for."""

from collections.abc import Iterable
from dataclasses import dataclass

from cost.prices import Price


@dataclass(frozen=True)
class Line:
    """So much of one thing in a month, and what it costs.

    quantity  in the units of the price
    """

    stack: str
    what: str
    quantity: float
    price: Price

    @property
    def usd(self) -> float:
        """What the line comes to."""
        return self.quantity * self.price.usd


Bill = tuple[Line, ...]


def total(bill: Iterable[Line]) -> float:
    """What all lines come to, in USD."""
    return sum(line.usd for line in bill)


def totals(bill: Bill) -> dict[str, float]:
    """What each stack comes to, in USD, in the order of the lines."""
    stacks = dict.fromkeys(line.stack for line in bill)
    return {stack: total(line for line in bill if line.stack == stack) for stack in stacks}
