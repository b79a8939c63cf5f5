# The jobs on Glue: the stream without end, and those that keep its tables, by their schedules.

locals {
  # Whatever runs it.
  streaming_arguments = {
    trigger  = "${var.trigger_seconds} seconds"
    keep_raw = tostring(var.keep_raw)
  }
}

module "code" {
  source = "../../modules/code"

  root         = local.root
  bucket       = local.lake.resources
  owner        = "mobile_coverage"
  scripts      = [for job in local.jobs : job.script]
  glue_version = var.glue_version
}

module "job" {
  source   = "../../modules/glue_job"
  for_each = { for name, job in local.jobs : name => job if job.kind != "streaming" || var.runner == "glue" }

  job         = each.value
  policy      = local.policy[each.key]
  account     = local.places.account
  prefix      = local.prefix
  kms_key_arn = local.lake.kms_key_arn
  boundary    = local.lake.boundary

  glue_version       = var.glue_version
  worker_type        = each.value.kind == "streaming" ? var.streaming_worker_type : var.batch_worker_type
  workers            = each.value.kind == "streaming" ? var.streaming_workers : var.batch_workers
  maintenance_window = var.maintenance_window
  run_by_schedule    = var.run_schedules
  log_retention_days = var.log_retention_days

  arguments = each.value.kind == "streaming" ? local.streaming_arguments : {}

  package = {
    bucket       = module.code.bucket
    uri          = module.code.package_uri
    hash         = module.code.hash
    environments = "s3://${local.lake.resources}/environments/"
  }

  depends_on = [module.stream, module.table]
}
