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

module "scaling" {
  source = "../.."

  name    = "example"
  prefix  = "example-us-east-1"
  cluster = "arn:aws:ecs:us-east-1:123456789012:cluster/example"
  service = "example"
  tasks   = { least = 0, most = 1 }

  work = {
    namespace    = "AWS/Kinesis"
    metric       = "IncomingRecords"
    dimensions   = { StreamName = "example" }
    idle_minutes = 30
  }
}
