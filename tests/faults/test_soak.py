"""A short soak: under a steady load each fault happens once, at a random step, and all is accounted for.

For another: `SLUICE_SOAK_SEED=8 SLUICE_SOAK_ROUNDS=3 pytest tests/faults/test_soak.py`, or `make soak`.
"""

import os
from pathlib import Path

import pytest

from tests.faults.soak import account, soak, soaked_job
from tests.faults.soak_faults import FAULTS

SEED = int(os.environ.get("SLUICE_SOAK_SEED", "41"))
ROUNDS = int(os.environ.get("SLUICE_SOAK_ROUNDS", "1"))


@pytest.mark.timeout(600 * ROUNDS)  # eight starts of Spark
def test_whatever_happens_at_random_what_comes_out_is_what_was_sent(tmp_path: Path) -> None:
    """Sent is published, rejected or open; no table lacks a row or has one too many."""
    with soaked_job(tmp_path, SEED) as soaked:
        faults = soaked.rng.sample(FAULTS * ROUNDS, len(FAULTS) * ROUNDS)
        happened = list(soak(soaked, faults, records_a_second=50))
        result = account(soaked.job.lake_uri, soaked.stream.lines)
    assert result.balanced, (result, happened)
    assert result.published > 0
