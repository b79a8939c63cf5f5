# A run that failed, was ended, or was restarted in its window says so at once: no alarm waits for a metric.

resource "aws_cloudwatch_event_rule" "runs" {
  name        = "${local.prefix}-mobile-coverage-runs"
  description = "A run of a job has failed or was restarted: docs/runbook.md, job-failed."

  event_pattern = jsonencode({
    source      = ["aws.glue"]
    detail-type = ["Glue Job State Change"]
    detail = {
      jobName = keys(local.jobs)
      state   = ["FAILED", "TIMEOUT", "STOPPED", "EXPIRED"]
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
