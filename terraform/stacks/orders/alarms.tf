# What an operator is woken for. Each alarm has its line in docs/runbook.md, under its name.

locals {
  runbook     = "docs/runbook.md"
  of_delivery = { DeliveryStreamName = module.delivery.name }

  # The raw job's log says what each run came to; CloudWatch counts it.
  counts = { records = "$.records", accepted = "$.accepted" }

  # Hours after which a job that runs by its schedule should have run again.
  runs = { gluejob-raw-orders = 3, gluejob-processed-orders = 3, gluejob-maintain-processed-orders = 27 }
}

resource "aws_cloudwatch_log_metric_filter" "run" {
  for_each = local.counts

  name           = "${local.prefix}-orders-${each.key}"
  log_group_name = "/sluice/${local.raw_job}/output"
  pattern        = "{ $.event = \"run_done\" }"

  metric_transformation {
    namespace = "Sluice/${local.raw_job}"
    name      = each.key
    value     = each.value
    unit      = "Count"
  }

  depends_on = [module.job] # its log group
}

resource "aws_cloudwatch_metric_alarm" "delivery_freshness" {
  alarm_name          = "${local.prefix}-orders-delivery-freshness"
  alarm_description   = "Firehose holds records that it should have delivered. ${local.runbook}, delivery-freshness."
  namespace           = "AWS/Firehose"
  metric_name         = "DeliveryToS3.DataFreshness"
  dimensions          = local.of_delivery
  statistic           = "Maximum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 3 * local.declared.deliveries[local.delivery].buffer_seconds
  period              = 300
  evaluation_periods  = 2
  treat_missing_data  = "notBreaching"
  alarm_actions       = [local.lake.alarms]
  ok_actions          = [local.lake.alarms]
}

resource "aws_cloudwatch_metric_alarm" "no_data" {
  alarm_name          = "${local.prefix}-orders-no-data"
  alarm_description   = "No order has come in. ${local.runbook}, no-data."
  namespace           = "AWS/Firehose"
  metric_name         = "IncomingRecords"
  dimensions          = local.of_delivery
  statistic           = "Sum"
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  period              = 3600
  evaluation_periods  = var.silence_alarm_hours
  treat_missing_data  = "breaching"
  alarm_actions       = [local.lake.alarms]
  ok_actions          = [local.lake.alarms]
}

# Every run writes into its log; a trigger that is off, or whose start is refused, does not.
resource "aws_cloudwatch_metric_alarm" "no_runs" {
  for_each = local.runs

  alarm_name          = "${local.prefix}-orders-no-runs-${each.key}"
  alarm_description   = "The job ${each.key} has not run for ${each.value} hours. ${local.runbook}, no-runs."
  namespace           = "AWS/Logs"
  metric_name         = "IncomingLogEvents"
  dimensions          = { LogGroupName = "/sluice/${each.key}/error" }
  statistic           = "Sum"
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  period              = 3600
  evaluation_periods  = each.value
  treat_missing_data  = "breaching"
  actions_enabled     = var.run_schedules && (each.key != local.upkeep || var.table_upkeep == "job")
  alarm_actions       = [local.lake.alarms]
  ok_actions          = [local.lake.alarms]
}

resource "aws_cloudwatch_metric_alarm" "rejected_share" {
  alarm_name          = "${local.prefix}-orders-rejected-share"
  alarm_description   = "More than ${var.rejected_alarm_percent} % of the lines break the contract. ${local.runbook}, rejected-share."
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.rejected_alarm_percent
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [local.lake.alarms]
  ok_actions          = [local.lake.alarms]

  metric_query {
    id          = "share"
    expression  = "IF(records > 0, 100 * (records - accepted) / records, 0)"
    label       = "rejected, % of the lines"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = local.counts

    content {
      id = metric_query.key

      metric {
        namespace   = "Sluice/${local.raw_job}"
        metric_name = aws_cloudwatch_log_metric_filter.run[metric_query.key].metric_transformation[0].name
        stat        = "Sum"
        period      = 3600
      }
    }
  }
}

resource "aws_cloudwatch_event_rule" "runs" {
  name        = "${local.prefix}-orders-runs"
  description = "A run of a job has failed: docs/runbook.md, job-failed."

  event_pattern = jsonencode({
    source      = ["aws.glue"]
    detail-type = ["Glue Job State Change"]
    detail = {
      jobName = keys(local.jobs)
      state   = ["FAILED", "ERROR", "TIMEOUT", "STOPPED", "EXPIRED"]
    }
  })
}

resource "aws_cloudwatch_event_target" "runs" {
  rule = aws_cloudwatch_event_rule.runs.name
  arn  = local.lake.alarms

  input_transformer {
    input_paths = {
      job     = "$.detail.jobName"
      message = "$.detail.message"
      run     = "$.detail.jobRunId"
      state   = "$.detail.state"
    }

    input_template = "\"<job> is <state> (run <run>): <message>. What to do: docs/runbook.md, job-failed.\""
  }
}
