"""Where Spark finds Iceberg, and the Spark catalogue `lake` that holds the Iceberg tables of a lake.

They stand in the same Glue Data Catalog as the plain tables: that of AWS, or the embedded one of a laptop.
Glue brings Iceberg with `--datalake-formats iceberg`; elsewhere its jars lie beside Python, those of
`iceberg-jars.lock`, or for Spark 3.5 of `iceberg-jars-glue5.lock`.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from glue_jobs.core.aws_names import on_aws
from glue_jobs.core.catalog import Catalog
from glue_jobs.core.errors import SetupError
from glue_jobs.core.runtime import Runtime, brings_its_settings
from glue_jobs.core.s3_object import s3_client
from glue_jobs.core.storage import hadoop_path

CATALOG = "lake"
"""The name under which Spark knows the Glue Data Catalog as one of Iceberg tables."""

JARS = Path(sys.prefix, "iceberg-jars")
"""Where `scripts/setup.sh` puts the jars; with them lies their lock file once all are there."""

EXTENSIONS = "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"

_ALWAYS = {
    "": "org.apache.iceberg.spark.SparkCatalog",
    ".cache-enabled": "false",  # a table is as it stands, not as it stood half a minute ago
}
_GIVEN_KEYS = "software.amazon.awssdk.auth.credentials.SystemPropertyCredentialsProvider"


def session_settings(argv: Sequence[str]) -> dict[str, str]:
    """What a session needs from its start to know Iceberg, for `open_runtime`.

    Nothing where Glue or spark-submit start the session: they bring it.

    Raises:
        SetupError: the jars are not on this machine.
    """
    if brings_its_settings(argv):
        return {}
    if not jars_are_here():
        raise SetupError(f"{JARS}: the jars of Iceberg are not there; `make iceberg` fetches them")
    jars = ",".join(jar.as_uri() for jar in sorted(JARS.glob("*.jar")))
    return {"spark.jars": jars, "spark.sql.extensions": EXTENSIONS}


def jars_are_here() -> bool:
    """Whether the jars are on this machine, all of them: their lock file is put beside them at last."""
    return any(JARS.glob("iceberg-jars*.lock"))


def use_catalog(runtime: Runtime, catalog: Catalog) -> None:
    """Let the session know the Iceberg tables of a lake, as `lake.<database>.<table>`.

    Region and endpoint are those of the catalogue's client. Once in a session, before `lake` is used.

    Raises:
        SetupError: the session was started without Iceberg.
    """
    spark = runtime.spark
    if not _knows_iceberg(spark):
        raise SetupError(
            "this Spark was started without Iceberg; on Glue give the job --datalake-formats iceberg and "
            f"--conf spark.sql.extensions={EXTENSIONS}, elsewhere run it in a process of its own"
        )
    settings = {**_ALWAYS, **_catalogue(catalog), **_files(catalog.lake_uri)}
    if runtime.glue is None:
        settings[".http-client.type"] = "urlconnection"  # the one whose jar is among ours
    if not on_aws(catalog.client.meta.endpoint_url):
        settings[".client.credentials-provider"] = _GIVEN_KEYS
        _give_keys(spark)
    for name, value in settings.items():
        spark.conf.set(f"spark.sql.catalog.{CATALOG}{name}", value)


def _knows_iceberg(spark: SparkSession) -> bool:
    """Whether the session has Iceberg's SQL, and the JVM its classes: where it has not Spark only warns."""
    if EXTENSIONS not in (spark.conf.get("spark.sql.extensions", "") or ""):
        return False
    lang = _jvm(spark).java.lang
    try:
        lang.Class.forName(EXTENSIONS, False, lang.Thread.currentThread().getContextClassLoader())
    except Py4JJavaError:
        return False
    return True


def _catalogue(catalog: Catalog) -> dict[str, str]:
    """The settings, by the end of their names, that say which catalogue it is."""
    meta = catalog.client.meta
    named = {} if on_aws(meta.endpoint_url) else {".glue.endpoint": meta.endpoint_url}
    return {
        ".catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
        ".warehouse": hadoop_path(catalog.lake_uri),
        ".client.region": meta.region_name,
        **named,
    }


def _files(lake_uri: str) -> dict[str, str]:
    """Those that say how its files are reached."""
    if lake_uri.startswith("file:"):
        return {".io-impl": "org.apache.iceberg.hadoop.HadoopFileIO"}
    endpoint = s3_client().meta.endpoint_url
    named = {} if on_aws(endpoint) else {".s3.endpoint": endpoint, ".s3.path-style-access": "true"}
    return {".io-impl": "org.apache.iceberg.aws.s3.S3FileIO", **named}


def _give_keys(spark: SparkSession) -> None:
    """Keys for an AWS that is none: it wants some, and looks at none; the user's own are not for it."""
    system = _jvm(spark).java.lang.System
    system.setProperty("aws.accessKeyId", "embedded")
    system.setProperty("aws.secretAccessKey", "embedded")


def _jvm(spark: SparkSession) -> Any:
    return spark.sparkContext._jvm
