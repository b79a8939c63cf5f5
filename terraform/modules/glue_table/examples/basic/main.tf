terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.25"
    }
  }
}

provider "aws" {
  region = "us-east-1"
}

resource "aws_glue_catalog_database" "example" {
  name = "example"
}

module "table" {
  source = "../.."

  database = aws_glue_catalog_database.example.name

  definition = {
    Name          = "counts"
    Description   = "Events by hour."
    Owner         = "data engineering"
    TableType     = "EXTERNAL_TABLE"
    Parameters    = { classification = "parquet", EXTERNAL = "TRUE" }
    PartitionKeys = [{ Name = "event_date", Type = "date", Comment = "UTC date of the event" }]

    StorageDescriptor = {
      Columns      = [{ Name = "events", Type = "bigint", Comment = "how many" }]
      Location     = "s3://example-lake/aggregations/counts/"
      InputFormat  = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
      OutputFormat = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"
      Compressed   = true
      SerdeInfo    = { SerializationLibrary = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe" }
    }
  }
}
