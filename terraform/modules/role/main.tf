# A role for one service of AWS, with one policy; only in the name of this account.

resource "aws_iam_role" "this" {
  name                 = var.name
  description          = var.description
  permissions_boundary = var.boundary

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = var.service }

      # A service that acts for many accounts takes the role for ours alone.
      Condition = { StringEquals = { "aws:SourceAccount" = var.account } }
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  name   = "uses"
  role   = aws_iam_role.this.id
  policy = var.policy
}

resource "aws_iam_role_policy" "key" {
  count = var.kms_key_arn == null ? 0 : 1

  name = "key"
  role = aws_iam_role.this.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "UseTheKeyOfTheData"
      Effect   = "Allow"
      Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource = var.kms_key_arn
    }]
  })
}
