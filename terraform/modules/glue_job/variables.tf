variable "job" {
  description = "The job as the suite declares it: an entry of glue_jobs/deployment/jobs.json, its places filled."
  type = object({
    name            = string
    kind            = string
    script          = string
    description     = string
    arguments       = map(string)
    settings        = list(string)
    iceberg         = bool
    cron            = optional(string)
    timeout_minutes = optional(number)
  })
}

variable "policy" {
  description = "What the job may do: its entry in terraform/policies, its places filled."
  type        = string
}

variable "package" {
  description = "The code: its bucket, where the package lies, its hash, and where environments made of it are kept."
  type = object({
    bucket       = string
    uri          = string
    hash         = string
    environments = string
  })
}

variable "account" {
  description = "Number of the account, in whose name alone the role is taken."
  type        = string
}

variable "prefix" {
  description = "What the name of the role begins with: the name of the suite, and the region."
  type        = string
}

variable "arguments" {
  description = "Arguments of the job beside those that it is declared with, without the leading dashes."
  type        = map(string)
  default     = {}
}

variable "glue_version" {
  description = "Version of Glue: 6.0, or 5.1."
  type        = string
  default     = "6.0"

  validation {
    condition     = contains(["6.0", "5.1"], var.glue_version)
    error_message = "The jobs are tested on Glue 6.0 and 5.1: give one of them."
  }
}

variable "worker_type" {
  description = "Size of a worker: G.025X (streaming alone), G.1X, G.2X, G.4X or G.8X."
  type        = string

  validation {
    condition     = contains(["G.025X", "G.1X", "G.2X", "G.4X", "G.8X"], var.worker_type)
    error_message = "Give G.025X, G.1X, G.2X, G.4X or G.8X."
  }

  validation {
    condition     = var.worker_type != "G.025X" || var.job.kind == "streaming"
    error_message = "G.025X is for streaming jobs alone: give a batch job G.1X or larger."
  }
}

variable "workers" {
  description = "Most workers; one is the driver. Auto scaling uses fewer where fewer do."
  type        = number

  validation {
    condition     = var.workers >= 2
    error_message = "Glue takes two workers or more: a driver and an executor."
  }
}

variable "execution_class" {
  description = "STANDARD, or FLEX: cheaper, but it waits for spare capacity. Batch jobs alone."
  type        = string
  default     = "STANDARD"

  validation {
    condition     = contains(["STANDARD", "FLEX"], var.execution_class)
    error_message = "Give STANDARD or FLEX."
  }
}

variable "maintenance_window" {
  description = "When Glue may restart a streaming job, as day:hour (GMT), such as Sun:3."
  type        = string
  default     = "Sun:3"

  validation {
    condition     = can(regex("^(Sun|Mon|Tue|Wed|Thu|Fri|Sat):([0-9]|1[0-9]|2[0-3])$", var.maintenance_window))
    error_message = "Give a day and an hour, such as Sun:3."
  }
}

variable "retries" {
  description = "How often Glue starts a failed streaming job again by itself. Batch jobs wait for their schedule."
  type        = number
  default     = 3
}

variable "run_by_schedule" {
  description = "Whether the trigger of a job with a schedule fires."
  type        = bool
  default     = true
}

variable "log_retention_days" {
  description = "Days that the logs are kept."
  type        = number
  default     = 30
}

variable "kms_key_arn" {
  description = "Key that encrypts data and logs; null: AWS's own."
  type        = string
  default     = null
}

variable "boundary" {
  description = "ARN of a policy that bounds what its role may be given; null: nothing does."
  type        = string
  default     = null
}
