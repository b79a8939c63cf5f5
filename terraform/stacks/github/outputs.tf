output "variables" {
  description = "The variables of the repository that deploy.yml reads, by their names on GitHub."

  value = {
    AWS_ACCOUNT         = local.account
    AWS_REGION          = var.region
    AWS_PLAN_ROLE       = aws_iam_role.this["plan"].arn
    AWS_APPLY_ROLE      = aws_iam_role.this["apply"].arn
    AWS_ROLE_BOUNDARY   = aws_iam_policy.boundary.arn # the stack `lake` takes it as role_boundary
    SLUICE_NAME         = var.name
    SLUICE_STATE_BUCKET = module.state.name
  }
}
