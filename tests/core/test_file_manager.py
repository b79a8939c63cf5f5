"""How Spark gives the files of a checkpoint their names."""

from pyspark.sql import SparkSession

from glue_jobs.core.stream import _FILE_MANAGER, _file_manager


def chosen(spark: SparkSession) -> str | None:
    """What the session says."""
    return spark.conf.get(_FILE_MANAGER, None)


def test_on_a_disk_no_program_is_started_to_name_a_file(spark: SparkSession) -> None:
    """Of Hadoop's two ways of renaming, the one without `readlink`; the class is there in this Spark."""
    with _file_manager(spark, "file:///data/checkpoint"):
        assert spark._jvm is not None
        found = spark._jvm.org.apache.spark.util.Utils.classForName(chosen(spark), True, False)
        assert found.getSimpleName() == "FileSystemBasedCheckpointFileManager"


def test_on_s3_files_are_named_in_sparks_usual_way(spark: SparkSession) -> None:
    """Also in a session that has written to a disk before."""
    with _file_manager(spark, "file:///data/checkpoint"):
        pass

    with _file_manager(spark, "s3://bucket/checkpoint"):
        assert chosen(spark) is None


def test_what_the_session_was_told_to_use_stays(spark: SparkSession) -> None:
    """On a disk and on S3, during the query and after it."""
    spark.conf.set(_FILE_MANAGER, "org.example.Mine")
    try:
        for uri in ("file:///data/checkpoint", "s3://bucket/checkpoint"):
            with _file_manager(spark, uri):
                assert chosen(spark) == "org.example.Mine"
            assert chosen(spark) == "org.example.Mine"
    finally:
        spark.conf.unset(_FILE_MANAGER)
