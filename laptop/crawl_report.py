"""What a crawl of one table found."""

from dataclasses import dataclass, field

from glue_jobs.core.counted import counted


@dataclass(frozen=True)
class Drift:
    """A file that is not as the contract says: which one (relative to the lake), and how."""

    file: str
    problem: str

    def __str__(self) -> str:
        return f"{self.file}: {self.problem}"


@dataclass
class CrawlReport:
    """Counts of one crawl. `files`, `rows` and `partitions` are of readable Parquet files only."""

    crawler: str
    database: str
    table: str
    files: int = 0
    rows: int = 0
    partitions: int = 0
    partitions_added: int = 0
    partitions_updated: int = 0
    drift: list[Drift] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether every file is as the contract says."""
        return not self.drift

    def summary(self) -> str:
        """One line: what was found, what was registered."""
        if not self.files:
            return f"{self.crawler}: {self.table}: no files; the table is registered"
        return (
            f"{self.crawler}: {self.table}: {counted(self.files, 'file')}, {counted(self.rows, 'row')}, "
            f"{counted(self.partitions, 'partition')} "
            f"({self.partitions_added:,} added, {self.partitions_updated:,} updated)"
        )
