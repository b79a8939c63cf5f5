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

variable "stream_mode" {
  description = "PROVISIONED: shards, paid by the hour. ON_DEMAND: as many as the records need."
  type        = string
  default     = "PROVISIONED"
}

variable "shard_count" {
  description = "Shards of a provisioned stream: each takes 1 MiB and 1,000 records a second."
  type        = number
  default     = 1
}

variable "retention_hours" {
  description = "Hours that the stream keeps a record: as long as the job may stand still without losing one. More than 24 cost more than the shard."
  type        = number
  default     = 24
}

variable "runner" {
  description = "What runs the streaming job: glue, fargate (a container, for a small stream), or none."
  type        = string
  default     = "glue"

  validation {
    condition     = contains(["glue", "fargate", "none"], var.runner)
    error_message = "Give glue, fargate or none."
  }
}

variable "glue_version" {
  description = "Version of Glue: 6.0, or 5.1."
  type        = string
  default     = "6.0"
}

variable "streaming_worker_type" {
  description = "Size of a worker of the streaming job: G.025X (2 vCPU, 4 GB) is enough for thousands of records a second."
  type        = string
  default     = "G.025X"
}

variable "streaming_workers" {
  description = "Most workers of the streaming job, its driver among them."
  type        = number
  default     = 2
}

variable "batch_worker_type" {
  description = "Size of a worker of the jobs that keep the tables."
  type        = string
  default     = "G.1X"
}

variable "batch_workers" {
  description = "Most workers of such a job, its driver among them."
  type        = number
  default     = 2
}

variable "maintenance_window" {
  description = "When Glue may restart the streaming job, as day:hour (GMT)."
  type        = string
  default     = "Sun:3"
}

variable "trigger_seconds" {
  description = "Seconds between two micro-batches."
  type        = number
  default     = 20

  validation {
    condition     = var.trigger_seconds >= 1
    error_message = "Give 1 second or more."
  }
}

variable "keep_raw" {
  description = "Whether every record is kept as it came; without, nothing can be rebuilt."
  type        = bool
  default     = true
}

variable "run_schedules" {
  description = "Whether compaction and rebuild run by their schedules."
  type        = bool
  default     = true
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
  default     = 30
}

variable "lag_alarm_minutes" {
  description = "Minutes between a record's arrival and its reading that ring the alarm consumer-lag."
  type        = number
  default     = 5
}

variable "silence_alarm_minutes" {
  description = "Minutes without records, or without batches, that ring the alarms no-data and no-batches."
  type        = number
  default     = 15

  validation {
    condition     = var.silence_alarm_minutes >= 1 && var.silence_alarm_minutes <= 1440 && floor(var.silence_alarm_minutes) == var.silence_alarm_minutes
    error_message = "CloudWatch counts by whole minutes, 1 to 1440."
  }
}

variable "late_rows_alarm_per_hour" {
  description = "Late rows an hour that ring the alarm late-rows."
  type        = number
  default     = 100
}

variable "rejected_alarm_percent" {
  description = "Rejected records, in percent of all in five minutes, that ring the alarm rejected-share."
  type        = number
  default     = 5
}
