"""The page of the jobs' options, from the classes that hold them."""

import dataclasses
from collections.abc import Mapping

from glue_jobs.contracts import mobile_coverage
from glue_jobs.core.batch_options import (
    CompactOptions,
    InitialLoadOptions,
    LandingOptions,
    RebuildOptions,
    UpkeepOptions,
    UpsertOptions,
)
from glue_jobs.core.options import StreamOptions, in_words, option_name
from scripts.markdown import markdown_table

_HEAD = """# Options of the mobile coverage job

Derived from `glue_jobs/core/options.py` by `make derive`. Given as `--name value`: by Glue as job arguments,
on a laptop after `sluice run mobile-coverage`. Each is checked when the job starts.

"""
_COMPACT = """
# Options of the compaction

Derived from `glue_jobs/core/batch_options.py`; on a laptop after `sluice run compact`.

"""
_REBUILD = """
# Options of the rebuild

Derived from `glue_jobs/core/batch_options.py`; on a laptop after `sluice run rebuild-windows`.

"""
_LANDING = """
# Options of the orders' raw job

Derived from `glue_jobs/core/batch_options.py`; on a laptop after `sluice run orders-raw`.

"""
_UPSERT = """
# Options of the job of processed orders

Derived from `glue_jobs/core/batch_options.py`; on a laptop after `sluice run orders-processed`.

"""
_INITIAL_LOAD = """
# Options of the initial load of processed orders

Derived from `glue_jobs/core/batch_options.py`; on a laptop after `sluice run orders-processed-initial-load`.

"""
_UPKEEP = """
# Options of the maintenance of processed orders

Derived from `glue_jobs/core/batch_options.py`; on a laptop after `sluice run orders-maintenance`.

"""
_OWN_DEFAULTS = {
    "stream_name": mobile_coverage.STREAM,
    "window": mobile_coverage.EVENT.window,
    "watermark": mobile_coverage.EVENT.watermark,
}
"""What the job takes from its contract."""


def job_options() -> str:
    """The page for the options of every job, with the defaults of each."""
    batch_jobs = {
        _COMPACT: CompactOptions,
        _REBUILD: RebuildOptions,
        _LANDING: LandingOptions,
        _UPSERT: UpsertOptions,
        _INITIAL_LOAD: InitialLoadOptions,
        _UPKEEP: UpkeepOptions,
    }
    pages = [head + _table(options, {}) for head, options in batch_jobs.items()]
    return "".join([_HEAD, _table(StreamOptions, _OWN_DEFAULTS), *pages])


def _table(kind: type, own_defaults: Mapping[str, object]) -> str:
    rows = [_row(option, own_defaults) for option in dataclasses.fields(kind)]
    return markdown_table(["Option", "Meaning", "Default"], rows)


def _row(option: "dataclasses.Field[object]", own_defaults: Mapping[str, object]) -> list[str]:
    default = own_defaults.get(option.name, option.default)
    return [f"`--{option_name(option)}`", option.metadata["meaning"], _shown(default)]


def _shown(default: object) -> str:
    if default is dataclasses.MISSING:
        return "required"
    return "" if default is None else in_words(default)
