"""Figures of other engines that were recorded elsewhere, to be read beside those measured here."""

from benchmarks.tables import Table

RECORDS = 6_000_000
BYTEWAX_POLARS_SECONDS = 15.0
FLINK_SECONDS = 46.0

OTHER_ENGINES = Table(
    f"Recorded elsewhere, {RECORDS:,} records unless said otherwise",
    ("engine", "whole run, s", "records/s (steady)", "peak, MB", "result as DuckDB's"),
    [
        ("DuckDB 2.0, batch", "2.1", "2.8 M", "-", "the reference"),
        ("Polars 2.1, batch", "5.4", "1.1 M (1.5 M)", "1,066", "yes"),
        ("Bytewax 0.21.1, Polars combiner", "15 to 16", "370 to 397 k", "340", "in 1 run of 3"),
        ("Bytewax, Python combiner", "17 to 18", "328 to 351 k (364 k)", "165", "yes"),
        ("Spark 4.1.1, one query, from_json", "28", "212 k (260 to 320 k)", "-", "yes"),
        ("Flink SQL 2.3", "46 to 56", "108 to 132 k (209 to 300 k)", "1,760", "with a longer watermark"),
        ("Bytewax, no combiner", "164", "37 k", "107", "yes"),
        ("Pathway 0.33, 2 million", "124", "16 k", "8,765", "with a longer watermark"),
        ("three Spark queries by default, 2 million", "188", "10.7 k", "-", "yes"),
    ],
)
"""November 2026; each in 1-minute windows, with the hour as folder. The page's template says what to mind."""
