"""Whether every check that Checkov is told to skip has its reason beside it.

In a file it is `#checkov:skip=ID:reason`, in .checkov.yaml an entry of a list with a comment.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from scripts.terraform_check.blocks import Finding

_INLINE = re.compile(r"(?:checkov|bridgecrew|cortex):skip=([\w,-]*)(?::\s*(\S.*))?")
_ENTRY = re.compile(r"-\s*[\"']?((?:CKV|BC|SLUICE)\w+)[\"']?\s*(?:#\s*(\S.*))?$")


def without_reason(files: list[Path]) -> Iterator[Finding]:
    """Each skip in the files that says no reason."""
    for file in files:
        skip = _ENTRY if file.suffix in (".yaml", ".yml") and file.name.startswith(".checkov") else _INLINE
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            for name, reason in skip.findall(line):
                if not reason:
                    yield Finding(file, number, f"{name or 'a check'} is skipped without a reason; write it")
