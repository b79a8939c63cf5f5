variable "database" {
  description = "Database that the table belongs to."
  type        = string
}

variable "definition" {
  description = "The table as Glue's API has it: an entry of glue_jobs/deployment/tables.json, its places filled."
  type = object({
    Name          = string
    Description   = string
    Owner         = string
    TableType     = string
    Parameters    = map(string)
    PartitionKeys = list(object({ Name = string, Type = string, Comment = string }))
    StorageDescriptor = object({
      Columns      = list(object({ Name = string, Type = string, Comment = string }))
      Location     = string
      InputFormat  = string
      OutputFormat = string
      Compressed   = bool
      SerdeInfo    = object({ SerializationLibrary = string })
    })
  })
}
