"""The jars of the lock file are the ones that Spark gets, or none."""

from pathlib import Path

import pytest

from scripts.s3_jars import Jar, NotFetched, fetch

SETTINGS = """<ivysettings><settings defaultResolver="here"/><resolvers>
<ibiblio name="here" m2compatible="true" root="{root}/"/></resolvers></ivysettings>"""
POM = """<project><modelVersion>4.0.0</modelVersion>
<groupId>org.x</groupId><artifactId>a</artifactId><version>1</version></project>"""
OF_CONTENT = "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73"
"""The SHA-256 of the bytes `content`."""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Maven repository in a folder, with one jar."""
    folder = tmp_path / "repository" / "org" / "x" / "a" / "1"
    folder.mkdir(parents=True)
    (folder / "a-1.jar").write_bytes(b"content")
    (folder / "a-1.pom").write_text(POM)
    settings = tmp_path / "settings.xml"
    settings.write_text(SETTINGS.format(root=(tmp_path / "repository").as_uri()))
    monkeypatch.setenv("SLUICE_IVY_SETTINGS", str(settings))
    return folder


def test_a_jar_is_fetched_and_then_kept(repository: Path, tmp_path: Path) -> None:
    """What is there with the right sum needs no repository."""
    jar = Jar("org.x", "a", "1", OF_CONTENT)

    fetch([jar], tmp_path / "jars")
    (repository / "a-1.jar").unlink()
    fetch([jar], tmp_path / "jars")

    assert (tmp_path / "jars" / "a-1.jar").read_bytes() == b"content"


def test_a_jar_that_is_not_the_locked_one_is_refused(repository: Path, tmp_path: Path) -> None:
    """It does not stay in the folder either."""
    with pytest.raises(NotFetched, match=r"a 1 is not the jar whose SHA-256 stands in jars\.lock"):
        fetch([Jar("org.x", "a", "1", "0" * 64)], tmp_path / "jars")

    assert list((tmp_path / "jars").iterdir()) == []


def test_a_jar_that_no_repository_has_is_told(repository: Path, tmp_path: Path) -> None:
    """With what could not be found."""
    with pytest.raises(NotFetched, match=r"not found: org\.x#b;1"):
        fetch([Jar("org.x", "b", "1", OF_CONTENT)], tmp_path / "jars")
