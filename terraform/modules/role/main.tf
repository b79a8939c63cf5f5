# A role for one service of AWS, with one policy; only in the name of this account.

data "aws_caller_identity" "here" {}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = [var.service]
    }

    # A service that acts for many accounts takes the role for ours alone.
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.here.account_id]
    }
  }
}

resource "aws_iam_role" "this" {
  name               = var.name
  description        = var.description
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy" "this" {
  name   = "uses"
  role   = aws_iam_role.this.id
  policy = var.policy
}

data "aws_iam_policy_document" "key" {
  statement {
    sid       = "UseTheKeyOfTheData"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [coalesce(var.kms_key_arn, "arn:aws:kms:::key/none")]
  }
}

resource "aws_iam_role_policy" "key" {
  count = var.kms_key_arn == null ? 0 : 1

  name   = "key"
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.key.json
}
