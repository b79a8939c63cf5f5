output "name" {
  description = "Name of the service."
  value       = aws_ecs_service.this.name
}

output "task_role_arn" {
  description = "ARN of the role that the container has."
  value       = module.task_role.arn
}
