"""What the demo shows: live bars on a terminal, one line for each step elsewhere."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn
from rich.progress import TimeElapsedColumn as Elapsed
from rich.status import Status


class Display:
    """Steps, one after the other, and the two bars of the time when records flow."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars: Progress | None = None
        self._sent = self._read = TaskID(0)

    @contextmanager
    def step(self, name: str, outcome: str) -> Iterator[None]:
        """Shows that `name` is going on, then that it is done and its outcome."""
        with self.busy(name):
            yield
        self.done(name, outcome)

    def busy(self, name: str) -> AbstractContextManager[Status]:
        """Shows that `name` is going on."""
        return self._console.status(name)

    def done(self, name: str, outcome: str) -> None:
        """Shows what came of it."""
        self._console.print(f"[green]✓[/] {name:<14} {outcome}", highlight=False)

    def start_bars(self, count: int) -> None:
        """Show how many of `count` records are sent and read."""
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description:<13}"),
            BarColumn(),
            MofNCompleteColumn(),
            Elapsed(),
            TextColumn("{task.fields[note]}"),
        )
        self._bars = Progress(*columns, console=self._console, transient=True)
        self._sent = self._bars.add_task("producer", total=count, note="")
        self._read = self._bars.add_task("streaming job", total=count, note="Spark is starting")
        self._bars.start()

    def update(self, sent: int, read: int, rejected: int, rows: int) -> None:
        """The state of the bars: records sent, read and rejected, rows written to tables."""
        if self._bars is None:
            return
        note = f"{rows:,} rows in tables, {rejected:,} rejected" if read else "Spark is starting"
        self._bars.update(self._sent, completed=sent)
        self._bars.update(self._read, completed=read, note=note)

    def finish_bars(self) -> None:
        """Replace the bars by a line for each."""
        if self._bars is None:
            return
        self.close()
        sent, read = (self._bars.tasks[task] for task in (self._sent, self._read))
        self.done("producer", f"{sent.completed:,.0f} records acknowledged")
        self.done("streaming job", f"{read.completed:,.0f} records read, {read.fields['note']}")

    def close(self) -> None:
        """Give the terminal back; harmless when it has been given back already."""
        if self._bars is not None:
            self._bars.stop()
