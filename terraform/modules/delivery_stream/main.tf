# A Firehose that producers put into, and that delivers to S3 as the suite declares it (delivery.json).

locals {
  log_group = "/sluice/${var.delivery.name}"
}

module "role" {
  source = "../role"

  account     = var.account
  name        = "${var.prefix}-${var.delivery.name}"
  description = "The delivery stream ${var.delivery.name}."
  service     = "firehose.amazonaws.com"
  policy      = var.policy
  kms_key_arn = var.kms_key_arn
  boundary    = var.boundary
}

resource "aws_cloudwatch_log_group" "this" {
  #checkov:skip=CKV_AWS_338:how long logs are kept is the user's to say; raw data are kept elsewhere
  #checkov:skip=CKV_AWS_158:a key of one's own is used where kms_key_arn names it; else CloudWatch encrypts with its own
  name              = local.log_group
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_cloudwatch_log_stream" "this" {
  name           = "delivery"
  log_group_name = aws_cloudwatch_log_group.this.name
}

resource "aws_kinesis_firehose_delivery_stream" "this" {
  #checkov:skip=CKV_AWS_241:a key of one's own is used where kms_key_arn names it; else AWS's
  name        = var.delivery.name
  destination = "extended_s3"

  server_side_encryption {
    enabled  = true
    key_type = var.kms_key_arn == null ? "AWS_OWNED_CMK" : "CUSTOMER_MANAGED_CMK"
    key_arn  = var.kms_key_arn
  }

  extended_s3_configuration {
    role_arn            = module.role.arn
    bucket_arn          = var.bucket_arn
    prefix              = var.delivery.prefix
    error_output_prefix = var.delivery.error_prefix
    buffering_size      = var.delivery.buffer_mb
    buffering_interval  = var.delivery.buffer_seconds
    compression_format  = var.delivery.compression
    file_extension      = var.delivery.file_extension == "" ? null : var.delivery.file_extension

    cloudwatch_logging_options {
      enabled         = true
      log_group_name  = aws_cloudwatch_log_group.this.name
      log_stream_name = aws_cloudwatch_log_stream.this.name
    }

    dynamic "processing_configuration" {
      for_each = var.delivery.newline_delimiter ? [true] : []

      content {
        enabled = true

        processors {
          type = "AppendDelimiterToRecord"
        }
      }
    }
  }
}
