"""The page of one result: text and a style sheet, nothing that is fetched from elsewhere."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from glue_jobs.core.expectations import Expectation
from glue_jobs.core.validation import Finding, Verdict

_STYLE = """
:root { color-scheme: light dark; --line: #8886; --good: #1a7f37; --bad: #cf222e; }
@media (prefers-color-scheme: dark) { :root { --good: #4ac26b; --bad: #ff7b72; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .35rem .7rem; text-align: left; vertical-align: top; }
td { overflow-wrap: anywhere; }
code { font-size: .85em; }
.good { color: var(--good); } .bad { color: var(--bad); font-weight: 600; }
.name { white-space: nowrap; }
.small { opacity: .75; font-size: .85em; }
"""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""Of a page that shows what others sent: a browser runs and fetches nothing of it."""


@dataclass(frozen=True)
class Past:
    """A result that is kept: where its page is from here, when and of what it was, and how it ended."""

    link: str
    time: datetime
    suite: str
    outcome: str


def page(verdict: Verdict, time: datetime, past: Sequence[Past], newest: str | None) -> str:
    """The page as HTML; `newest` is a link to the newest one, where this is not it."""
    name, failing = escape(verdict.suite.name), verdict.failing
    outcome = '<span class="bad">refused</span>' if failing else '<span class="good">passed</span>'
    body = [
        f"<h1>{name}: {outcome}</h1>",
        f"<p>{_summary(verdict)} Looked at on {_time(time)}.</p>",
        *map(_failure, failing),
        "<h2>All expectations</h2>",
        _table(("", "Column", "Expected", "Found"), [*_rows(verdict)]),
        _links(past, newest),
    ]
    content, how = "\n".join(body), "refused" if failing else "passed"
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{name}: {how}</title>
<style>{_STYLE}</style>
</head>
<body>
{content}
</body>
</html>
"""


def _summary(verdict: Verdict) -> str:
    count, failing = len(verdict.findings), len(verdict.failing)
    if not failing:
        return f"All {count} expectations hold, so the rows were let through."
    verb = "fails" if failing == 1 else "fail"
    return f"{failing} of {count} expectations {verb}, so nothing of these rows was published."


def _failure(finding: Finding) -> str:
    """What a failing expectation is about, and the rows that show it."""
    head = f"<h2>{_column(finding.expectation)}: {escape(finding.expectation.says)}</h2>"
    if not finding.sample:
        return f'{head}\n<p class="bad">{_found(finding)}</p>'
    shown = f"; {len(finding.sample)} of them" if finding.broken_by > len(finding.sample) else ""
    rows = [[escape(value) for value in row.values()] for row in finding.sample]
    return f'{head}\n<p class="bad">{_found(finding)}{shown}:</p>\n{_table([*finding.sample[0]], rows)}'


def _rows(verdict: Verdict) -> Iterable[Sequence[str]]:
    for finding in verdict.findings:
        how, colour = ("holds", "good") if finding.holds else ("fails", "bad")
        yield (
            f'<span class="name {colour}">{how}</span>',
            _name(finding.expectation),
            _expected(finding.expectation),
            _found(finding),
        )
    for expectation in verdict.not_looked_at:
        yield "", _name(expectation), _expected(expectation), "not looked at: the columns are others"


def _column(expectation: Expectation) -> str:
    return escape(expectation.column or "the table")


def _name(expectation: Expectation) -> str:
    return f'<span class="name">{_column(expectation)}</span>'


def _expected(expectation: Expectation) -> str:
    return f'{escape(expectation.says)}<br><code class="small">{escape(expectation.kind)}</code>'


def _found(finding: Finding) -> str:
    if finding.broken_by:
        return "1 row breaks it" if finding.broken_by == 1 else f"{finding.broken_by:,} rows break it"
    return "" if finding.holds else f"got {escape(finding.observed)}"


def _links(past: Sequence[Past], newest: str | None) -> str:
    if newest:
        return f'<p><a href="{escape(newest)}">The newest result</a></p>'
    colour: Mapping[str, str] = {"passed": "good", "refused": "bad"}
    rows = [
        [
            f'<a href="{escape(one.link)}">{_time(one.time)}</a>',
            escape(one.suite),
            f'<span class="{colour[one.outcome]}">{one.outcome}</span>',
        ]
        for one in past
    ]
    return f"<h2>Results</h2>\n{_table(('Time', 'Suite', 'Outcome'), rows)}"


def _time(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S} UTC"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Cells are HTML, headings are text."""
    headings = "".join(f"<th>{escape(text)}</th>" for text in head)
    body = "\n".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table>\n<tr>{headings}</tr>\n{body}\n</table>"
