/** Changes of level to a webhook, where the deployment names one: rule → queue → function, and what it could not send. */
import { SERVICE } from '../lib/alarms/level-alarms.ts';
import { functionRole, logStatements } from './function-role.js';
import { deadLetterAlarm } from './operator-alarm.js';
import { parameters } from './parameters.js';

/** A day of tries (lib/events/webhook-batch.ts), and the days that dead letters are kept for somebody to look. */
const SECONDS = { kept: 4 * 86_400, dead: 14 * 86_400 };

/** How often a message is tried. */
const TRIES = 16;

const arnOf = (id) => ({ 'Fn::GetAtt': [id, 'Arn'] });
const KEY = { Ref: 'AlarmKey' };

async function webhook(given) {
  const { webhookUrl, webhookSecret } = await parameters(given);
  const stage = await given.resolveVariable('sls:stage');
  if (webhookUrl === '') return { Resources: {} };
  return {
    Resources: {
      WebhookRole: role(webhookSecret),
      WebhookQueue: queue(`${SERVICE}-${stage}-webhook`, {
        MessageRetentionPeriod: SECONDS.kept,
        // Six times the function's timeout; a message that is not taken is hidden for longer by the function.
        VisibilityTimeout: 180,
        RedrivePolicy: {
          deadLetterTargetArn: arnOf('WebhookDeadLetterQueue'),
          maxReceiveCount: TRIES,
        },
      }),
      WebhookDeadLetterQueue: queue(`${SERVICE}-${stage}-webhook-dead`, {
        MessageRetentionPeriod: SECONDS.dead,
      }),
      WebhookQueuePolicy: {
        Type: 'AWS::SQS::QueuePolicy',
        Properties: {
          Queues: [{ Ref: 'WebhookQueue' }, { Ref: 'WebhookDeadLetterQueue' }],
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: ['WebhookQueue', 'WebhookDeadLetterQueue'].map((id) => ({
              Effect: 'Allow',
              Principal: { Service: 'events.amazonaws.com' },
              Action: 'sqs:SendMessage',
              Resource: arnOf(id),
              Condition: { ArnEquals: { 'aws:SourceArn': arnOf('WebhookRule') } },
            })),
          },
        },
      },
      WebhookRule: {
        Type: 'AWS::Events::Rule',
        Properties: {
          Name: `${SERVICE}-${stage}-webhook`,
          EventPattern: { source: [`${SERVICE}-${stage}`], 'detail-type': ['LevelChanged'] },
          Targets: [
            {
              Id: 'webhook',
              Arn: arnOf('WebhookQueue'),
              DeadLetterConfig: { Arn: arnOf('WebhookDeadLetterQueue') },
              RetryPolicy: { MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 86_400 },
            },
          ],
        },
      },
      WebhookDeadLetterAlarm: deadLetterAlarm(
        `${SERVICE}-${stage}-webhook-dead-letters`,
        'Changes of level that the webhook did not take within a day',
        'WebhookDeadLetterQueue',
      ),
    },
  };
}

export { webhook as 'module.exports' };

const queue = (QueueName, properties) => ({
  Type: 'AWS::SQS::Queue',
  Properties: { QueueName, KmsMasterKeyId: KEY, ...properties },
});

const role = (secret) =>
  functionRole({
    logs: logStatements('WebhookLogGroup'),
    queue: [
      allow(
        [
          'sqs:ReceiveMessage',
          'sqs:DeleteMessage',
          'sqs:GetQueueAttributes',
          'sqs:ChangeMessageVisibility',
        ],
        arnOf('WebhookQueue'),
      ),
      allow(['kms:Decrypt'], arnOf('AlarmKey')),
    ],
    secret: [allow(['ssm:GetParameter'], parameterArn(secret))],
  });

const allow = (Action, Resource) => ({ Effect: 'Allow', Action, Resource });

const parameterArn = (name) => ({
  'Fn::Sub': `arn:\${AWS::Partition}:ssm:\${AWS::Region}:\${AWS::AccountId}:parameter/${name.replace(/^\//, '')}`,
});
