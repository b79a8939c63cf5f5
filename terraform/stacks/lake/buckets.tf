# The zones of the lake. Landing, raw and processed are folders of one bucket, for a job has one --lake_uri, and
# rights and lifecycles go by prefix (docs/decisions/0029). What nobody should list beside tables has a bucket
# of its own: results of queries, code, the progress of the streams.

locals {
  bucket = { for name in ["lake", "state", "resources", "queryresults", "logs"] : name => "${var.name}-${name}-${local.account}-${var.region}" }

  own_bucket = ["queryresults", "resources"]

  lake_rules = flatten([
    for name, zone in local.zones : [
      for folder in zone.folders : {
        id          = folder
        prefix      = "${folder}/"
        transitions = zone.transitions
        expire_days = zone.expire_days
      }
    ] if !contains(local.own_bucket, name)
  ])

  own_rules = {
    for name in local.own_bucket : name => [{
      id                  = name
      prefix              = ""
      transitions         = local.zones[name].transitions
      expire_days         = local.zones[name].expire_days
      expire_old_versions = local.zones[name].expire_old_versions
    }]
  }
}

module "logs" {
  source = "../../modules/bucket"

  name            = local.bucket.logs
  force_destroy   = var.force_destroy
  lifecycle_rules = [{ id = "logs", prefix = "", expire_days = 90 }]
  logs_of_account = local.account
}

module "lake" {
  source = "../../modules/bucket"

  name            = local.bucket.lake
  force_destroy   = var.force_destroy
  kms_key_arn     = var.kms_key_arn
  log_bucket      = local.bucket.logs
  lifecycle_rules = local.lake_rules

  depends_on = [module.logs]
}

module "state" {
  source = "../../modules/bucket"

  name          = local.bucket.state
  force_destroy = var.force_destroy
  kms_key_arn   = var.kms_key_arn
  log_bucket    = local.bucket.logs

  depends_on = [module.logs]
}

module "resources" {
  source = "../../modules/bucket"

  name            = local.bucket.resources
  force_destroy   = var.force_destroy
  kms_key_arn     = var.kms_key_arn
  log_bucket      = local.bucket.logs
  versioned       = local.zones.resources.expire_old_versions != null
  lifecycle_rules = local.own_rules.resources

  depends_on = [module.logs]
}

module "query_results" {
  source = "../../modules/bucket"

  name            = local.bucket.queryresults
  force_destroy   = var.force_destroy
  kms_key_arn     = var.kms_key_arn
  log_bucket      = local.bucket.logs
  lifecycle_rules = local.own_rules.queryresults

  depends_on = [module.logs]
}
