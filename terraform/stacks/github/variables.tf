variable "name" {
  description = "Name of the suite, as in the other stacks: the roles may touch what bears it."
  type        = string
  default     = "sluice"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,9}[a-z0-9]$", var.name))
    error_message = "Give 3 to 11 small letters, digits and dashes, as in the other stacks."
  }
}

variable "region" {
  description = "AWS region of the suite; the roles may change nothing in another."
  type        = string
  default     = "us-east-1"
}

variable "repository" {
  description = "The repository on GitHub whose workflows may take the roles, as owner/name."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.repository))
    error_message = "Give owner/name, without https and without a pattern: a * would let others in."
  }
}

variable "environment" {
  description = "GitHub's environment in which what is on main is applied; let it ask a reviewer."
  type        = string
  default     = "production"

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]+$", var.environment))
    error_message = "Give the name of one environment: letters, digits, dashes and underscores."
  }
}

variable "oidc_provider_arn" {
  description = "ARN of the account's provider for token.actions.githubusercontent.com, of which there can be one alone; null: this stack makes it."
  type        = string
  default     = null
}

variable "kms_key_arn" {
  description = "Key of yours that encrypts the state; null: S3's own, which costs nothing. The roles must be let in by its policy."
  type        = string
  default     = null
}
