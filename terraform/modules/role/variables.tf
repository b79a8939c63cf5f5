variable "name" {
  description = "Name of the role, at most 64 letters; roles are known in all regions, so it names its region."
  type        = string

  validation {
    condition     = length(var.name) <= 64
    error_message = "A role has a name of at most 64 letters; give the suite a shorter name."
  }
}

variable "description" {
  description = "Who takes the role, and for what."
  type        = string
}

variable "account" {
  description = "Number of the account in whose name the service may take the role."
  type        = string
}

variable "service" {
  description = "The service that takes the role, such as glue.amazonaws.com."
  type        = string
}

variable "policy" {
  description = "What the role may do: the JSON text of a policy."
  type        = string
}

variable "kms_key_arn" {
  description = "Key that encrypts the data, which the role may then use; null: there is none."
  type        = string
  default     = null
}

variable "boundary" {
  description = "ARN of a policy that bounds what the role may be given (permissions boundary); null: nothing does."
  type        = string
  default     = null
}
