# Mobile network coverage: a stream, the job that reads it, what keeps its tables, and the tables.

data "aws_caller_identity" "here" {}

data "aws_partition" "here" {}

data "aws_ssm_parameter" "lake" {
  name = "/${var.name}/lake" # the stack `lake` leaves it
}

locals {
  root = "${path.module}/../../.."
  lake = jsondecode(data.aws_ssm_parameter.lake.insecure_value)

  # What the places in the suite's declarations stand for.
  places = {
    partition = data.aws_partition.here.partition
    account   = data.aws_caller_identity.here.account_id
    region    = var.region
    lake      = local.lake.lake
    state     = local.lake.state
    resources = local.lake.resources

    repository = join("/", slice(split("/", local.lake.repository), 1, length(split("/", local.lake.repository)))) # its name is in its address
  }

  declared = {
    jobs     = jsondecode(templatefile("${local.root}/glue_jobs/deployment/jobs.json", local.places))
    tables   = jsondecode(templatefile("${local.root}/glue_jobs/deployment/tables.json", local.places))
    crawlers = jsondecode(file("${local.root}/crawlers/crawlers.json"))
  }

  database = "mobile_network_aggregations"
  jobs     = { for name, job in local.declared.jobs : name => job if job.pipeline == "mobile_coverage" }
  tables   = { for name, table in local.declared.tables.tables : name => table if table.database == local.database }
  crawlers = { for name, crawler in local.declared.crawlers : name => crawler if crawler.database == local.database }

  streaming_job = one([for name, job in local.jobs : name if job.kind == "streaming"])
  stream_name   = local.jobs[local.streaming_job].arguments.stream_name
  policy        = { for name in concat(keys(local.jobs), keys(local.crawlers)) : name => templatefile("${local.root}/terraform/policies/${name}.json", local.places) }
  prefix        = "${var.name}-${var.region}"
}

module "stream" {
  source = "../../modules/kinesis_stream"

  name            = local.stream_name
  mode            = var.stream_mode
  shards          = var.shard_count
  retention_hours = var.retention_hours
  kms_key_arn     = local.lake.kms_key_arn
}

module "table" {
  source   = "../../modules/glue_table"
  for_each = local.tables

  database   = local.lake.databases[each.value.database]
  definition = each.value.definition
}

module "crawler" {
  source   = "../../modules/crawler"
  for_each = local.crawlers

  crawler     = merge(each.value, { table = module.table[each.value.table].name })
  policy      = local.policy[each.key]
  account     = local.places.account
  prefix      = local.prefix
  kms_key_arn = local.lake.kms_key_arn
  boundary    = local.lake.boundary
}

resource "aws_athena_named_query" "newest" {
  for_each = { for name, table in local.tables : name => table if startswith(table.definition.StorageDescriptor.Location, "s3://${local.lake.lake}/aggregations/") }

  name        = "${each.key}_newest"
  description = each.value.definition.Description
  workgroup   = local.lake.workgroup
  database    = each.value.database
  query       = "SELECT * FROM ${each.key} WHERE event_date = current_date ORDER BY window_start DESC LIMIT 10"
}
