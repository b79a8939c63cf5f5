# One page for the question "is it well?": what comes in, how late, what goes wrong, what the job holds.

locals {
  of_sluice = ["job", local.streaming_job]

  widgets = [
    { title = "Records a minute", stat = "Sum", metrics = [["Sluice", "records_in"], ["Sluice", "accepted"], ["Sluice", "rejected"]] },
    { title = "Late rows, repeats", stat = "Sum", metrics = [["Sluice", "rows_dropped_late"], ["Sluice", "repeats"]] },
    { title = "A batch, seconds", stat = "Maximum", metrics = [["Sluice", "duration_seconds"]], line = { label = "70 % of the trigger", value = 0.7 * var.trigger_seconds } },
    { title = "Behind, seconds", stat = "Maximum", metrics = [["Sluice", "lag_seconds"], ["Sluice", "watermark_delay_seconds"]] },
    { title = "Groups of open windows", stat = "Maximum", metrics = [["Sluice", "state_rows"]] },
  ]

  alarm_arns = concat(
    [for alarm in aws_cloudwatch_metric_alarm.above : alarm.arn],
    [for alarm in aws_cloudwatch_metric_alarm.silence : alarm.arn],
    [aws_cloudwatch_metric_alarm.rejected_share.arn],
  )
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = "${local.prefix}-mobile-coverage"

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
            title       = widget.title
            region      = var.region
            stat        = widget.stat
            period      = 60
            metrics     = [for metric in widget.metrics : concat(metric, local.of_sluice)]
            annotations = { horizontal = [for line in [lookup(widget, "line", null)] : line if line != null] }
          }
        }
      ],
      [{
        type   = "metric"
        x      = 12
        y      = 15
        width  = 12
        height = 6
        properties = {
          title   = "The stream"
          region  = var.region
          period  = 60
          stat    = "Sum"
          metrics = [["AWS/Kinesis", "IncomingRecords", "StreamName", module.stream.name], [".", "GetRecords.IteratorAgeMilliseconds", ".", ".", { stat = "Maximum", yAxis = "right" }]]
        }
      }],
    )
  })
}
