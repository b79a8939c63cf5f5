variable "delivery" {
  description = "The delivery stream as the suite declares it: an entry of glue_jobs/contracts/delivery.json."
  type = object({
    name              = string
    prefix            = string
    error_prefix      = string
    buffer_mb         = number
    buffer_seconds    = number
    compression       = string
    newline_delimiter = bool
    file_extension    = string
  })
}

variable "bucket_arn" {
  description = "ARN of the bucket that it delivers to."
  type        = string
}

variable "policy" {
  description = "What the delivery stream may do: its entry in terraform/policies, its places filled."
  type        = string
}

variable "account" {
  description = "Number of the account, in whose name alone the role is taken."
  type        = string
}

variable "prefix" {
  description = "What the name of the role begins with: the name of the suite, and the region."
  type        = string
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
