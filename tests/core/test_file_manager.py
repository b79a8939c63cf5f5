"""How Spark gives the files of a checkpoint their names."""

import pytest
from pyspark.sql import SparkSession

from glue_jobs.core.stream import _FILE_MANAGER, _choose_file_manager


def test_on_a_disk_no_program_is_started_to_name_a_file(spark: SparkSession) -> None:
    """Of Hadoop's two ways of renaming, the one without `readlink`; the class is there in this Spark."""
    _choose_file_manager(spark, "file:///data/checkpoint")

    assert spark._jvm is not None
    chosen = spark._jvm.org.apache.spark.util.Utils.classForName(spark.conf.get(_FILE_MANAGER), True, False)
    assert chosen.getSimpleName() == "FileSystemBasedCheckpointFileManager"


def test_on_s3_files_are_named_in_sparks_usual_way(spark: SparkSession) -> None:
    """Also in a session that has written to a disk before."""
    _choose_file_manager(spark, "file:///data/checkpoint")

    _choose_file_manager(spark, "s3://bucket/checkpoint")

    with pytest.raises(Exception, match="checkpointFileManagerClass"):
        spark.conf.get(_FILE_MANAGER)
