# The jobs: raw and processed every hour, the upkeep of the table every day, the initial load by hand.

module "code" {
  source = "../../modules/code"

  root         = local.root
  bucket       = local.lake.resources
  owner        = "orders"
  scripts      = [for job in local.jobs : job.script]
  glue_version = var.glue_version
}

module "job" {
  source   = "../../modules/glue_job"
  for_each = local.jobs

  job         = each.value
  policy      = local.policy[each.key]
  account     = local.places.account
  prefix      = local.prefix
  kms_key_arn = local.lake.kms_key_arn
  boundary    = local.lake.boundary

  glue_version       = var.glue_version
  worker_type        = var.worker_type
  workers            = var.workers
  execution_class    = var.execution_class
  run_by_schedule    = var.run_schedules && (each.key != local.upkeep || var.table_upkeep == "job")
  log_retention_days = var.log_retention_days

  package = {
    bucket       = module.code.bucket
    uri          = module.code.package_uri
    hash         = module.code.hash
    environments = "s3://${local.lake.resources}/environments/"
  }

  depends_on = [module.delivery, module.table]
}

# AWS's own upkeep of the Iceberg table, in place of the job. The table is made by the first run of a job, so
# this can be chosen once it is there.
locals {
  optimizers = merge([
    for table, kinds in local.declared.optimizers : {
      for kind, settings in kinds : "${table}.${kind}" => {
        table    = split(".", table)[1]
        kind     = kind
        settings = settings
      } if var.table_upkeep == "optimizers"
    }
  ]...)
}

module "optimizer_role" {
  source = "../../modules/role"
  count  = var.table_upkeep == "optimizers" ? 1 : 0

  name        = "${local.prefix}-${local.optimizer}"
  account     = local.places.account
  description = "AWS's optimizers of the table of orders."
  service     = "glue.amazonaws.com"
  policy      = local.policy[local.optimizer]
  kms_key_arn = local.lake.kms_key_arn
  boundary    = local.lake.boundary
}

resource "aws_glue_catalog_table_optimizer" "this" {
  for_each = local.optimizers

  catalog_id    = local.places.account
  database_name = local.lake.databases[local.database]
  table_name    = each.value.table
  type          = each.value.kind

  configuration {
    enabled  = true
    role_arn = module.optimizer_role[0].arn

    dynamic "retention_configuration" {
      for_each = each.value.kind == "retention" ? [each.value.settings] : []

      content {
        iceberg_configuration {
          snapshot_retention_period_in_days = retention_configuration.value.snapshot_retention_period_in_days
          number_of_snapshots_to_retain     = retention_configuration.value.number_of_snapshots_to_retain
          clean_expired_files               = retention_configuration.value.clean_expired_files
        }
      }
    }

    dynamic "orphan_file_deletion_configuration" {
      for_each = each.value.kind == "orphan_file_deletion" ? [each.value.settings] : []

      content {
        iceberg_configuration {
          orphan_file_retention_period_in_days = orphan_file_deletion_configuration.value.orphan_file_retention_period_in_days
        }
      }
    }
  }
}
