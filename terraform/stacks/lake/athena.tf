# The databases of the catalogue, and the workgroup in which people query them.

resource "aws_glue_catalog_database" "this" {
  for_each = local.tables.databases

  name        = each.key
  description = each.value
}

resource "aws_athena_workgroup" "this" {
  #checkov:skip=CKV_AWS_159:results are encrypted, with the key that kms_key_arn names or with S3's own
  name          = var.name
  description   = "Queries of the lake: what one may scan is limited, where its result lies is fixed."
  force_destroy = var.force_destroy

  configuration {
    enforce_workgroup_configuration    = true
    publish_cloudwatch_metrics_enabled = true
    bytes_scanned_cutoff_per_query     = var.athena_scan_limit_gb * 1000000000

    engine_version {
      selected_engine_version = "Athena engine version 3"
    }

    result_configuration {
      output_location       = "s3://${module.query_results.name}/"
      expected_bucket_owner = local.account

      encryption_configuration {
        encryption_option = var.kms_key_arn == null ? "SSE_S3" : "SSE_KMS"
        kms_key_arn       = var.kms_key_arn
      }
    }
  }
}
