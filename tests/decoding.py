"""The model of decoding: what the judge says of each record, one by one."""

from collections import Counter
from typing import Any

import pyarrow as pa

from glue_jobs.contracts.mobile_coverage import AGGREGATES, EVENT
from glue_jobs.contracts.records import REJECTS
from glue_jobs.core.arrow_schema import arrow_schema
from glue_jobs.core.decode import Decoded, Decoder, decoded_schema
from glue_jobs.core.judge import Judge, Rejection
from glue_jobs.core.record_text import texts_of
from glue_jobs.core.windows import Windows
from tests.events import ARRIVAL

COLUMNS = Windows(EVENT, AGGREGATES, EVENT.window).columns
DECODER = Decoder(EVENT, COLUMNS)
JUDGE = Judge(EVENT)

EXTRAS = [
    '"extra": NaN',
    '"extra" :\t-Infinity',
    '"::":NaN',
    '"extra": [NaN]',
    '"extra": 1e999',
    '"extra": 01',
    '"extra": "\\ud800"',
    '"extra": "\\udc00"',
    '"extra": "\\x"',
    '"extra": "\t"',
    '"extra": ' + "[" * 2000 + "]" * 2000,
    '"signal": 5, "signal": 6',
    '"\\u0065xtra": 1',
    '"extra": 1,',
    '"extra": "\\"}"',
    '"extra":',
]
"""JSON text of fields beside the clean ones, much of it no JSON."""


def decode(table: pa.Table, decoder: Decoder = DECODER) -> Decoded:
    """The records of a table (`events.records`), decoded as one chunk."""
    batch_time = table["batch_time"][0].as_py() if len(table) else ARRIVAL
    return decoder.decode(list(texts_of(table)), batch_time)


def judged(table: pa.Table) -> tuple[Counter[Any], Counter[Any]]:
    """The model: what the judge says of each record, as multisets of accepted rows and rejects."""
    accepted: Counter[Any] = Counter()
    rejected: Counter[Any] = Counter()
    for record in table.to_pylist():
        verdict = JUDGE.judge(record["data"] or b"", record["arrival_time"] or record["batch_time"])
        if isinstance(verdict, Rejection):
            origin = [record[name] for name in ("data", "arrival_time", "shard_id", "sequence_number")]
            rejected[(verdict.reason, verdict.field, *origin)] += 1
        else:
            accepted[(verdict["timestamp"], *(verdict[name] for name in COLUMNS))] += 1
    return accepted, rejected


def decoded(table: pa.Table) -> tuple[Counter[Any], Counter[Any]]:
    """What the decoder makes of the table, likewise; with the schemas it promises."""
    outcome = decode(table)
    assert outcome.accepted.schema == arrow_schema(decoded_schema(EVENT, COLUMNS))
    assert outcome.rejected.schema == arrow_schema(REJECTS)
    assert isinstance(outcome.accepted.validate(full=True), type(None))
    return rows(outcome.accepted), rows(outcome.rejected)


def rows(table: pa.Table) -> Counter[Any]:
    """The rows as a multiset."""
    return Counter(tuple(row.values()) for row in table.to_pylist())
