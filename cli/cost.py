"""`sluice cost`: what the stacks cost a month, by their own settings and a stated load."""

import argparse
import sys
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from cost.load import Load, parse_number
from glue_jobs.core.errors import OptionError

if TYPE_CHECKING:
    from cost.settings import Settings

_STACKS = ("lake", "mobile_coverage", "orders")
_EPILOG = """\
examples:
  sluice cost
  sluice cost --stack mobile_coverage --records_per_second 5000 --set shard_count=5
  sluice cost --var_file my.tfvars --hours_per_day 4 --days_per_month 2 --format json

Settings are the defaults of terraform/stacks/<stack>/variables.tf, then those of --var_file and --set. Prices
are those of terraform/prices.json, with their day and sources. Free tiers, taxes, and traffic that leaves
AWS are not in it. Nothing is asked of AWS. What is assumed: docs/cost.md."""


def add_parser(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verb to the command."""
    parser = verbs.add_parser(
        "cost",
        help="work out what the stacks cost a month",
        description="Work out what the stacks cost a month, and what would be cheaper.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--stack",
        metavar="NAME",
        action="append",
        help=f"only this one; again for more: {', '.join(_STACKS)}",
    )
    for field in fields(Load):
        shown = f"{field.metadata['meaning']} (default: {field.default:g})"
        parser.add_argument(f"--{field.name}", metavar="N", help=shown)
    parser.add_argument(
        "--var_file", metavar="FILE", action="append", default=[], help="a .tfvars or .tfvars.json"
    )
    parser.add_argument(
        "--set", metavar="NAME=VALUE", action="append", default=[], help="a variable of the chosen stacks"
    )
    parser.add_argument(
        "--format", choices=("table", "csv", "json"), default="table", help="default: %(default)s"
    )
    parser.set_defaults(verb=cost)


def cost(arguments: argparse.Namespace) -> int:
    """Print the bill, what does not fit, and what would be cheaper."""
    from cli.cost_formats import FORMATS, Answer
    from cost.cheaper import savings
    from cost.limits import warnings
    from cost.prices import read_prices
    from cost.stacks import bill_of

    settings, load, prices = _settings(arguments), _load(arguments), read_prices()
    answer = Answer(
        bill_of(settings, load, prices),
        savings(settings, load, prices),
        warnings(settings, load) + _other_region(settings, prices.region),
        prices,
    )
    FORMATS[arguments.format](answer)
    sys.stdout.flush()
    for warning in answer.warnings:
        print(f"sluice: {warning}", file=sys.stderr)
    return 0


def _load(arguments: argparse.Namespace) -> Load:
    given = {field.name: getattr(arguments, field.name) for field in fields(Load)}
    return Load(**{name: parse_number(name, text) for name, text in given.items() if text is not None})


def _settings(arguments: argparse.Namespace) -> "dict[str, Settings]":
    from cost.settings import default_settings, overridden, parse_setting, read_var_file

    chosen = arguments.stack or _STACKS
    for stack in chosen:
        if stack not in _STACKS:
            raise OptionError(f"--stack: got {stack!r}; there are {', '.join(_STACKS)}")
    given = [pair for name in arguments.var_file for pair in read_var_file(Path(name)).items()]
    given += [parse_setting(text) for text in arguments.set]
    return overridden({stack: default_settings(stack) for stack in chosen}, given)


def _other_region(settings: "dict[str, Settings]", known: str) -> list[str]:
    regions = {values["region"] for values in settings.values()} - {known}
    return [f"region {region}: these are prices of {known}" for region in sorted(regions)]
