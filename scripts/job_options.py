"""The page of a streaming job's options, from the class that holds them."""

import dataclasses

from glue_jobs.contracts import mobile_coverage
from glue_jobs.core.options import StreamOptions, in_words
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
    return [f"`--{option.name}`", option.metadata["meaning"], _shown(default)]


def _shown(default: object) -> str:
    if default is dataclasses.MISSING:
        return "required"
    return "" if default is None else in_words(default)
