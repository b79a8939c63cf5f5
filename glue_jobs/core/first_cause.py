"""The one line that says why Spark failed."""

import re

_CAUSES = (
    r"^glue_jobs\.[\w.]+: (.+)$",  # ours, from a task or the planning of a source
    r"(\[FAILED_READ_FILE[^\]]*\] .+)$",  # names the file
    r"^(\w*(?:Error|Exception): .+)$",  # Python's
    r"^(?:Caused by)?: (?:[\w$]+\.)*(\w+: .+)$",  # Java's
    r"^(\[[A-Z0-9_.]+\] .+)$",  # Spark's own, before anything ran
)


def first_cause(text: str) -> str:
    """The line that says most, of all that Spark has wrapped around the first cause."""
    for pattern in _CAUSES:
        found = re.findall(pattern, text, re.MULTILINE)
        if found:
            advice = "; put a whole file in its place" if "FAILED_READ_FILE" in found[-1] else ""
            return f"{found[-1]}{advice}"
    return text.strip().splitlines()[0]
