# What is held by more than a name: the state, the code, security groups, and the making of roles.

locals {
  code       = "arn:${local.partition}:s3:::${var.name}-resources-${local.account}-${var.region}"
  state_keys = "${module.state.arn}/${var.name}/${var.region}/*"

  state_read = {
    Effect   = "Allow"
    Action   = ["s3:GetObject", "s3:ListBucket"]
    Resource = [module.state.arn, local.state_keys]
  }

  # Removing is for the lock, which is an object beside the state. The state keeps its versions: nobody may remove those.
  state_written = {
    Effect   = "Allow"
    Action   = ["s3:DeleteObject", "s3:PutObject"]
    Resource = local.state_keys
  }

  code_read = {
    Effect   = "Allow"
    Action   = ["s3:GetObject", "s3:GetObjectTagging"]
    Resource = ["${local.code}/glue_jobs/*", "${local.code}/packages/*"]
  }

  code_written = {
    Effect   = "Allow"
    Action   = ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObject", "s3:PutObjectTagging"]
    Resource = local.code_read.Resource
  }

  # Their names are AWS's own; the provider tags each when it makes it (default_tags).
  groups_made = {
    Effect   = "Allow"
    Action   = ["ec2:CreateSecurityGroup", "ec2:CreateTags"]
    Resource = ["${local.arn.ec2}:security-group/*", "${local.arn.ec2}:security-group-rule/*"]

    Condition = { StringEquals = { "aws:RequestTag/project" = var.name } }
  }

  groups_placed = {
    Effect   = "Allow"
    Action   = ["ec2:CreateSecurityGroup"]
    Resource = ["${local.arn.ec2}:vpc/*"]
  }

  # The rule is made by the same call that tags it, so it bears no tag before.
  rules_made = {
    Effect   = "Allow"
    Action   = ["ec2:AuthorizeSecurityGroupEgress"]
    Resource = ["${local.arn.ec2}:security-group-rule/*"]

    Condition = { StringEquals = { "aws:RequestTag/project" = var.name } }
  }

  groups_changed = {
    Effect   = "Allow"
    Action   = ["ec2:AuthorizeSecurityGroupEgress", "ec2:DeleteSecurityGroup", "ec2:DeleteTags", "ec2:RevokeSecurityGroupEgress"]
    Resource = ["${local.arn.ec2}:security-group/*", "${local.arn.ec2}:security-group-rule/*"]

    Condition = { StringEquals = { "aws:ResourceTag/project" = var.name } }
  }

  # A role is made, and given a policy, only within the boundary; nobody takes the boundary off again.
  roles_bounded = {
    Effect   = "Allow"
    Action   = ["iam:CreateRole", "iam:DeleteRolePolicy", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"]
    Resource = local.names.iam

    Condition = { StringEquals = { "iam:PermissionsBoundary" = aws_iam_policy.boundary.arn } }
  }

  roles_changed = {
    Effect   = "Allow"
    Action   = ["iam:DeleteRole", "iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole", "iam:UpdateRoleDescription"]
    Resource = local.names.iam
  }

  roles_passed = {
    Effect   = "Allow"
    Action   = ["iam:PassRole"]
    Resource = local.names.iam

    Condition = { StringEquals = { "iam:PassedToService" = ["ecs-tasks.amazonaws.com", "firehose.amazonaws.com", "glue.amazonaws.com"] } }
  }

  # ECS and its autoscaling each have a role of their own in an account, which the first user makes.
  roles_of_services = {
    Effect   = "Allow"
    Action   = ["iam:CreateServiceLinkedRole"]
    Resource = ["arn:${local.partition}:iam::${local.account}:role/aws-service-role/*"]

    Condition = { StringEquals = { "iam:AWSServiceName" = ["ecs.amazonaws.com", "ecs.application-autoscaling.amazonaws.com"] } }
  }

  held_reads  = [local.state_read, local.code_read]
  held_writes = [local.state_written, local.code_written, local.groups_made, local.groups_placed, local.rules_made, local.groups_changed, local.roles_bounded, local.roles_changed, local.roles_passed, local.roles_of_services]
}
