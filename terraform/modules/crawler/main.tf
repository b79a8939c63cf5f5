# A crawler on demand over one table of the catalogue: it registers partitions, and can make no table.

module "role" {
  source = "../role"

  account     = var.account
  name        = "${var.prefix}-${var.crawler.name}"
  description = "The Glue crawler ${var.crawler.name}."
  service     = "glue.amazonaws.com"
  policy      = var.policy
  kms_key_arn = var.kms_key_arn
  boundary    = var.boundary
}

resource "aws_glue_crawler" "this" {
  #checkov:skip=CKV_AWS_195:a security configuration encrypts what a crawler writes; it writes logs alone, which CloudWatch encrypts
  name          = var.crawler.name
  description   = var.crawler.description
  database_name = var.crawler.database
  role          = module.role.arn
  configuration = var.crawler.configuration

  catalog_target {
    database_name = var.crawler.database
    tables        = [var.crawler.table]
  }

  schema_change_policy {
    update_behavior = var.crawler.update_behavior
    delete_behavior = var.crawler.delete_behavior
  }

  recrawl_policy {
    recrawl_behavior = var.crawler.recrawl_behavior
  }
}
