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

data "aws_iam_policy_document" "delivers" {
  statement {
    actions   = ["s3:PutObject"]
    resources = ["arn:aws:s3:::example-lake/landing/*"]
  }
}

module "delivery_stream" {
  source = "../.."

  prefix     = "example-us-east-1"
  account    = "123456789012"
  bucket_arn = "arn:aws:s3:::example-lake"
  policy     = data.aws_iam_policy_document.delivers.json

  delivery = {
    name              = "example"
    prefix            = "landing/example/!{timestamp:yyyy/MM/dd/HH}/"
    error_prefix      = "landing/errors/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/"
    buffer_mb         = 64
    buffer_seconds    = 300
    compression       = "GZIP"
    newline_delimiter = true
    file_extension    = ""
  }
}
