# A plain Parquet table in the Glue catalogue, as the contract describes it. Jobs register its partitions.

resource "aws_glue_catalog_table" "this" {
  name          = var.definition.Name
  database_name = var.database
  description   = var.definition.Description
  owner         = var.definition.Owner
  table_type    = var.definition.TableType
  parameters    = var.definition.Parameters

  dynamic "partition_keys" {
    for_each = var.definition.PartitionKeys

    content {
      name    = partition_keys.value.Name
      type    = partition_keys.value.Type
      comment = partition_keys.value.Comment
    }
  }

  storage_descriptor {
    location      = var.definition.StorageDescriptor.Location
    input_format  = var.definition.StorageDescriptor.InputFormat
    output_format = var.definition.StorageDescriptor.OutputFormat
    compressed    = var.definition.StorageDescriptor.Compressed

    ser_de_info {
      serialization_library = var.definition.StorageDescriptor.SerdeInfo.SerializationLibrary
    }

    dynamic "columns" {
      for_each = var.definition.StorageDescriptor.Columns

      content {
        name    = columns.value.Name
        type    = columns.value.Type
        comment = columns.value.Comment
      }
    }
  }

  lifecycle {
    ignore_changes = [parameters] # a crawler leaves its statistics there
  }
}
