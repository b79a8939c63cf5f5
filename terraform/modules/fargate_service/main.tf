# A container that runs without end on Fargate: its task, the service that starts it again, its two roles, its log.

locals {
  log_group = "/sluice/${var.name}-task"
  provider  = var.spot ? "FARGATE_SPOT" : "FARGATE"
}

module "task_role" {
  source = "../role"

  account     = var.account
  name        = "${var.prefix}-${var.name}-task"
  description = "What the container of ${var.name} may do."
  service     = "ecs-tasks.amazonaws.com"
  policy      = var.policies.task
  kms_key_arn = var.kms_key_arn
  boundary    = var.boundary
}

module "start_role" {
  source = "../role"

  account     = var.account
  name        = "${var.prefix}-${var.name}-start"
  description = "What ECS does before ${var.name} runs: fetch its image, open its log."
  service     = "ecs-tasks.amazonaws.com"
  policy      = var.policies.start
  kms_key_arn = null
  boundary    = var.boundary
}

resource "aws_cloudwatch_log_group" "this" {
  #checkov:skip=CKV_AWS_338:how long logs are kept is the user's to say; raw data are kept elsewhere
  #checkov:skip=CKV_AWS_158:a key of one's own is used where kms_key_arn names it; else CloudWatch encrypts with its own
  name              = local.log_group
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_ecs_task_definition" "this" {
  #checkov:skip=CKV_AWS_249:they are two, task_role and start_role; Checkov cannot see into the modules
  family                   = "${var.prefix}-${var.name}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = var.memory
  task_role_arn            = module.task_role.arn
  execution_role_arn       = module.start_role.arn

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.architecture
  }

  # The one place where the container may write: 20 GB of the task's own disk.
  volume {
    name = "tmp"
  }

  container_definitions = jsonencode([{
    name                   = var.name
    image                  = var.image
    essential              = true
    command                = var.command
    environment            = [for name, value in merge({ AWS_REGION = var.region }, var.environment) : { name = name, value = value }]
    readonlyRootFilesystem = true
    mountPoints            = [{ sourceVolume = "tmp", containerPath = "/tmp", readOnly = false }]
    stopTimeout            = 120 # seconds from SIGTERM to SIGKILL: the most, and as long as the notice of Spot
    linuxParameters        = { capabilities = { drop = ["ALL"] } }

    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.this.name
        awslogs-region        = var.region
        awslogs-stream-prefix = "task"
      }
    }
  }])
}

resource "aws_security_group" "this" {
  name        = "${var.prefix}-${var.name}"
  description = "${var.name}: nobody calls it; it calls AWS."
  vpc_id      = var.network.vpc
}

resource "aws_vpc_security_group_egress_rule" "https" {
  security_group_id = aws_security_group.this.id
  description       = "The APIs of AWS, which speak HTTPS alone."
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_ecs_service" "this" {
  #checkov:skip=CKV_AWS_333:without a public address it needs a NAT gateway, ten times as dear; nothing may come in
  name            = var.name
  cluster         = var.cluster
  task_definition = aws_ecs_task_definition.this.arn
  desired_count   = var.tasks.least
  propagate_tags  = "SERVICE"

  # The old task goes before the new one comes: a checkpoint has one writer.
  deployment_minimum_healthy_percent = 0
  deployment_maximum_percent         = 100

  capacity_provider_strategy {
    capacity_provider = local.provider
    weight            = 1
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets          = var.network.subnets
    security_groups  = [aws_security_group.this.id]
    assign_public_ip = var.network.public_address
  }

  # How many there are is the business of autoscaling.
  lifecycle {
    ignore_changes = [desired_count]
  }
}

module "scaling" {
  source = "../service_scaling"

  name               = var.name
  prefix             = var.prefix
  cluster            = var.cluster
  service            = aws_ecs_service.this.name
  tasks              = var.tasks
  cpu_target_percent = var.cpu_target_percent
  work               = var.work
}
