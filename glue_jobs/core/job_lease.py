"""One run of a batch job on a lake at a time."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from glue_jobs.core.lease import LeaseHeld, writer, writer_lease
from glue_jobs.core.storage import Fence


@contextmanager
def job_lease(lake_uri: str, folder: str, others: str) -> Iterator[Fence]:
    """The right that lies in a folder of the lake, for the block; `others` says who else may hold it.

    Whoever loses it finds out at the fence.

    Raises:
        LeaseHeld: another run has it: "`others` is running".
        LeaseLost: at the end of the block, where another run has taken over.
    """
    place = f"{lake_uri}/{folder}"
    with ExitStack() as held:
        try:
            lease = held.enter_context(writer_lease(place, overtaken=lambda: None))
        except LeaseHeld as error:
            raise LeaseHeld(
                f"--lake_uri {lake_uri}: {others} is running ({writer(place) or 'it has just ended'}); "
                "run this again when it has ended"
            ) from error
        yield lease.fence
