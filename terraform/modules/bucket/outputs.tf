output "name" {
  description = "Name of the bucket, known once it may be used: private, encrypted, over TLS alone."
  value       = aws_s3_bucket_policy.this.bucket
}

output "arn" {
  description = "ARN of the bucket."
  value       = aws_s3_bucket.this.arn
}
