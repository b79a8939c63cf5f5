"""What Spark 3.5 (Glue 5.1) cannot do, as marks for the tests of it, which `make test-glue5` leaves out.

Everything else runs on both. This list is to stay short, and no test bears `spark4` but by a name of it.
"""

import pytest

KINESIS_READER = pytest.mark.spark4(
    reason="The reader of Kinesis is a data source written in Python, which came with Spark 4. On Glue 5.1 "
    "the source is Glue's own connector, and elsewhere files."
)

STATE_READER = pytest.mark.spark4(
    reason="The audit reads open windows from Spark's state store, which Spark 3.5 cannot read as a table. "
    "Spark 4 reads what 3.5 has written."
)
