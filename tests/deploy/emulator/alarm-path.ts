/** The alarm path of a deployed stage: its alarms, and the topics and queues behind them. */
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { PublishCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
  type QueueAttributeName,
} from '@aws-sdk/client-sqs';
import { vi } from 'vitest';
import { physicalId } from './aws.ts';

/** How long a message may take through the whole path, in milliseconds. */
const PATH_MS = 20_000;

const COUNTS: QueueAttributeName[] = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
];

/** What CloudWatch says when an alarm changes. */
export function alarmMessage(
  AlarmName: string,
  { state = 'ALARM', atMs = Date.now() }: { readonly state?: string; readonly atMs?: number } = {},
): string {
  // As CloudWatch writes it: with a zone that is no ISO 8601.
  const StateChangeTime = new Date(atMs).toISOString().replace('Z', '+0000');
  return JSON.stringify({ AlarmName, NewStateValue: state, StateChangeTime });
}

/** The alarms of a stage, in CloudWatch. */
export function alarmsOf(stage: string) {
  const cloudWatch = new CloudWatchClient({});
  const prefix = `resilient-service-${stage}`;
  const set = async (AlarmName: string, StateValue: 'OK' | 'ALARM') => {
    const request = { AlarmName, StateValue, StateReason: 'test' };
    await cloudWatch.send(new SetAlarmStateCommand(request));
  };
  const described = async () => {
    const request = new DescribeAlarmsCommand({ AlarmNamePrefix: prefix });
    const { MetricAlarms: alarms = [] } = await cloudWatch.send(request);
    return alarms;
  };
  return {
    described,
    /** Makes an alarm fire, also one that is firing. */
    async fire(name: string) {
      await set(name, 'OK');
      await set(name, 'ALARM');
    },
    async firing(): Promise<readonly string[]> {
      const alarms = await described();
      return alarms
        .filter(({ StateValue: state }) => state === 'ALARM')
        .map(({ AlarmName: name = '' }) => name);
    },
    /** Puts one value of a metric. */
    async put(
      [Namespace, MetricName]: readonly [namespace: string, name: string],
      dimensions: Readonly<Record<string, string>>,
      Value: number,
    ) {
      const Dimensions = Object.entries({ Stage: stage, ...dimensions }).map(([Name, given]) => ({
        Name,
        Value: given,
      }));
      const MetricData = [{ MetricName, Dimensions, Value }];
      await cloudWatch.send(new PutMetricDataCommand({ Namespace, MetricData }));
    },
  };
}

/** A queue of a stage, or one of the test's own. */
export interface Queue {
  attributes(): Promise<Readonly<Record<string, string>>>;
  set(attributes: Readonly<Record<string, string>>): Promise<void>;
  send(body: string): Promise<void>;
  /** Takes what is there out of it, in no order; waits for at least so many (1), and so many milliseconds at most. */
  take(count?: number, timeoutMs?: number): Promise<readonly string[]>;
  /** Waits until nothing is in it, nor being processed. */
  drained(): Promise<void>;
  /** How many messages are in it or being processed. */
  count(): Promise<number>;
}

/** A queue of the stack by its logical id. */
export async function queueOf(stage: string, logicalId: string): Promise<Queue> {
  return queueAt(await physicalId(stage, logicalId));
}

/** Publishes to a topic of the stack. */
export async function publishTo(stage: string, logicalId: string, Message: string): Promise<void> {
  const TopicArn = await physicalId(stage, logicalId);
  await new SNSClient({}).send(new PublishCommand({ TopicArn, Message }));
}

/** Makes a queue that gets what a topic of the stack publishes, as somebody who subscribes would. */
export async function subscribeTo(stage: string, logicalId: string): Promise<Queue> {
  const TopicArn = await physicalId(stage, logicalId);
  const { QueueUrl: url = '' } = await createSqs().send(
    new CreateQueueCommand({ QueueName: `subscriber-${logicalId}` }),
  );
  const queue = queueAt(url);
  const { QueueArn: Endpoint = '' } = await queue.attributes();
  const statement = {
    Effect: 'Allow',
    Principal: { Service: 'sns.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: Endpoint,
    Condition: { ArnEquals: { 'aws:SourceArn': TopicArn } },
  };
  await queue.set({ Policy: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }) });
  const Attributes = { RawMessageDelivery: 'true' };
  const request = { TopicArn, Protocol: 'sqs', Endpoint, Attributes };
  await new SNSClient({}).send(new SubscribeCommand(request));
  return queue;
}

/** The emulator's own URLs say localhost, which may be another address than the one it is bound to. */
function createSqs(): SQSClient {
  return new SQSClient({ useQueueUrlAsEndpoint: false });
}

function queueAt(QueueUrl: string): Queue {
  const sqs = createSqs();
  const attributes = async (AttributeNames: QueueAttributeName[] = ['All']) => {
    const request = new GetQueueAttributesCommand({ QueueUrl, AttributeNames });
    return (await sqs.send(request)).Attributes ?? {};
  };
  const count = async () => {
    const counts = Object.values(await attributes(COUNTS));
    return counts.reduce((sum, each) => sum + Number(each), 0);
  };
  const takeBatch = async () => {
    const request = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 });
    const { Messages: messages = [] } = await sqs.send(request);
    for (const { ReceiptHandle } of messages) {
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
    return messages.map(({ Body: body = '' }) => body);
  };
  return {
    attributes,
    count,
    async set(Attributes) {
      await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { ...Attributes } }));
    },
    async send(MessageBody) {
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    },
    async take(atLeast = 1, timeout = PATH_MS) {
      const taken: string[] = [];
      await vi.waitUntil(
        async () => {
          taken.push(...(await takeBatch()));
          return taken.length >= atLeast;
        },
        { timeout, interval: 100 },
      );
      return taken;
    },
    async drained() {
      await vi.waitUntil(async () => (await count()) === 0, { timeout: PATH_MS, interval: 50 });
    },
  };
}
