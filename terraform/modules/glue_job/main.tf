# A job on Glue, with a role and logs of its own. What it is comes from the suite (jobs.json), how large from here.

locals {
  streaming = var.job.kind == "streaming"

  # What a worker's memory leaves for the state of a stream outside the JVM (RocksDB), MiB for each executor. It
  # knows no bound of its own, and a worker that goes over its memory is killed.
  state_memory = { "G.025X" = 256, "G.1X" = 1024, "G.2X" = 2048, "G.4X" = 4096, "G.8X" = 8192 }

  settings = concat(var.job.settings, local.streaming ? [
    "spark.sql.streaming.stateStore.rocksdb.boundedMemoryUsage=true",
    "spark.sql.streaming.stateStore.rocksdb.maxMemoryUsageMB=${local.state_memory[var.worker_type]}",
  ] : [])

  arguments = merge(
    { for name, value in merge(var.job.arguments, var.arguments) : "--${name}" => value },
    {
      "--additional-python-modules"       = var.package.uri
      "--python-modules-installer-option" = "--no-index --no-deps" # all of it is in the package, locked
      "--custom-logGroup-prefix"          = local.log_group
      "--enable-metrics"                  = "true"
      "--enable-observability-metrics"    = "true"
      "--enable-auto-scaling"             = "true"
      "--job-bookmark-option"             = "job-bookmark-disable" # the jobs keep their own, in the lake
      "--conf"                            = join(" --conf ", local.settings)
    },
    local.streaming ? { "--auto-scale-within-microbatch" = "true" } : {},
    var.job.iceberg ? { "--datalake-formats" = "iceberg" } : {},
    # Glue 6.0 makes a Python environment of the package once for each job, and keeps it.
    var.glue_version == "6.0" ? {
      "--python-virtual-env-storage-prefix" = "${var.package.environments}${var.job.name}/"
      "--python-virtual-env-version"        = var.package.hash
    } : {},
  )

  log_group = "/sluice/${var.job.name}"
}

module "role" {
  source = "../role"

  account     = var.account
  name        = "${var.prefix}-${var.job.name}"
  description = "The Glue job ${var.job.name}."
  service     = "glue.amazonaws.com"
  policy      = var.policy
  kms_key_arn = var.kms_key_arn
  boundary    = var.boundary
}

resource "aws_cloudwatch_log_group" "this" {
  #checkov:skip=CKV_AWS_338:how long logs are kept is the user's to say; raw data are kept elsewhere
  #checkov:skip=CKV_AWS_158:a key of one's own is used where kms_key_arn names it; else CloudWatch encrypts with its own
  for_each = toset(["error", "output"])

  name              = "${local.log_group}/${each.value}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_glue_job" "this" {
  #checkov:skip=CKV_AWS_195:a security configuration would rename the log groups; buckets and log groups encrypt by themselves
  name         = var.job.name
  description  = var.job.description
  role_arn     = module.role.arn
  glue_version = var.glue_version

  worker_type       = var.worker_type
  number_of_workers = var.workers
  execution_class   = local.streaming ? null : var.execution_class

  # A stream has no timeout: with one it would end for good. Glue restarts it in its window instead.
  timeout            = var.job.timeout_minutes
  maintenance_window = local.streaming ? var.maintenance_window : null
  max_retries        = local.streaming ? var.retries : 0

  default_arguments = local.arguments

  command {
    name            = local.streaming ? "gluestreaming" : "glueetl"
    script_location = "s3://${var.package.bucket}/${var.job.script}"
    python_version  = "3"
  }

  execution_property {
    max_concurrent_runs = 1
  }

  depends_on = [aws_cloudwatch_log_group.this]
}

resource "aws_glue_trigger" "this" {
  count = var.job.cron == null ? 0 : 1

  name        = var.job.name
  description = var.job.description
  type        = "SCHEDULED"
  schedule    = var.job.cron
  enabled     = var.run_by_schedule

  actions {
    job_name = aws_glue_job.this.name
  }
}
