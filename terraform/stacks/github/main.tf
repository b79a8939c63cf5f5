# Who may plan and who may apply from GitHub Actions, without a key; and where Terraform keeps its state.
# An administrator applies it once, from a laptop. project_up.sh does not.

data "aws_caller_identity" "here" {}

data "aws_partition" "here" {}

locals {
  account   = data.aws_caller_identity.here.account_id
  partition = data.aws_partition.here.partition
  root      = "${path.module}/../../.."
  issuer    = "token.actions.githubusercontent.com"
  provider  = var.oidc_provider_arn == null ? aws_iam_openid_connect_provider.github[0].arn : var.oidc_provider_arn
}

# Its name begins otherwise than those of the lake's buckets, which the role `apply` may remove.
module "state" {
  source = "../../modules/bucket"

  name        = "terraform-${var.name}-${local.account}-${var.region}"
  versioned   = true
  kms_key_arn = var.kms_key_arn

  lifecycle_rules = [{ id = "old-states", prefix = "", expire_old_versions = 90 }]
}

resource "aws_iam_openid_connect_provider" "github" {
  count = var.oidc_provider_arn == null ? 1 : 0

  url            = "https://${local.issuer}"
  client_id_list = ["sts.amazonaws.com"]
}

locals {
  # What GitHub says in a token about the run that asks (GitHub docs, OpenID Connect reference). Of newer repositories the
  # subject has the numbers of owner and repository, which no other gets when a name is free again.
  owner_and_name = split("/", var.repository)
  named          = var.owner_id == null ? var.repository : "${local.owner_and_name[0]}@${var.owner_id}/${local.owner_and_name[1]}@${var.repository_id}"

  claims = {
    plan  = { sub = "repo:${local.named}:pull_request" }
    apply = { sub = "repo:${local.named}:environment:${var.environment}", ref = "refs/heads/${var.branch}" }
  }

  descriptions = {
    plan  = "Pull requests of ${var.repository}: reads what Terraform has to compare."
    apply = "The environment ${var.environment} of ${var.repository}: makes, changes and removes what bears the suite's names."
  }
}

resource "aws_iam_role" "this" {
  for_each = local.claims

  name                 = "${var.name}-${each.key}"
  description          = local.descriptions[each.key]
  max_session_duration = 3600

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = local.provider }

      Condition = {
        StringEquals = { for claim, value in merge(each.value, { aud = "sts.amazonaws.com" }) : "${local.issuer}:${claim}" => value }
      }
    }]
  })
}

# A policy that stands alone, for both roles: with it `writes` would be more than the 10,240 letters that IAM takes in a role.
resource "aws_iam_policy" "reads" {
  name        = "${var.name}-reads"
  description = "What Terraform reads to compare the suite ${var.name} with what it should be."
  policy      = jsonencode({ Version = "2012-10-17", Statement = concat(local.reads, local.held_reads) })
}

resource "aws_iam_role_policy_attachment" "reads" {
  for_each = aws_iam_role.this

  role       = each.value.name
  policy_arn = aws_iam_policy.reads.arn
}

resource "aws_iam_role_policy" "writes" {
  name   = "writes"
  role   = aws_iam_role.this["apply"].id
  policy = jsonencode({ Version = "2012-10-17", Statement = concat(local.writes, local.held_writes) })
}

# What every role of the suite has at most, whatever its policy says: the actions of all jobs, and no other. So the role
# `apply`, which writes such policies, cannot make itself or anyone an administrator.
resource "aws_iam_policy" "boundary" {
  name        = "${var.name}-boundary"
  description = "The most that a role of the suite ${var.name} may do."

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "WhatJobsDo"
        Effect   = "Allow"
        Action   = [for action in local.of_jobs : action if !contains(["glue", "kinesis", "s3"], split(":", action)[0])]
        Resource = "*"
      },
      {
        Sid      = "TablesAndStreamsOfTheSuite"
        Effect   = "Allow"
        Action   = [for action in local.of_jobs : action if contains(["glue", "kinesis"], split(":", action)[0])]
        Resource = concat(local.names.glue, local.names.kinesis)
      },
      {
        Sid      = "FilesOfTheSuite"
        Effect   = "Allow"
        Action   = [for action in local.of_jobs : action if startswith(action, "s3:")]
        Resource = flatten([for bucket in local.buckets : [bucket, "${bucket}/*"]])
      },
    ]
  })
}

locals {
  policies = [for file in fileset("${local.root}/terraform/policies", "*.json") : jsondecode(file("${local.root}/terraform/policies/${file}"))]
  of_jobs  = sort(distinct(concat(flatten([for policy in local.policies : [for statement in policy.Statement : statement.Action]]), local.with_a_key)))

  with_a_key = ["kms:Decrypt", "kms:GenerateDataKey"] # modules/role adds them where kms_key_arn names a key
}
