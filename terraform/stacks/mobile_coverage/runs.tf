# A run that failed, was ended, or was restarted in its window says so at once: no alarm waits for a metric.

resource "aws_cloudwatch_event_rule" "runs" {
  name        = "${local.prefix}-mobile-coverage-runs"
  description = "A run of a job has failed or was restarted: docs/runbook.md, job-failed."

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

# The same of a container: it ended by itself, or could not start. A task that Spot takes away is no news.
resource "aws_cloudwatch_event_rule" "tasks" {
  count = var.runner == "fargate" ? 1 : 0

  name        = "${local.prefix}-mobile-coverage-tasks"
  description = "A container has ended: docs/runbook.md, job-failed."

  event_pattern = jsonencode({
    source      = ["aws.ecs"]
    detail-type = ["ECS Task State Change"]
    detail = {
      clusterArn = [local.lake.cluster]
      group      = ["service:${local.streaming_job}"]
      lastStatus = ["STOPPED"]
      stopCode   = ["EssentialContainerExited", "TaskFailedToStart"]
    }
  })
}

resource "aws_cloudwatch_event_target" "tasks" {
  count = var.runner == "fargate" ? 1 : 0

  rule = aws_cloudwatch_event_rule.tasks[0].name
  arn  = local.lake.alarms

  input_transformer {
    input_paths = {
      code   = "$.detail.containers[0].exitCode"
      reason = "$.detail.stoppedReason"
      task   = "$.detail.taskArn"
    }

    input_template = "\"The container of ${local.streaming_job} has ended with <code>: <reason> (<task>). What to do: docs/runbook.md, job-failed.\""
  }
}
