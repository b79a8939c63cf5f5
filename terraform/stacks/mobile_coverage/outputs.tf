output "stream" {
  description = "The stream that producers put into."
  value       = module.stream.name
}

output "start" {
  description = "The command that starts the streaming job on Glue, which Terraform makes and does not start; a service on Fargate starts by itself."
  value       = var.runner == "glue" ? "aws glue start-job-run --job-name ${local.streaming_job} --region ${var.region}" : null
}

output "crawlers" {
  description = "The crawlers, to be started by hand: aws glue start-crawler --name …"
  value       = [for crawler in module.crawler : crawler.name]
}

output "dashboard" {
  description = "Name of the CloudWatch dashboard."
  value       = aws_cloudwatch_dashboard.this.dashboard_name
}
