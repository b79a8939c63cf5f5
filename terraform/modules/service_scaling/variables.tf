variable "name" {
  description = "What the names of its policies and alarms have in the middle."
  type        = string
}

variable "prefix" {
  description = "What the names of its alarms begin with: the name of the suite, and the region."
  type        = string
}

variable "cluster" {
  description = "ARN of the ECS cluster of the service."
  type        = string
}

variable "service" {
  description = "Name of the service."
  type        = string
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
