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

data "aws_iam_policy_document" "nothing" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["arn:aws:s3:::example-lake/raw/*"]
  }
}

module "service" {
  source = "../.."

  name    = "example"
  prefix  = "example-us-east-1"
  region  = "us-east-1"
  account = "123456789012"
  cluster = "arn:aws:ecs:us-east-1:123456789012:cluster/example"
  image   = "123456789012.dkr.ecr.us-east-1.amazonaws.com/example/streaming-consumer:1"
  command = ["glue_jobs.streaming.mobile_coverage", "--help"]

  policies = {
    task  = data.aws_iam_policy_document.nothing.json
    start = data.aws_iam_policy_document.nothing.json
  }

  network = {
    vpc            = "vpc-0123456789abcdef0"
    subnets        = ["subnet-0123456789abcdef0"]
    public_address = true
  }
}
