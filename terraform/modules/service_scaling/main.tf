# How many tasks a service has: between two bounds by its processor, and none while there is no work.

resource "aws_appautoscaling_target" "this" {
  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${element(split("/", var.cluster), -1)}/${var.service}"
  min_capacity       = var.tasks.least
  max_capacity       = var.tasks.most
}

resource "aws_appautoscaling_policy" "cpu" {
  count = var.tasks.most > max(1, var.tasks.least) ? 1 : 0

  name               = "${var.name}-cpu"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.this.service_namespace
  scalable_dimension = aws_appautoscaling_target.this.scalable_dimension
  resource_id        = aws_appautoscaling_target.this.resource_id

  target_tracking_scaling_policy_configuration {
    target_value = var.cpu_target_percent

    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}

# It sleeps when there is no work, and wakes when there is some.
resource "aws_appautoscaling_policy" "sleep" {
  for_each = var.work == null ? {} : { sleep = 0, wake = 1 }

  name               = "${var.name}-${each.key}"
  policy_type        = "StepScaling"
  service_namespace  = aws_appautoscaling_target.this.service_namespace
  scalable_dimension = aws_appautoscaling_target.this.scalable_dimension
  resource_id        = aws_appautoscaling_target.this.resource_id

  step_scaling_policy_configuration {
    adjustment_type = "ExactCapacity"

    step_adjustment {
      scaling_adjustment          = each.value
      metric_interval_lower_bound = each.key == "wake" ? 0 : null
      metric_interval_upper_bound = each.key == "sleep" ? 0 : null
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "work" {
  for_each = var.work == null ? {} : { sleep = var.work.idle_minutes, wake = 1 }

  alarm_name          = "${var.prefix}-${var.name}-${each.key}"
  alarm_description   = each.key == "wake" ? "There is work: the service starts." : "No work for ${each.value} minutes: the service stops."
  namespace           = var.work.namespace
  metric_name         = var.work.metric
  dimensions          = var.work.dimensions
  statistic           = "Sum"
  comparison_operator = each.key == "wake" ? "GreaterThanOrEqualToThreshold" : "LessThanThreshold"
  threshold           = 1
  period              = 60
  evaluation_periods  = each.value
  treat_missing_data  = each.key == "wake" ? "notBreaching" : "breaching"
  alarm_actions       = [aws_appautoscaling_policy.sleep[each.key].arn]
}
