variable "root" {
  description = "Folder of the project, which has glue_jobs/ and, made by `make package`, var/packages/."
  type        = string
}

variable "bucket" {
  description = "Bucket that gets the code."
  type        = string
}

variable "owner" {
  description = "Whose code it is: the name of the stack, which is part of the package's key."
  type        = string
}

variable "scripts" {
  description = "Scripts of the jobs, as paths from the folder of the project."
  type        = list(string)
}

variable "glue_version" {
  description = "Version of Glue that the package is for: 6.0 or 5.1."
  type        = string
}
