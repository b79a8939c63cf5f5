variable "name" {
  description = "Name of the suite: names of buckets, roles and the workgroup begin with it."
  type        = string
  default     = "sluice"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,9}[a-z0-9]$", var.name))
    error_message = "Give 3 to 11 small letters, digits and dashes: longer names of roles and buckets are refused."
  }
}

variable "region" {
  description = "AWS region."
  type        = string
  default     = "us-east-1"
}

variable "kms_key_arn" {
  description = "Key of yours that encrypts buckets, streams, logs and alarms; null: AWS's own keys, which cost nothing. Its policy must let logs, cloudwatch and events of this account use it."
  type        = string
  default     = null
}

variable "alarm_email" {
  description = "Address that gets the alarms, once it has confirmed; null: nobody yet."
  type        = string
  default     = null
}

variable "monthly_budget_usd" {
  description = "USD a month, of the whole account, at 80 % of which (or when all of it is forecast) an alarm is sent."
  type        = number
  default     = 20
}

variable "athena_scan_limit_gb" {
  description = "GB that one query may scan before it is cancelled."
  type        = number
  default     = 10

  validation {
    condition     = var.athena_scan_limit_gb >= 0.01
    error_message = "Athena knows no limit below 10 MB: give 0.01 or more."
  }
}

variable "force_destroy" {
  description = "Whether terraform destroy removes buckets and images that are still there. For demos."
  type        = bool
  default     = false
}

variable "role_boundary" {
  description = "ARN of the policy that bounds every role of the suite (output AWS_ROLE_BOUNDARY of the stack `github`); null: none does, and whoever applies may make any role."
  type        = string
  default     = null

  validation {
    condition     = var.role_boundary == null ? true : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:policy/.+$", var.role_boundary))
    error_message = "Give the ARN of a policy: arn:aws:iam::123456789012:policy/sluice-boundary."
  }
}
