# A private bucket: encrypted, over TLS alone, owned by its account, with a life for what is in it.

resource "aws_s3_bucket" "this" {
  #checkov:skip=CKV_AWS_144:a copy in another region doubles the bill; what cannot be made anew is the caller's to name
  #checkov:skip=CKV2_AWS_62:nothing waits for new objects; jobs look when they run
  #checkov:skip=CKV_AWS_18:requests are logged where log_bucket names a bucket for it
  #checkov:skip=CKV_AWS_21:versions are kept where versioned says so; a stream replaces files by the thousand
  #checkov:skip=CKV_AWS_145:a key of one's own is used where kms_key_arn names it; else S3 encrypts with its own
  bucket        = var.name
  force_destroy = var.force_destroy
}

resource "aws_s3_bucket_public_access_block" "this" {
  bucket                  = aws_s3_bucket.this.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  bucket = aws_s3_bucket.this.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  bucket = aws_s3_bucket.this.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = var.kms_key_arn == null ? "AES256" : "aws:kms"
      kms_master_key_id = var.kms_key_arn
    }
  }
}

resource "aws_s3_bucket_versioning" "this" {
  bucket = aws_s3_bucket.this.id

  versioning_configuration {
    status = var.versioned ? "Enabled" : "Disabled" # a suspended one keeps a marker of each object that is removed
  }
}

resource "aws_s3_bucket_logging" "this" {
  count = var.log_bucket == null ? 0 : 1

  bucket        = aws_s3_bucket.this.id
  target_bucket = var.log_bucket
  target_prefix = "${var.name}/"
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  #checkov:skip=CKV_AWS_300:the first rule does, for the whole bucket; Checkov takes its empty filter for none
  bucket = aws_s3_bucket.this.id

  # Rules that expire versions need versions.
  depends_on = [aws_s3_bucket_versioning.this]

  rule {
    id     = "unfinished-uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = var.abort_uploads_days
    }
  }

  dynamic "rule" {
    for_each = var.lifecycle_rules

    content {
      id     = rule.value.id
      status = "Enabled"

      filter {
        prefix = rule.value.prefix
      }

      dynamic "transition" {
        for_each = rule.value.transitions

        content {
          days          = transition.value.after_days
          storage_class = transition.value.storage_class
        }
      }

      # Where versions go and objects stay, the marker of a removed object goes when its versions have gone.
      dynamic "expiration" {
        for_each = rule.value.expire_days == null && rule.value.expire_old_versions == null ? [] : [rule.value.expire_days]

        content {
          days                         = expiration.value
          expired_object_delete_marker = expiration.value == null ? true : null
        }
      }

      dynamic "noncurrent_version_expiration" {
        for_each = rule.value.expire_old_versions[*]

        content {
          noncurrent_days = noncurrent_version_expiration.value
        }
      }
    }
  }
}

locals {
  tls_alone = {
    Sid       = "NothingWithoutTls"
    Effect    = "Deny"
    Action    = "s3:*"
    Principal = "*"
    Resource  = [aws_s3_bucket.this.arn, "${aws_s3_bucket.this.arn}/*"]
    Condition = { Bool = { "aws:SecureTransport" = "false" } }
  }

  takes_logs = {
    Sid       = "S3LogsRequests"
    Effect    = "Allow"
    Action    = "s3:PutObject"
    Principal = { Service = "logging.s3.amazonaws.com" }
    Resource  = "${aws_s3_bucket.this.arn}/*"
    Condition = { StringEquals = { "aws:SourceAccount" = var.logs_of_account } }
  }
}

resource "aws_s3_bucket_policy" "this" {
  bucket = aws_s3_bucket.this.id

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = concat([for statement in [local.takes_logs] : statement if var.logs_of_account != null], [local.tls_alone])
  })

  # A policy that names no one in public is put once public ones are refused.
  depends_on = [aws_s3_bucket_public_access_block.this]
}
