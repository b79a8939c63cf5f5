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

variable "owner_id" {
  description = "Number of the repository's owner (gh api repos/OWNER/NAME --jq .owner.id); with repository_id for a repository whose tokens name both, as those of all that were made or renamed since July 2026; null: only names are in them."
  type        = number
  default     = null
}

variable "repository_id" {
  description = "Number of the repository (gh api repos/OWNER/NAME --jq .id); null: as for owner_id."
  type        = number
  default     = null

  validation {
    condition     = (var.repository_id == null) == (var.owner_id == null)
    error_message = "Give owner_id and repository_id, or neither."
  }
}

variable "branch" {
  description = "The one branch that is applied."
  type        = string
  default     = "main"

  validation {
    condition     = can(regex("^[A-Za-z0-9._/-]+$", var.branch))
    error_message = "Give the name of one branch, without a pattern."
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
