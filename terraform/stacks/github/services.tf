# What Terraform asks of each service for the resources of the stacks, and by which names AWS knows those. Actions that AWS
# holds to no name stand under `unnamed` (Service Authorization Reference). A test fails for a service that the stacks
# do not use, for one that they use and this lacks, and for an action that AWS does not know.

locals {
  here_alone = ["application-autoscaling", "athena", "cloudwatch", "ec2", "ecr", "ecs", "events", "firehose", "glue", "kinesis", "logs", "sns", "ssm"]
  arn        = { for service in local.here_alone : service => "arn:${local.partition}:${service}:${var.region}:${local.account}" }

  prefix     = "${var.name}-${var.region}"
  databases  = keys(jsondecode(file("${local.root}/glue_jobs/deployment/tables.json")).databases)
  deliveries = keys(jsondecode(file("${local.root}/glue_jobs/contracts/delivery.json")))
  streams    = compact([for job in values(jsondecode(file("${local.root}/glue_jobs/deployment/jobs.json"))) : lookup(job.arguments, "stream_name", "")])
  jobs       = ["etl_*", "gluejob-*"] # the names of all jobs and crawlers begin so
  crawlers   = ["crawler_*"]
  buckets    = [for zone in ["lake", "state", "resources", "queryresults", "logs"] : "arn:${local.partition}:s3:::${var.name}-${zone}-${local.account}-${var.region}"]

  names = {
    application-autoscaling = ["${local.arn["application-autoscaling"]}:scalable-target/*"] # AWS makes up their names
    athena                  = ["${local.arn.athena}:workgroup/${var.name}"]
    budgets                 = ["arn:${local.partition}:budgets::${local.account}:budget/${local.prefix}-month"]
    cloudwatch              = ["${local.arn.cloudwatch}:alarm:${local.prefix}-*", "arn:${local.partition}:cloudwatch::${local.account}:dashboard/${local.prefix}-*"]
    ecr                     = ["${local.arn.ecr}:repository/${var.name}/*"]
    ecs                     = ["${local.arn.ecs}:cluster/${var.name}", "${local.arn.ecs}:service/${var.name}/*", "${local.arn.ecs}:task-definition/${local.prefix}-*:*"]
    events                  = ["${local.arn.events}:rule/${local.prefix}-*"]
    firehose                = [for name in local.deliveries : "${local.arn.firehose}:deliverystream/${name}"]
    iam                     = ["arn:${local.partition}:iam::${local.account}:role/${local.prefix}-*"]
    kinesis                 = [for name in local.streams : "${local.arn.kinesis}:stream/${name}"]
    logs                    = ["${local.arn.logs}:log-group:/sluice/*"]
    s3                      = local.buckets
    sns                     = ["${local.arn.sns}:${var.name}-alarms"]
    ssm                     = ["${local.arn.ssm}:parameter/${var.name}/*"]

    glue = concat(
      ["${local.arn.glue}:catalog"],
      [for name in local.databases : "${local.arn.glue}:database/${name}"],
      [for name in local.databases : "${local.arn.glue}:table/${name}/*"],
      [for name in local.jobs : "${local.arn.glue}:job/${name}"],
      [for name in local.jobs : "${local.arn.glue}:trigger/${name}"],
      [for name in local.crawlers : "${local.arn.glue}:crawler/${name}"],
    )
  }

  reads = concat(
    [for service, actions in local.reading : { Effect = "Allow", Action = [for action in actions : "${service}:${action}"], Resource = local.names[service] }],
    [{ Effect = "Allow", Action = local.reading_unnamed, Resource = "*" }],
  )

  writes = concat(
    [for service, actions in local.writing : { Effect = "Allow", Action = [for action in actions : "${service}:${action}"], Resource = local.names[service] }],
    [{ Effect = "Allow", Action = local.writing_unnamed, Resource = "*", Condition = { StringEquals = { "aws:RequestedRegion" = var.region } } }],
  )
}
