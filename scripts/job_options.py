"""The page of a streaming job's options, from the class that holds them."""

import dataclasses
from datetime import timedelta

from glue_jobs.contracts import mobile_coverage
from glue_jobs.core.options import StreamOptions
from scripts.durations import duration_in_words
from scripts.markdown import markdown_table

_HEAD = """# Options of the mobile coverage job

Derived from `glue_jobs/core/options.py` by `make derive`. Given as `--name value`: by Glue as job arguments,
on a laptop after `sluice run mobile-coverage`. Each is checked when the job starts.

"""
_OWN_DEFAULTS = {
    "stream_name": mobile_coverage.STREAM,
    "window": mobile_coverage.EVENT.window,
    "watermark": mobile_coverage.EVENT.watermark,
}
"""What the job takes from its contract."""


def job_options() -> str:
    """The page for `StreamOptions` with the defaults of the job."""
    rows = map(_row, dataclasses.fields(StreamOptions))
    return _HEAD + markdown_table(["Option", "Meaning", "Default"], rows)


def _row(option: "dataclasses.Field[object]") -> list[str]:
    default = _OWN_DEFAULTS.get(option.name, option.default)
    return [f"`--{option.name}`", option.metadata["meaning"], default_in_words(default)]


def default_in_words(value: object) -> str:
    """A default as it would be typed: `"20 seconds"`, `"true"`; nothing where there is none."""
    if value is dataclasses.MISSING:
        return "required"
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return duration_in_words(value) if isinstance(value, timedelta) else str(value)
