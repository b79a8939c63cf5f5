output "name" {
  description = "Name of the table."
  value       = aws_glue_catalog_table.this.name
}

output "database" {
  description = "Database that it belongs to."
  value       = aws_glue_catalog_table.this.database_name
}
