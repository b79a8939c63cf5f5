variable "crawler" {
  description = "The crawler as the suite declares it: an entry of crawlers/crawlers.json."
  type = object({
    name             = string
    description      = string
    database         = string
    table            = string
    configuration    = string
    update_behavior  = string
    delete_behavior  = string
    recrawl_behavior = string
  })
}

variable "policy" {
  description = "What the crawler may do: its entry in terraform/policies, its places filled."
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

variable "kms_key_arn" {
  description = "Key that encrypts the data; null: AWS's own."
  type        = string
  default     = null
}

variable "boundary" {
  description = "ARN of a policy that bounds what its role may be given; null: nothing does."
  type        = string
  default     = null
}
