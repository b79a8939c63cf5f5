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

module "bucket" {
  source = "../.."

  name          = "example-lake-with-a-name-of-your-own"
  force_destroy = true

  lifecycle_rules = [
    {
      id          = "raw"
      prefix      = "raw/"
      transitions = [{ after_days = 30, storage_class = "STANDARD_IA" }]
    },
    { id = "landing", prefix = "landing/", expire_days = 90 },
  ]
}
