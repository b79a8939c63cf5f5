# One page for the question "is it well?".

locals {
  counted_by_log = "Sluice/${local.raw_job}"

  widgets = [
    { title = "Into Firehose, records", stat = "Sum", metrics = [["AWS/Firehose", "IncomingRecords", "DeliveryStreamName", module.delivery.name]] },
    { title = "Age of what Firehose still holds, seconds", stat = "Maximum", metrics = [["AWS/Firehose", "DeliveryToS3.DataFreshness", "DeliveryStreamName", module.delivery.name]] },
    { title = "Into raw, lines", stat = "Sum", metrics = [[local.counted_by_log, "records"], [local.counted_by_log, "accepted"]] },
    { title = "Runs that failed", stat = "Sum", metrics = [["AWS/Events", "MatchedEvents", "RuleName", aws_cloudwatch_event_rule.runs.name]] },
  ]

  alarm_arns = [
    aws_cloudwatch_metric_alarm.delivery_freshness.arn,
    aws_cloudwatch_metric_alarm.no_data.arn,
    aws_cloudwatch_metric_alarm.rejected_share.arn,
  ]
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = "${local.prefix}-orders"

  dashboard_body = jsonencode({
    widgets = concat(
      [{ type = "alarm", x = 0, y = 0, width = 24, height = 3, properties = { title = "Alarms", alarms = local.alarm_arns } }],
      [
        for number, widget in local.widgets : {
          type   = "metric"
          x      = 12 * (number % 2)
          y      = 3 + 6 * floor(number / 2)
          width  = 12
          height = 6
          properties = {
            title   = widget.title
            region  = var.region
            stat    = widget.stat
            period  = 300
            metrics = widget.metrics
          }
        }
      ],
    )
  })
}
