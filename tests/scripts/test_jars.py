"""The jars of the lock file are the ones that Spark gets, or none."""

from pathlib import Path

import pytest

from scripts.jars import Jar, NotFetched, fetch, fill

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
    with pytest.raises(NotFetched, match=r"a 1 is not the jar whose SHA-256 is locked"):
        fetch([Jar("org.x", "a", "1", "0" * 64)], tmp_path / "jars")

    assert list((tmp_path / "jars").iterdir()) == []


def test_a_jar_that_no_repository_has_is_told(repository: Path, tmp_path: Path) -> None:
    """With what could not be found."""
    with pytest.raises(NotFetched, match=r"not found: org\.x#b;1"):
        fetch([Jar("org.x", "b", "1", OF_CONTENT)], tmp_path / "jars")


def test_a_folder_holds_what_its_lock_file_names_and_nothing_else(repository: Path, tmp_path: Path) -> None:
    """A jar of an older lock file would be on Spark's class path, too."""
    folder = tmp_path / "jars"
    folder.mkdir()
    (folder / "a-0.jar").write_bytes(b"older")
    lock = tmp_path / "x.lock"
    lock.write_text(f"# why\norg.x:a:1 {OF_CONTENT}\n")

    assert fill(lock, folder) == len(b"content")

    assert sorted(path.name for path in folder.iterdir()) == ["a-1.jar", "x.lock"]


def test_a_folder_that_lacks_a_jar_has_no_lock_file(repository: Path, tmp_path: Path) -> None:
    """So whoever looks for the lock file finds all the jars, or nothing."""
    lock = tmp_path / "x.lock"
    lock.write_text(f"org.x:a:1 {OF_CONTENT}\n")
    fill(lock, tmp_path / "jars")
    lock.write_text(f"org.x:a:1 {OF_CONTENT}\norg.x:b:1 {OF_CONTENT}\n")

    with pytest.raises(NotFetched, match=r"org\.x#b;1"):
        fill(lock, tmp_path / "jars")

    assert [path.name for path in (tmp_path / "jars").iterdir()] == ["a-1.jar"]
