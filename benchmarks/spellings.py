"""The contract's spellings as SQL, for the engines that know nothing of the contract.

Generated records spell operators as the shipped measurements do, so a list of those is enough.
"""

from glue_jobs.contracts.mobile_coverage import EVENT
from producers.mobile_events import SHIPPED_CSV, read_rows

PROVIDER = "lower(trim(provider))"


def operator_sql() -> str:
    """An expression of standard SQL: the one name of `operator`."""
    spell = EVENT.spellings["operator"]
    spelled = {row["operator"] for row in read_rows(SHIPPED_CSV) if row["operator"] is not None}
    others = {text: name for text in sorted(spelled) if (name := spell(text)) != text}
    cases = " ".join(f"WHEN {_literal(text)} THEN {_literal(name)}" for text, name in others.items())
    return f"CASE operator {cases} ELSE operator END"


def _literal(text: str | None) -> str:
    return "NULL" if text is None else "'" + text.replace("'", "''") + "'"
