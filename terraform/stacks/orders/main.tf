# Orders: what Firehose delivers goes through landing, raw and processed, by jobs that end.

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
  }

  declared = {
    jobs       = jsondecode(templatefile("${local.root}/glue_jobs/deployment/jobs.json", local.places))
    tables     = jsondecode(templatefile("${local.root}/glue_jobs/deployment/tables.json", local.places))
    crawlers   = jsondecode(file("${local.root}/crawlers/crawlers.json"))
    deliveries = jsondecode(file("${local.root}/glue_jobs/contracts/delivery.json"))
    optimizers = jsondecode(file("${local.root}/glue_jobs/batch/optimizers.json"))
  }

  database  = "orders"
  raw_job   = "gluejob-raw-orders"
  upkeep    = "gluejob-maintain-processed-orders"
  delivery  = "firehose-orders"
  optimizer = "optimizer-processed-orders"

  jobs     = { for name, job in local.declared.jobs : name => job if job.pipeline == "orders" }
  tables   = { for name, table in local.declared.tables.tables : name => table if table.database == local.database }
  crawlers = { for name, crawler in local.declared.crawlers : name => crawler if crawler.database == local.database }

  policy = { for name in concat(keys(local.jobs), keys(local.crawlers), [local.delivery, local.optimizer]) : name => templatefile("${local.root}/terraform/policies/${name}.json", local.places) }
  prefix = "${var.name}-${var.region}"
}

module "delivery" {
  source = "../../modules/delivery_stream"

  delivery           = local.declared.deliveries[local.delivery]
  bucket_arn         = local.lake.lake_arn
  policy             = local.policy[local.delivery]
  account            = local.places.account
  prefix             = local.prefix
  kms_key_arn        = local.lake.kms_key_arn
  boundary           = local.lake.boundary
  log_retention_days = var.log_retention_days
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
