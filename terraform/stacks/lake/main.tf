# What all pipelines share: buckets, the catalogue's databases, Athena, the topic of the alarms, the budget.
# Apply it first, destroy it last. The stacks of the pipelines find it by one parameter, under its name.

data "aws_caller_identity" "here" {}

locals {
  account = data.aws_caller_identity.here.account_id

  # The same files that the jobs and the laptop go by.
  zones  = jsondecode(file("${path.module}/../../../glue_jobs/contracts/zones.json"))
  tables = jsondecode(file("${path.module}/../../../glue_jobs/deployment/tables.json"))
}

resource "aws_ssm_parameter" "lake" {
  #checkov:skip=CKV2_AWS_34:names of buckets are no secret
  name        = "/${var.name}/lake"
  description = "What the stacks of the pipelines must know of the lake."
  type        = "String"

  value = jsonencode({
    lake         = module.lake.name
    lake_arn     = module.lake.arn
    state        = module.state.name
    resources    = module.resources.name
    queryresults = module.query_results.name
    workgroup    = aws_athena_workgroup.this.name
    databases    = { for name, database in aws_glue_catalog_database.this : name => database.name }
    alarms       = aws_sns_topic.alarms.arn
    kms_key_arn  = var.kms_key_arn
    boundary     = var.role_boundary
    cluster      = aws_ecs_cluster.this.arn
    repository   = aws_ecr_repository.this.repository_url
  })
}
