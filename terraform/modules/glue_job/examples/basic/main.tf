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
    resources = ["arn:aws:s3:::example-resources/glue_jobs/batch/compact.py"]
  }
}

module "job" {
  source = "../.."

  prefix      = "example-us-east-1"
  account     = "123456789012"
  worker_type = "G.1X"
  workers     = 2
  policy      = data.aws_iam_policy_document.nothing.json

  job = {
    name            = "example-compaction"
    kind            = "batch"
    script          = "glue_jobs/batch/compact.py"
    description     = "Every hour: small files are merged."
    arguments       = { lake_uri = "s3://example-lake" }
    settings        = ["spark.hadoop.fs.s3a.endpoint.region=us-east-1"]
    iceberg         = false
    cron            = "cron(20 * * * ? *)"
    timeout_minutes = 60
  }

  package = {
    bucket       = "example-resources"
    uri          = "s3://example-resources/packages/example/sluice.gluewheels.zip"
    hash         = "0"
    environments = "s3://example-resources/environments/"
  }
}
