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

data "aws_iam_policy_document" "looks" {
  statement {
    actions   = ["glue:GetTable"]
    resources = ["arn:aws:glue:us-east-1:123456789012:catalog"]
  }
}

module "crawler" {
  source = "../.."

  prefix  = "example-us-east-1"
  account = "123456789012"
  policy  = data.aws_iam_policy_document.looks.json

  crawler = {
    name             = "crawler_counts"
    description      = "Events by hour."
    database         = "example"
    table            = "counts"
    configuration    = jsonencode({ Version = 1.0, Grouping = { TableGroupingPolicy = "CombineCompatibleSchemas" } })
    update_behavior  = "LOG"
    delete_behavior  = "LOG"
    recrawl_behavior = "CRAWL_EVERYTHING"
  }
}
