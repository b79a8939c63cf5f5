variable "name" {
  description = "Name of the stream."
  type        = string
}

variable "mode" {
  description = "PROVISIONED: shards, paid by the hour. ON_DEMAND: as many as needed, paid by the stream's hour and GB."
  type        = string
  default     = "PROVISIONED"

  validation {
    condition     = contains(["PROVISIONED", "ON_DEMAND"], var.mode)
    error_message = "Give PROVISIONED or ON_DEMAND."
  }
}

variable "shards" {
  description = "Shards of a provisioned stream: each takes 1 MiB and 1,000 records a second."
  type        = number
  default     = 1
}

variable "retention_hours" {
  description = "Hours that a record can be read: as long as a job may stand still without losing one."
  type        = number
  default     = 24

  validation {
    condition     = var.retention_hours >= 24 && var.retention_hours <= 8760
    error_message = "Kinesis keeps records for 24 to 8,760 hours."
  }
}

variable "kms_key_arn" {
  description = "Key that encrypts the records; null: that of AWS for Kinesis."
  type        = string
  default     = null
}
