variable "image" {
  description = "Image of the streaming consumer, by digest or tag: where the runner is fargate."
  type        = string
  default     = ""

  validation {
    condition     = var.runner != "fargate" || var.image != ""
    error_message = "Give the image that fargate runs: <repository>@sha256:… (scripts/project_up.sh builds and pushes it)."
  }
}

variable "task_cpu" {
  description = "Processor of a task on Fargate, 1024 for one vCPU."
  type        = number
  default     = 1024
}

variable "task_memory" {
  description = "Memory of such a task, MiB."
  type        = number
  default     = 2048
}

variable "task_architecture" {
  description = "ARM64, a fifth cheaper, or X86_64: as the image was built."
  type        = string
  default     = "ARM64"
}

variable "fargate_spot" {
  description = "Whether the task is of Fargate Spot: a third of the price; taken away, it is replaced, and goes on from its checkpoint."
  type        = bool
  default     = true
}

variable "sleep_after_minutes" {
  description = "Minutes without records after which the service stops, to start when one comes; null: it never stops. Windows that are open then close with the next records."
  type        = number
  default     = null

  validation {
    condition     = var.sleep_after_minutes == null ? true : var.sleep_after_minutes >= 1 && var.sleep_after_minutes <= 1440 && floor(var.sleep_after_minutes) == var.sleep_after_minutes
    error_message = "CloudWatch counts by whole minutes, 1 to 1440."
  }
}

variable "subnets" {
  description = "Subnets of the task; none: those of the default VPC."
  type        = list(string)
  default     = []
}

variable "public_address" {
  description = "Whether the task has a public address, by which it calls AWS; without, the subnets need a NAT gateway or endpoints."
  type        = bool
  default     = true
}
