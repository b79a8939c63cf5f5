"""The page of what the stacks cost: its words from a template, its tables from settings and prices."""

from collections.abc import Mapping
from pathlib import Path

from cost.bill import Line, total, totals
from cost.budget import DEMO_HOURS, demo_usd, hours_within
from cost.cheaper import savings
from cost.load import HOURS_OF_MONTH, Load
from cost.prices import Prices, read_prices
from cost.settings import NAMES, Settings, default_settings, overridden
from cost.stacks import bill_of
from scripts.markdown import markdown_table

DEMO_BUDGET_USD = 5
_TEMPLATE = Path(__file__).with_name("cost.md.template")

_LEAN = {"retention_hours": 24, "trigger_seconds": 60, "run_schedules": False}
_SPOT = {**_LEAN, "runner": "fargate", "fargate_spot": True, "task_cpu": 1024, "task_memory": 2048}


def cost_page() -> str:
    """The page, with the settings of the stacks as they stand."""
    prices, load = read_prices(), Load()
    settings = {stack: default_settings(stack) for stack in NAMES}
    return _TEMPLATE.read_text(encoding="utf-8").format(
        region=prices.region,
        as_of=prices.as_of,
        bill=_bill(settings, load, prices),
        cheaper=_cheaper(settings, load, prices),
        usd=DEMO_BUDGET_USD,
        demo_hours=DEMO_HOURS,
        budget=_budget(settings, prices),
        prices=_prices(prices),
    )


def _bill(settings: Mapping[str, Settings], load: Load, prices: Prices) -> str:
    bill = bill_of(settings, load, prices)
    rows = []
    for stack, usd in totals(bill).items():
        rows += [_row(line) for line in bill if line.stack == stack]
        rows.append([f"**{stack}**", "", "", "", "", f"**{usd:,.2f}**"])
    rows.append(["**all**", "", "", "", "", f"**{total(bill):,.2f}**"])
    return markdown_table(["stack", "what", "quantity", "unit", "price", "USD"], rows)


def _row(line: Line) -> list[str]:
    quantity = f"{line.quantity:,.2f}"
    return [line.stack, line.what, quantity, line.price.unit, f"{line.price.usd:g}", f"{line.usd:,.2f}"]


def _cheaper(settings: Mapping[str, Settings], load: Load, prices: Prices) -> str:
    rows = [
        [saving.change.stack, saving.change.what, f"{saving.usd:,.2f}", saving.change.gives_up]
        for saving in savings(settings, load, prices)
    ]
    return markdown_table(["stack", "change", "saves USD", "gives up"], rows)


def _budget(settings: Mapping[str, Settings], prices: Prices) -> str:
    def row(what: str, stacks: tuple[str, ...], changed: Settings, crawls: float) -> list[str]:
        chosen = {stack: settings[stack] for stack in stacks}
        for name, value in changed.items():
            chosen = _with(chosen, name, value)
        hours = hours_within(chosen, DEMO_BUDGET_USD, prices, crawls)
        usd = [demo_usd(chosen, number, prices, crawls) for number in (hours, HOURS_OF_MONTH)]
        return [what, str(hours), *(f"{sum_of:,.2f}" for sum_of in usd)]

    rows = [
        row("all three as they are", NAMES, {}, 1),
        row("all three, without crawls", NAMES, {}, 0),
        row("lake and mobile_coverage as they are", NAMES[:2], {}, 1),
        row("the same, kept for a day, a batch a minute, no schedules, no crawls", NAMES[:2], _LEAN, 0),
        row("the same, on Fargate Spot", NAMES[:2], _SPOT, 0),
        row("lake and orders as they are", (NAMES[0], NAMES[2]), {}, 1),
    ]
    return markdown_table(["stacks", "hours a month", "USD for these", "USD if left on"], rows)


def _with(chosen: dict[str, Settings], name: str, value: object) -> dict[str, Settings]:
    """With a setting of mobile coverage, also one that the stack does not have yet."""
    if any(name in values for values in chosen.values()):
        return overridden(chosen, [(name, value)])
    return {**chosen, "mobile_coverage": {**chosen["mobile_coverage"], name: value}}


def _prices(prices: Prices) -> str:
    rows = [
        [f"`{price.name}`", f"{price.usd:g}", price.unit, _link(price.source), price.note]
        for price in prices.by_name.values()
    ]
    return markdown_table(["price", "USD", "for", "source", "note"], rows)


def _link(source: str) -> str:
    address, _, rest = source.partition(" ")
    return f"<{address}> {rest}".strip() if address.startswith("https://") else source
