output "bucket" {
  description = "Bucket that has the code, known once all of it is there."
  value       = var.bucket
  depends_on  = [aws_s3_object.script]
}

output "package_uri" {
  description = "Where the package lies, as Glue's --additional-python-modules wants it."
  value       = "s3://${aws_s3_object.package.bucket}/${aws_s3_object.package.key}"
}

output "hash" {
  description = "Hash of the package, the version of the Python environment made of it."
  value       = local.hash
}
