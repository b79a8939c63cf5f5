# To compare what is there with what should be. Neither role reads a row of the lake: objects are read of the code alone.

locals {
  reading = {
    application-autoscaling = ["ListTagsForResource"]
    athena                  = ["GetNamedQuery", "GetWorkGroup", "ListTagsForResource"]
    budgets                 = ["ListTagsForResource", "ViewBudget"]
    cloudwatch              = ["DescribeAlarms", "GetDashboard", "ListTagsForResource"]
    ecr                     = ["DescribeImages", "DescribeRepositories", "GetLifecyclePolicy", "ListTagsForResource"]
    ecs                     = ["DescribeClusters", "DescribeServices", "ListTagsForResource"]
    events                  = ["DescribeRule", "ListTagsForResource", "ListTargetsByRule"]
    firehose                = ["DescribeDeliveryStream", "ListTagsForDeliveryStream"]
    glue                    = ["GetCrawler", "GetDatabase", "GetJob", "GetPartitionIndexes", "GetTable", "GetTableOptimizer", "GetTags", "GetTrigger"]
    iam                     = ["GetRole", "GetRolePolicy", "ListAttachedRolePolicies", "ListInstanceProfilesForRole", "ListRolePolicies"]
    kinesis                 = ["DescribeStream", "DescribeStreamSummary", "ListTagsForResource", "ListTagsForStream"]
    logs                    = ["DescribeLogStreams", "DescribeMetricFilters", "ListTagsForResource"]
    sns                     = ["GetTopicAttributes", "ListSubscriptionsByTopic", "ListTagsForResource"]
    ssm                     = ["GetParameter", "GetParameters", "ListTagsForResource"]

    s3 = [
      "GetAccelerateConfiguration", "GetBucketAcl", "GetBucketCORS", "GetBucketLocation", "GetBucketLogging",
      "GetBucketObjectLockConfiguration", "GetBucketOwnershipControls", "GetBucketPolicy", "GetBucketPublicAccessBlock",
      "GetBucketRequestPayment", "GetBucketTagging", "GetBucketVersioning", "GetBucketWebsite", "GetEncryptionConfiguration",
      "GetLifecycleConfiguration", "GetReplicationConfiguration", "ListBucket", "ListTagsForResource",
    ]
  }

  reading_unnamed = [
    "application-autoscaling:DescribeScalableTargets", "application-autoscaling:DescribeScalingPolicies",
    "ec2:DescribeNetworkInterfaces", "ec2:DescribeRouteTables", "ec2:DescribeSecurityGroupRules", "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets", "ec2:DescribeVpcAttribute", "ec2:DescribeVpcs",
    "ecs:DescribeTaskDefinition", "kinesis:DescribeLimits", "logs:DescribeLogGroups", "sns:GetSubscriptionAttributes", "ssm:DescribeParameters",
  ]
}
