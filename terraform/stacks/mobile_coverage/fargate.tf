# The streaming job in a container, in place of Glue: for a small stream it costs a fraction of two workers.

data "aws_vpc" "default" {
  count = var.runner == "fargate" && length(var.subnets) == 0 ? 1 : 0

  default = true
}

data "aws_subnets" "default" {
  count = length(data.aws_vpc.default)

  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.default[0].id]
  }
}

data "aws_subnet" "given" {
  count = var.runner == "fargate" && length(var.subnets) > 0 ? 1 : 0

  id = var.subnets[0]
}

locals {
  network = {
    vpc            = one(concat(data.aws_vpc.default[*].id, data.aws_subnet.given[*].vpc_id))
    subnets        = length(var.subnets) > 0 ? var.subnets : flatten(data.aws_subnets.default[*].ids)
    public_address = var.public_address
  }

  task_arguments = merge(local.jobs[local.streaming_job].arguments, local.streaming_arguments)
  task_module    = replace(trimsuffix(local.jobs[local.streaming_job].script, ".py"), "/", ".")
}

module "service" {
  source = "../../modules/fargate_service"
  count  = var.runner == "fargate" ? 1 : 0

  name         = local.streaming_job
  prefix       = local.prefix
  region       = var.region
  account      = local.places.account
  cluster      = local.lake.cluster
  image        = var.image
  command      = concat([local.task_module], flatten([for name, value in local.task_arguments : ["--${name}", value]]))
  environment  = { SPARK_DRIVER_MEMORY = "${floor(var.task_memory * 3 / 8)}m" }
  cpu          = var.task_cpu
  memory       = var.task_memory
  architecture = var.task_architecture
  spot         = var.fargate_spot
  network      = local.network
  kms_key_arn  = local.lake.kms_key_arn
  boundary     = local.lake.boundary

  policies = {
    for role in ["task", "start"] : role => templatefile("${local.root}/terraform/policies/${local.streaming_job}-${role}.json", local.places)
  }

  # One writer of a checkpoint: it sleeps or it works, and a second is never of use.
  tasks = { least = var.sleep_after_minutes == null ? 1 : 0, most = 1 }

  work = var.sleep_after_minutes == null ? null : {
    namespace    = "AWS/Kinesis"
    metric       = "IncomingRecords"
    dimensions   = { StreamName = module.stream.name }
    idle_minutes = var.sleep_after_minutes
  }

  log_retention_days = var.log_retention_days

  depends_on = [module.table]
}
