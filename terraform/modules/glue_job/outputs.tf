output "name" {
  description = "Name of the job."
  value       = aws_glue_job.this.name
}

output "role_arn" {
  description = "ARN of its role."
  value       = module.role.arn
}
