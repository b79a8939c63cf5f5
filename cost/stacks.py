"""The bill of some stacks, from their settings."""

from collections.abc import Mapping

from cost.bill import Bill
from cost.chosen import Lake, MobileCoverage, Orders
from cost.lake import lake_bill
from cost.load import Load
from cost.mobile_coverage import mobile_coverage_bill
from cost.orders import orders_bill
from cost.prices import Prices
from cost.settings import Settings


def bill_of(settings: Mapping[str, Settings], load: Load, prices: Prices) -> Bill:
    """The lines of each stack that `settings` names, in their order.

    Raises:
        OptionError: a setting is not one that its stack takes.
    """
    lines: list[Bill] = []
    for stack, values in settings.items():
        lines.append(_bill_of(stack, values, load, prices))
    return tuple(line for bill in lines for line in bill)


def _bill_of(stack: str, values: Settings, load: Load, prices: Prices) -> Bill:
    if stack == "lake":
        return lake_bill(Lake.of(values), load, prices)
    if stack == "mobile_coverage":
        return mobile_coverage_bill(MobileCoverage.of(values), load, prices)
    return orders_bill(Orders.of(values), load, prices)
