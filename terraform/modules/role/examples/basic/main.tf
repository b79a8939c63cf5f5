terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.25"
    }
  }
}

provider "aws" {
  region = "us-east-1"
}

data "aws_iam_policy_document" "reads" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["arn:aws:s3:::example-lake/raw/*"]
  }
}

module "role" {
  source = "../.."

  name        = "example-us-east-1-reader"
  description = "A Glue job that reads raw."
  account     = "123456789012"
  service     = "glue.amazonaws.com"
  policy      = data.aws_iam_policy_document.reads.json
}
