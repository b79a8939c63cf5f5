variable "name" {
  description = "Name of the service and of its container."
  type        = string
}

variable "prefix" {
  description = "What the names of roles and of the security group begin with: the name of the suite, and the region."
  type        = string
}

variable "region" {
  description = "AWS region."
  type        = string
}

variable "account" {
  description = "Number of the account, in whose name alone the roles are taken."
  type        = string
}

variable "cluster" {
  description = "ARN of the ECS cluster; it has the capacity providers FARGATE and FARGATE_SPOT."
  type        = string
}

variable "image" {
  description = "The image, by digest or by a tag that never moves."
  type        = string
}

variable "command" {
  description = "Arguments of the image's entry point."
  type        = list(string)
}

variable "environment" {
  description = "Variables of the container, beside AWS_REGION. No secrets: they can be read by who may see the task."
  type        = map(string)
  default     = {}
}

variable "policies" {
  description = "What the container may do (task), and what ECS does to start it (start): JSON texts of policies."
  type = object({
    task  = string
    start = string
  })
}

variable "network" {
  description = "The VPC, its subnets, and whether a task has a public address: it must reach AWS by that, a NAT gateway or endpoints."
  type = object({
    vpc            = string
    subnets        = list(string)
    public_address = bool
  })

  validation {
    condition     = length(var.network.subnets) > 0
    error_message = "Give one subnet or more."
  }
}

variable "cpu" {
  description = "Processor of a task, 1024 for one vCPU."
  type        = number
  default     = 1024

  validation {
    condition     = contains([256, 512, 1024, 2048, 4096, 8192, 16384], var.cpu)
    error_message = "Fargate has 256, 512, 1024, 2048, 4096, 8192 and 16384."
  }
}

variable "memory" {
  description = "Memory of a task, MiB."
  type        = number
  default     = 2048

  validation {
    condition     = contains(lookup({ 256 = [512, 1024, 2048], 512 = range(1024, 4097, 1024), 1024 = range(2048, 8193, 1024), 2048 = range(4096, 16385, 1024), 4096 = range(8192, 30721, 1024), 8192 = range(16384, 61441, 4096), 16384 = range(32768, 122881, 8192) }, var.cpu, []), var.memory)
    error_message = "Fargate has not that much memory with so much processor: with 256 of cpu 512, 1024 or 2048 MiB; with 512 to 4096 of cpu every GiB from 2 to 8 times as much (at most 30 GiB with 4096); with 8192 steps of 4 GiB from 16 to 60; with 16384 steps of 8 GiB from 32 to 120."
  }
}

variable "architecture" {
  description = "ARM64, a fifth cheaper, or X86_64: as the image was built."
  type        = string
  default     = "ARM64"

  validation {
    condition     = contains(["ARM64", "X86_64"], var.architecture)
    error_message = "Give ARM64 or X86_64."
  }
}

variable "spot" {
  description = "Whether tasks are of Fargate Spot: a third of the price, and AWS may take one away with two minutes' notice."
  type        = bool
  default     = true
}

variable "tasks" {
  description = "The least and the most tasks. A stream with one checkpoint has one."
  type = object({
    least = number
    most  = number
  })
  default = { least = 1, most = 1 }

  validation {
    condition     = var.tasks.least >= 0 && var.tasks.most >= max(1, var.tasks.least)
    error_message = "Give a least of 0 or more, and a most of 1 or more that is not below it."
  }
}

variable "cpu_target_percent" {
  description = "Use of the processor that the number of tasks is kept to, where there may be more than one."
  type        = number
  default     = 70
}

variable "work" {
  description = "The metric that says that there is work, and after how many minutes without any the service sleeps (tasks.least = 0); null: it never sleeps."
  type = object({
    namespace    = string
    metric       = string
    dimensions   = map(string)
    idle_minutes = number
  })
  default = null
}

variable "log_retention_days" {
  description = "Days that the log is kept."
  type        = number
  default     = 30
}

variable "kms_key_arn" {
  description = "Key that encrypts data and logs; null: AWS's own."
  type        = string
  default     = null
}

variable "boundary" {
  description = "ARN of a policy that bounds what its roles may be given; null: nothing does."
  type        = string
  default     = null
}
