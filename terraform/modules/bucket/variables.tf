variable "name" {
  description = "Name of the bucket, unique in all of AWS."
  type        = string
}

variable "kms_key_arn" {
  description = "Key that encrypts the objects; null: S3's own (AES-256)."
  type        = string
  default     = null
}

variable "versioned" {
  description = "Whether replaced and removed objects are kept as old versions."
  type        = bool
  default     = false
}

variable "force_destroy" {
  description = "Whether terraform destroy may remove a bucket that is not empty."
  type        = bool
  default     = false
}

variable "log_bucket" {
  description = "Bucket that gets the log of requests; null: they are not logged."
  type        = string
  default     = null
}

variable "abort_uploads_days" {
  description = "Days after which the parts of an upload that never ended are removed."
  type        = number
  default     = 7
}

variable "lifecycle_rules" {
  description = "The life of objects by prefix: days until another storage class, until they go, and until their old versions go (null: never)."
  type = list(object({
    id                  = string
    prefix              = string
    transitions         = optional(list(object({ after_days = number, storage_class = string })), [])
    expire_days         = optional(number)
    expire_old_versions = optional(number)
  }))
  default = []
}

variable "logs_of_account" {
  description = "Account whose buckets log their requests here; null: none does."
  type        = string
  default     = null
}
