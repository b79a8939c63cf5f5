"""The embedded catalogue keeps Iceberg tables, too."""

from pathlib import Path

from laptop.embedded_aws import embedded_aws
from tests.laptop.conftest import SESSION


def test_an_iceberg_table_outlives_the_server_and_shows_that_it_was_moved(tmp_path: Path) -> None:
    """Where its metadata lie does not move along: they name files of the place where they were made."""
    old, new = tmp_path / "an old lake", tmp_path / "new"
    metadata = {"metadata_location": f"file:{old}/processed/t/metadata/0.json", "table_type": "ICEBERG"}
    with embedded_aws(old.as_uri()) as aws:
        SESSION.client("glue", endpoint_url=aws.endpoint_url).create_database(DatabaseInput={"Name": "shop"})
        SESSION.client("glue", endpoint_url=aws.endpoint_url).create_table(
            DatabaseName="shop",
            TableInput={
                "Name": "t",
                "Parameters": metadata,
                "StorageDescriptor": {"Location": f"file:{old}/processed/t"},
            },
        )
    places = {}
    for lake in (old, new):
        with embedded_aws(lake.as_uri()) as aws:
            table = SESSION.client("glue", endpoint_url=aws.endpoint_url).get_table(
                DatabaseName="shop", Name="t"
            )["Table"]
            places[lake.name] = table["StorageDescriptor"]["Location"]
            assert table["Parameters"] == metadata
        if lake == old:
            old.rename(new)

    assert places == {
        "an old lake": f"{old.as_uri()}/processed/t",
        "new": f"{new.as_uri()}/processed/t",
    }
