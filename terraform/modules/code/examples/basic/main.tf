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

module "code" {
  source = "../.."

  root         = "${path.module}/../../../../.."
  bucket       = "example-resources"
  owner        = "example"
  scripts      = ["glue_jobs/batch/orders_raw.py"]
  glue_version = "6.0"
}
