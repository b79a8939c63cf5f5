output "lake_uri" {
  description = "The lake, as the jobs' --lake_uri wants it."
  value       = "s3://${module.lake.name}"
}

output "buckets" {
  description = "The buckets by zone."
  value       = local.bucket
}

output "workgroup" {
  description = "The workgroup of Athena in which to query."
  value       = aws_athena_workgroup.this.name
}

output "alarms_topic" {
  description = "ARN of the topic that alarms are sent to."
  value       = aws_sns_topic.alarms.arn
}

output "repository" {
  description = "The repository of container images."
  value       = aws_ecr_repository.this.repository_url
}
