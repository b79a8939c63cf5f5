variable "name" {
  description = "Name of the suite, as in the stack lake."
  type        = string
  default     = "sluice"
}

variable "region" {
  description = "AWS region, as in the stack lake."
  type        = string
  default     = "us-east-1"
}

variable "glue_version" {
  description = "Version of Glue: 6.0, or 5.1."
  type        = string
  default     = "6.0"
}

variable "worker_type" {
  description = "Size of a worker of the jobs."
  type        = string
  default     = "G.1X"
}

variable "workers" {
  description = "Most workers of a job, its driver among them."
  type        = number
  default     = 2
}

variable "execution_class" {
  description = "STANDARD, or FLEX: a third cheaper, but a run may wait for spare capacity."
  type        = string
  default     = "STANDARD"
}

variable "run_schedules" {
  description = "Whether the jobs run by their schedules."
  type        = bool
  default     = true
}

variable "table_upkeep" {
  description = "What keeps the Iceberg table: job, or optimizers, those of AWS, once the table is there."
  type        = string
  default     = "job"

  validation {
    condition     = contains(["job", "optimizers"], var.table_upkeep)
    error_message = "Give job or optimizers."
  }
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
  default     = 30
}

variable "silence_alarm_hours" {
  description = "Hours without an order that ring the alarm no-data."
  type        = number
  default     = 6

  validation {
    condition     = var.silence_alarm_hours >= 1 && var.silence_alarm_hours <= 168 && floor(var.silence_alarm_hours) == var.silence_alarm_hours
    error_message = "CloudWatch counts by whole hours, 1 to 168 (a week)."
  }
}

variable "rejected_alarm_percent" {
  description = "Rejected lines, in percent of an hour's, that ring the alarm rejected-share."
  type        = number
  default     = 5
}
