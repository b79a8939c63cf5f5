output "delivery_stream" {
  description = "The delivery stream that producers put into."
  value       = module.delivery.name
}

output "initial_load" {
  description = "The command of the initial load, for a raw zone that is there already."
  value       = "aws glue start-job-run --job-name gluejob-processed-orders-initial-load --region ${var.region}"
}

output "crawlers" {
  description = "The crawlers, to be started by hand: aws glue start-crawler --name …"
  value       = [for crawler in module.crawler : crawler.name]
}

output "dashboard" {
  description = "Name of the CloudWatch dashboard."
  value       = aws_cloudwatch_dashboard.this.dashboard_name
}
