# To make, change and remove what the stacks have, by their names.

locals {
  writing = {
    application-autoscaling = ["DeleteScalingPolicy", "DeregisterScalableTarget", "PutScalingPolicy", "RegisterScalableTarget", "TagResource", "UntagResource"]
    athena                  = ["CreateNamedQuery", "CreateWorkGroup", "DeleteNamedQuery", "DeleteWorkGroup", "TagResource", "UntagResource", "UpdateWorkGroup"]
    budgets                 = ["ModifyBudget", "TagResource", "UntagResource"]
    cloudwatch              = ["DeleteAlarms", "DeleteDashboards", "PutDashboard", "PutMetricAlarm", "TagResource", "UntagResource"]
    ecs                     = ["CreateCluster", "CreateService", "DeleteCluster", "DeleteService", "PutClusterCapacityProviders", "RegisterTaskDefinition", "TagResource", "UntagResource", "UpdateCluster", "UpdateService"]
    events                  = ["DeleteRule", "PutRule", "PutTargets", "RemoveTargets", "TagResource", "UntagResource"]
    firehose                = ["CreateDeliveryStream", "DeleteDeliveryStream", "StartDeliveryStreamEncryption", "StopDeliveryStreamEncryption", "TagDeliveryStream", "UntagDeliveryStream", "UpdateDestination"]
    kinesis                 = ["AddTagsToStream", "CreateStream", "DecreaseStreamRetentionPeriod", "DeleteStream", "IncreaseStreamRetentionPeriod", "RemoveTagsFromStream", "StartStreamEncryption", "StopStreamEncryption", "TagResource", "UntagResource", "UpdateShardCount", "UpdateStreamMode"]
    logs                    = ["AssociateKmsKey", "CreateLogGroup", "CreateLogStream", "DeleteLogGroup", "DeleteLogStream", "DeleteMetricFilter", "DeleteRetentionPolicy", "DisassociateKmsKey", "PutMetricFilter", "PutRetentionPolicy", "TagResource", "UntagResource"]
    sns                     = ["CreateTopic", "DeleteTopic", "SetTopicAttributes", "Subscribe", "TagResource", "UntagResource"]
    ssm                     = ["AddTagsToResource", "DeleteParameter", "PutParameter", "RemoveTagsFromResource"]

    # The last line is the push of an image.
    ecr = [
      "CreateRepository", "DeleteLifecyclePolicy", "DeleteRepository", "PutImageScanningConfiguration", "PutImageTagMutability",
      "PutLifecyclePolicy", "TagResource", "UntagResource",
      "BatchCheckLayerAvailability", "BatchGetImage", "CompleteLayerUpload", "GetDownloadUrlForLayer", "InitiateLayerUpload", "PutImage", "UploadLayerPart",
    ]

    glue = [
      "CreateCrawler", "CreateDatabase", "CreateJob", "CreateTable", "CreateTableOptimizer", "CreateTrigger",
      "DeleteCrawler", "DeleteDatabase", "DeleteJob", "DeleteTable", "DeleteTableOptimizer", "DeleteTrigger",
      "StartTrigger", "StopTrigger", "TagResource", "UntagResource",
      "UpdateCrawler", "UpdateDatabase", "UpdateJob", "UpdateTable", "UpdateTableOptimizer", "UpdateTrigger",
    ]

    s3 = [
      "CreateBucket", "DeleteBucket", "DeleteBucketPolicy", "ListBucketVersions", "PutBucketLogging", "PutBucketOwnershipControls", "PutBucketPolicy",
      "PutBucketPublicAccessBlock", "PutBucketTagging", "PutBucketVersioning", "PutEncryptionConfiguration", "PutLifecycleConfiguration",
      "TagResource", "UntagResource",
    ]
  }

  # Security groups have names that AWS makes up; they are known by their tag (held.tf).
  writing_unnamed = ["ecr:GetAuthorizationToken", "ecs:DeregisterTaskDefinition", "sns:Unsubscribe"]
}
