# What Glue fetches before a job runs: its script, and one package with the project and all it needs.
#
# The package lies under the hash of its content. Another content is another name, so a run that has begun keeps
# what it began with, and Glue makes a new Python environment for the next.

locals {
  package = "${var.root}/var/packages/sluice-glue-${var.glue_version}.gluewheels.zip"
  hash    = fileexists(local.package) ? substr(filesha256(local.package), 0, 16) : "missing"
}

resource "aws_s3_object" "package" {
  bucket      = var.bucket
  key         = "packages/${var.owner}/${local.hash}/sluice-glue-${var.glue_version}.gluewheels.zip"
  source      = local.package
  source_hash = local.hash

  lifecycle {
    precondition {
      condition     = fileexists(local.package)
      error_message = "There is no ${local.package}: make it with `make package GLUE=${var.glue_version}`."
    }
  }
}

resource "aws_s3_object" "script" {
  for_each = toset(var.scripts)

  bucket      = var.bucket
  key         = each.value
  source      = "${var.root}/${each.value}"
  source_hash = filesha256("${var.root}/${each.value}")
}
