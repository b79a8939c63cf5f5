"""Files of the lake: the same promises on a disk and on S3."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from glue_jobs.core.errors import OptionError
from glue_jobs.core.storage import LocalStorage, S3Storage, Storage, StoredFile, open_storage
from tests.core.buckets import new_bucket, write


@pytest.fixture(params=["file", "s3", "s3 bucket alone"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """An empty root: a folder, a prefix of a bucket, a whole bucket."""
    if request.param == "file":
        return open_storage((tmp_path / "a lake").as_uri())
    request.getfixturevalue("aws")
    return open_storage(f"s3://{new_bucket()}" + ("/a lake" if request.param == "s3" else ""))


def paths(storage: Storage, folder: str) -> list[str]:
    """What is listed below a folder."""
    return sorted(file.path for file in storage.list_files(folder))


class TestEveryStorage:
    """What holds wherever the root is."""

    @pytest.mark.parametrize(
        "path",
        [
            "plain.parquet",
            "table/event_date=2026-03-01/hour=07/part.parquet",
            "with space/a b",
            "per%20cent/100%",
            "unicode/\u00e0\u00f1o \U0001f600",
            "odd/a+b&c=d?e#f;g'h",
            "_hidden/.draft",
        ],
    )
    def test_a_file_is_read_and_listed_as_it_was_written(self, storage: Storage, path: str) -> None:
        """Whatever characters its name has."""
        write(storage, path, b"content")

        (file,) = storage.list_files(path.rpartition("/")[0])

        assert storage.read_file(path) == b"content"
        assert (file.path, file.size) == (path, 7)

    def test_a_file_appears_when_its_block_ends_well(self, storage: Storage) -> None:
        """Within the block no reader sees it under its name."""
        with storage.new_file("t/a") as file:
            file.write(b"half")
            file.flush()
            assert "t/a" not in paths(storage, "t")
        assert paths(storage, "t") == ["t/a"]

    def test_a_file_whose_block_fails_leaves_nothing(self, storage: Storage) -> None:
        """No file under its name or another; what an earlier block wrote stays."""
        write(storage, "t/kept", b"old")
        for path in ("t/new", "t/kept"):
            with pytest.raises(RuntimeError, match="stop"), storage.new_file(path) as file:  # noqa: PT012
                file.write(b"half")
                raise RuntimeError("stop")

        assert paths(storage, "t") == ["t/kept"]
        assert storage.read_file("t/kept") == b"old"

    def test_writing_a_file_again_replaces_it(self, storage: Storage) -> None:
        """One file, the newer content, though it is shorter."""
        write(storage, "t/a", b"old and long")
        write(storage, "t/a", b"new")

        assert [(file.path, file.size) for file in storage.list_files("t")] == [("t/a", 3)]
        assert storage.read_file("t/a") == b"new"

    def test_an_empty_file_is_a_file(self, storage: Storage) -> None:
        """With no byte in it."""
        write(storage, "t/a", b"")

        assert storage.read_file("t/a") == b""

    def test_a_folder_lists_all_below_it_and_nothing_beside_it(self, storage: Storage) -> None:
        """At any depth, hidden ones too; a folder whose name begins the same is another."""
        for path in ("t/a", "t/x=1/b", "t/x=1/.draft", "t/_log/c", "t2/d", "t.e"):
            write(storage, path, b"")

        assert paths(storage, "t") == ["t/_log/c", "t/a", "t/x=1/.draft", "t/x=1/b"]
        assert paths(storage, "t/x=1") == ["t/x=1/.draft", "t/x=1/b"]

    def test_the_root_lists_everything(self, storage: Storage) -> None:
        """An empty path is the root itself."""
        write(storage, "t/a", b"")
        write(storage, "b", b"")

        assert paths(storage, "") == ["b", "t/a"]

    def test_what_a_reader_of_tables_counts(self, storage: Storage) -> None:
        """No file whose name, or a folder of whose path, starts with `_` or `.`."""
        for path in ("t/a_b.c", "t/.draft", "t/_log/c"):
            write(storage, path, b"")

        assert [file.path for file in storage.list_files("t") if file.visible] == ["t/a_b.c"]

    def test_a_folder_that_is_not_there_has_no_files(self, storage: Storage) -> None:
        """Before the first batch no table has a folder."""
        assert paths(storage, "nothing/here") == []

    def test_deleting_removes_these_files_and_no_others(self, storage: Storage) -> None:
        """One that is gone already is no error, and neither is none at all."""
        for path in ("t/a", "t/b", "t/c d%"):
            write(storage, path, b"")

        storage.delete_files([])
        storage.delete_files(["t/a", "t/c d%", "t/never", "never/there"])

        assert paths(storage, "t") == ["t/b"]

    def test_more_files_are_deleted_than_one_request_takes(self, storage: Storage) -> None:
        """S3 takes 1,000 keys at once."""
        kept = [f"t/{number:04}" for number in range(3)]
        for path in kept:
            write(storage, path, b"")

        storage.delete_files([f"t/never-{number}" for number in range(1500)] + kept[1:])

        assert paths(storage, "t") == kept[:1]

    def test_a_file_is_swapped_for_what_it_is_known_to_hold(self, storage: Storage) -> None:
        """None stands for no file; whoever knows something else changes nothing."""
        assert not storage.swap_file("t/a", b"never there", b"1")
        assert storage.swap_file("t/a", None, b"1")
        assert not storage.swap_file("t/a", None, b"2")
        assert not storage.swap_file("t/a", b"2", b"2")
        assert storage.swap_file("t/a", b"1", b"2")
        assert storage.read_file("t/a") == b"2"

    def test_of_many_who_swap_at_once_one_succeeds(self, storage: Storage) -> None:
        """Each knows the same content, and wants another."""
        write(storage, "t/a", b"old")
        wanted = [str(number).encode() for number in range(16)]

        with ThreadPoolExecutor(16) as pool:
            done = list(pool.map(lambda new: storage.swap_file("t/a", b"old", new), wanted))

        assert sum(done) == 1
        assert storage.read_file("t/a") == wanted[done.index(True)]

    def test_reading_a_missing_file_is_an_error(self, storage: Storage) -> None:
        """Never an empty content."""
        with pytest.raises(FileNotFoundError):
            storage.read_file("never")


def test_a_local_file_can_be_read_by_others(tmp_path: Path) -> None:
    """A draft is private; the file is not."""
    write(open_storage(tmp_path.as_uri()), "t/a", b"")

    assert (tmp_path / "t/a").stat().st_mode & 0o777 == 0o644


def test_a_listing_survives_a_file_that_vanishes(tmp_path: Path) -> None:
    """A name that leads nowhere, as after a removal by someone else, is passed over."""
    write(open_storage(tmp_path.as_uri()), "t/a", b"")
    (tmp_path / "t/gone").symlink_to(tmp_path / "never")

    assert paths(open_storage(tmp_path.as_uri()), "t") == ["t/a"]


@pytest.mark.parametrize(
    ("uri", "kind", "root"),
    [
        ("file:///lake", LocalStorage, "file:///lake"),
        ("file:///lake/", LocalStorage, "file:///lake"),
        ("file:///a%20lake", LocalStorage, "file:///a%20lake"),
        ("s3://bucket", S3Storage, "s3://bucket"),
        ("s3://bucket/", S3Storage, "s3://bucket"),
        ("s3://bucket/a/prefix//", S3Storage, "s3://bucket/a/prefix"),
    ],
)
def test_a_uri_names_a_folder_or_a_prefix(uri: str, kind: type[Storage], root: str) -> None:
    """Without a slash at the end."""
    storage = open_storage(uri)

    assert (type(storage), storage.uri) == (kind, root)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "/lake",
        "lake",
        "file://lake",
        "file://host/lake",
        "file:lake",
        "s3:///lake",
        "s3a://bucket",
        "hdfs://x/y",
        "file:///",
    ],
)
def test_any_other_uri_is_refused(uri: str) -> None:
    """With the value received and what would be right."""
    with pytest.raises(OptionError) as caught:
        open_storage(uri)

    assert str(caught.value) == (f"got {uri!r}; give a folder as file:///absolute/path or s3://bucket/prefix")


@pytest.mark.parametrize(
    "uri",
    [
        "file:///a//b",
        "file:///a/./b",
        "file:///a/../b",
        "file:///a/%2E%2E/b",
        "file:///a#1",
        "file:///a?b",
        "s3://b//c",
    ],
)
def test_a_uri_that_can_be_read_in_several_ways_is_refused(uri: str) -> None:
    """Two places would be one folder, or one folder two."""
    with pytest.raises(OptionError, match=r"give it without '//', '\.', '\.\.'"):
        open_storage(uri)


@pytest.mark.parametrize(
    ("path", "visible"),
    [("a", True), ("t/a_b", True), ("t/a.b", True), ("_t/a", False), ("t/.a", False), ("t/_x/a", False)],
)
def test_visible_files(path: str, visible: bool) -> None:
    """Any part of the path can hide a file."""
    assert StoredFile(path, 0, 0.0).visible is visible


@pytest.fixture(autouse=True)
def region(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients are made outside AWS too."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


def test_a_folder_that_cannot_be_listed_is_an_error(tmp_path: Path) -> None:
    """Taken for an empty one, its files would be left behind where all are to be removed."""
    (tmp_path / "tables").write_bytes(b"no folder")
    with pytest.raises(NotADirectoryError):
        list(open_storage(tmp_path.as_uri()).list_files("tables"))
