/** The alarms that an operator hears of. */

/**
 * Fires at the first of something, and tells when there was none for five minutes: a metric that comes late is in one
 * of the five.
 *
 * @param properties Its metric, and what is otherwise.
 */
export const operatorAlarm = (name, description, properties) => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    AlarmName: name,
    AlarmDescription: description,
    AlarmActions: [{ Ref: 'OperatorTopic' }],
    OKActions: [{ Ref: 'OperatorTopic' }],
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    Threshold: 1,
    EvaluationPeriods: 5,
    DatapointsToAlarm: 1,
    TreatMissingData: 'notBreaching',
    ...properties,
  },
});

/** Fires while a message waits in a queue of dead letters, by its logical id. */
export const deadLetterAlarm = (name, description, queue) =>
  operatorAlarm(name, description, {
    Namespace: 'AWS/SQS',
    MetricName: 'ApproximateNumberOfMessagesVisible',
    Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [queue, 'QueueName'] } }],
    Period: 60,
    Statistic: 'Maximum',
  });
