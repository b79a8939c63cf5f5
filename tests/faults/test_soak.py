"""A short soak: under a steady load faults happen at random steps, and all is accounted for.

For another: `SLUICE_SOAK_SEED=8 SLUICE_SOAK_ROUNDS=3 pytest tests/faults/test_soak.py`, or `make soak`.
"""

import os
from pathlib import Path

import pytest

from tests.faults.soak import account, soak, soaked_job
from tests.faults.soak_faults import FAULTS, kill
from tests.spark4 import KINESIS_READER

SEED = int(os.environ.get("SLUICE_SOAK_SEED", "41"))
ROUNDS = int(os.environ.get("SLUICE_SOAK_ROUNDS", "1"))


@KINESIS_READER
@pytest.mark.timeout(600 * ROUNDS)  # nine starts of Spark
def test_whatever_happens_at_random_what_comes_out_is_what_was_sent(tmp_path: Path) -> None:
    """Each fault comes once, and one more kill: sent is published, rejected or open, and no row is amiss."""
    with soaked_job(tmp_path, SEED) as soaked:
        faults = [*FAULTS, kill] * ROUNDS
        soaked.rng.shuffle(faults)
        happened = list(soak(soaked, faults, records_a_second=50))
        result = account(soaked.job.lake_uri, soaked.stream.lines)
    assert result.balanced, (result, happened)
    assert result.published > 0
