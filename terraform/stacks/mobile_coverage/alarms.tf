# What an operator is woken for. Each alarm has its line in docs/runbook.md, under its name.

locals {
  runbook = "docs/runbook.md"
  of_job  = { job = local.streaming_job }

  # Metrics of Kinesis itself say what the job cannot say when it stands still.
  of_stream = { StreamName = module.stream.name }

  alarms = {
    consumer-lag = {
      description = "The job reads records later than ${var.lag_alarm_minutes} minutes after they came."
      namespace   = "AWS/Kinesis"
      metric      = "GetRecords.IteratorAgeMilliseconds"
      dimensions  = local.of_stream
      statistic   = "Maximum"
      above       = var.lag_alarm_minutes * 60000
      minutes     = 5
    }
    batch-duration = {
      description = "A batch takes more than 70 % of the trigger: soon the job no longer keeps up."
      namespace   = "Sluice"
      metric      = "duration_seconds"
      dimensions  = local.of_job
      statistic   = "Average"
      above       = 0.7 * var.trigger_seconds
      minutes     = 15
    }
    late-rows = {
      description = "Rows came later than the watermark; the nightly rebuild takes them in."
      namespace   = "Sluice"
      metric      = "rows_dropped_late"
      dimensions  = local.of_job
      statistic   = "Sum"
      above       = var.late_rows_alarm_per_hour
      minutes     = 60
    }
    throttled-producers = {
      description = "The stream refuses records: it has too few shards."
      namespace   = "AWS/Kinesis"
      metric      = "WriteProvisionedThroughputExceeded"
      dimensions  = local.of_stream
      statistic   = "Sum"
      above       = 0
      minutes     = 5
    }
  }

  never_silent = var.runner != "fargate" || var.sleep_after_minutes == null # who may sleep may be silent

  # Hours after which a job that runs by its schedule should have run again.
  runs = { etl_compact_mobile_logs = 3, etl_rebuild_mobile_logs = 27 }

  # Those that ring when there is nothing to count.
  silences = {
    no-data    = { description = "No record has come into the stream.", namespace = "AWS/Kinesis", metric = "IncomingRecords", dimensions = local.of_stream }
    no-batches = { description = "The job has done no batch.", namespace = "Sluice", metric = "duration_seconds", dimensions = local.of_job }
  }
}

resource "aws_cloudwatch_metric_alarm" "above" {
  for_each = local.alarms

  alarm_name          = "${local.prefix}-mobile-coverage-${each.key}"
  alarm_description   = "${each.value.description} ${local.runbook}, ${each.key}."
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.above
  period              = each.value.minutes * 60
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching" # no-data and no-batches are for that
  alarm_actions       = [local.lake.alarms]
  ok_actions          = [local.lake.alarms]
}

resource "aws_cloudwatch_metric_alarm" "silence" {
  for_each = local.silences

  alarm_name          = "${local.prefix}-mobile-coverage-${each.key}"
  alarm_description   = "${each.value.description} ${local.runbook}, ${each.key}."
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.key == "no-data" ? "Sum" : "SampleCount"
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  period              = var.silence_alarm_minutes * 60
  evaluation_periods  = 1
  treat_missing_data  = "breaching"
  actions_enabled     = each.key == "no-batches" ? local.never_silent && var.runner != "none" : local.never_silent
  alarm_actions       = [local.lake.alarms]
  ok_actions          = [local.lake.alarms]
}

# Every run writes into its log; a trigger that is off, or whose start is refused, does not.
resource "aws_cloudwatch_metric_alarm" "no_runs" {
  for_each = local.runs

  alarm_name          = "${local.prefix}-mobile-coverage-no-runs-${each.key}"
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
  actions_enabled     = var.run_schedules
  alarm_actions       = [local.lake.alarms]
  ok_actions          = [local.lake.alarms]
}

resource "aws_cloudwatch_metric_alarm" "rejected_share" {
  alarm_name          = "${local.prefix}-mobile-coverage-rejected-share"
  alarm_description   = "More than ${var.rejected_alarm_percent} % of the records break the contract. ${local.runbook}, rejected-share."
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.rejected_alarm_percent
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [local.lake.alarms]
  ok_actions          = [local.lake.alarms]

  metric_query {
    id          = "share"
    expression  = "IF(read > 0, 100 * rejected / read, 0)"
    label       = "rejected, % of the records"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { read = "records_in", rejected = "rejected" }

    content {
      id = metric_query.key

      metric {
        namespace   = "Sluice"
        metric_name = metric_query.value
        dimensions  = local.of_job
        stat        = "Sum"
        period      = 300
      }
    }
  }
}
