"""What the documents name exists, and what exists is documented."""

import contextlib
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.main import main
from cli.run import JOBS

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def code_in(text: str) -> Iterator[str]:
    """The code of a Markdown text: its blocks, with continued lines joined, and its spans."""
    for block in re.findall(r"```\w*\n(.*?)```", text, flags=re.DOTALL):
        yield block.replace("\\\n", " ")
    yield from re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


def named_verbs(text: str) -> set[str]:
    """Every word that follows `sluice` in code."""
    return {verb for code in code_in(text) for verb in re.findall(r"\bsluice ([a-z]\S*)", code)}


def named_targets(text: str) -> set[str]:
    """Every word that follows `make` at the start of a line of code."""
    lines = [line for code in code_in(text) for line in code.splitlines()]
    return {line.split()[1] for line in lines if re.match(r"make [a-z]", line)}


def named_options(text: str) -> set[tuple[str, str]]:
    """Every option that follows a verb on the same line of code, with the verb."""
    lines = [line for code in code_in(text) for line in re.findall(r"\bsluice [a-z].*", code)]
    return {(line.split()[1], option) for line in lines for option in re.findall(r"\s(--[a-z_]+)", line)}


def linked_files(text: str) -> set[str]:
    """Every relative link, without its anchor."""
    links = re.findall(r"\]\(([^)\s]+)\)", text)
    return {link.split("#")[0] for link in links if "://" not in link and not link.startswith("#")}


def output_of(*arguments: str) -> str:
    """What the command prints for these arguments."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.suppress(SystemExit):
        main(arguments)
    return output.getvalue()


VERBS = set(re.findall(r"^    ([a-z]+)(?:  |$)", output_of("--help"), flags=re.MULTILINE))
TARGETS = set(re.findall(r"^([a-z0-9-]+):.*##", MAKEFILE, flags=re.MULTILINE))


def help_of(verb: str) -> str:
    """The help of a verb; of `run` and `produce` with that of each job and event."""
    jobs = JOBS if verb == "run" else ("orders",) if verb == "produce" else ()
    return output_of(verb, "--help") + "".join(output_of(verb, job, "--help") for job in jobs)


def test_the_command_has_its_verbs() -> None:
    """The checks below rely on the verbs being read from the command's own help."""
    assert sorted(VERBS) == [
        "audit",
        "cost",
        "crawl",
        "demo",
        "doctor",
        "maintain",
        "produce",
        "quarantine",
        "query",
        "run",
    ]


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_is_in_the_readme_and_gives_an_example(verb: str) -> None:
    """A verb is documented twice: in the README, and with an example in its help."""
    assert verb in named_verbs(README)
    assert re.search(rf"examples?:\n.*\b(sluice {verb}|{verb})\b", help_of(verb), flags=re.DOTALL)


def test_every_make_target_is_in_the_readme() -> None:
    """A target that nobody reads about is not there, but for the two that explain and prepare."""
    assert TARGETS - named_targets(README) <= {"help", "setup"}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_a_document_names_exists(document: Path) -> None:
    """Verbs, their options, make targets and linked files in a document are all there."""
    text = document.read_text(encoding="utf-8")
    assert named_verbs(text) <= VERBS
    assert {(verb, option) for verb, option in named_options(text) if option not in help_of(verb)} == set()
    assert named_targets(text) <= TARGETS
    assert {link for link in linked_files(text) if not (document.parent / link).exists()} == set()


def test_what_a_document_names_is_found() -> None:
    """The checks above can fail: names in blocks, in spans and over continued lines are all seen."""
    text = (
        "Try `sluice fly` and `make hay`, see [this](gone.md#part).\n```\nsluice run a \\\n  --b_c 1\n```\n"
    )
    assert named_verbs(text) == {"fly", "run"}
    assert named_options(text) == {("run", "--b_c")}
    assert named_targets(text) == {"hay"}
    assert linked_files(text) == {"gone.md"}
