/** The level store on DynamoDB: each conditional write is one UpdateItem. */
import {
  ConditionalCheckFailedException,
  DynamoDBServiceException,
} from '@aws-sdk/client-dynamodb';
import { GetCommand, UpdateCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { DEFAULT_LEVEL } from '../level/level.ts';
import type {
  AsReadFence,
  Condition,
  ConditionalWrite,
  EvidenceFence,
  NotNotifiedFence,
} from '../level/fence.ts';
import { StoreThrottledError, StoreUnavailableError } from './errors.ts';
import type { Item, LevelStore } from './level-store.ts';

/** The errors with which DynamoDB says that it did nothing, so that a repeat is safe. */
const REFUSALS = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
]);

/** Reads and writes level rows in one table. */
export class DynamoLevelStore implements LevelStore {
  readonly #client: DynamoDBDocumentClient;
  readonly #tableName: string;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#client = client;
    this.#tableName = tableName;
  }

  async read(
    stateKey: string,
    { eventually = false }: { readonly eventually?: boolean } = {},
  ): Promise<Item | undefined> {
    const get = { TableName: this.#tableName, Key: { PK: stateKey }, ConsistentRead: !eventually };
    try {
      const { Item: item } = await this.#client.send(new GetCommand(get));
      return item;
    } catch (cause) {
      throw asStoreError('read', cause);
    }
  }

  async write(stateKey: string, write: ConditionalWrite): Promise<Item | null> {
    const update = {
      TableName: this.#tableName,
      Key: { PK: stateKey },
      ...expressions(write),
      ReturnValues: 'ALL_NEW' as const,
    };
    try {
      const { Attributes: item } = await this.#client.send(new UpdateCommand(update));
      return item ?? {};
    } catch (cause) {
      if (cause instanceof ConditionalCheckFailedException) return null;
      throw asStoreError('write', cause);
    }
  }
}

/** The expressions of an UpdateItem. Every attribute is named by a placeholder, so none is reserved. */
function expressions(write: ConditionalWrite) {
  const names: Record<string, string> = {};
  const values: Record<string, unknown> = {};
  const name = (attribute: string): string => {
    names[`#${attribute}`] = attribute;
    return `#${attribute}`;
  };
  const value = (key: string, given: unknown): string => {
    values[`:${key}`] = given;
    return `:${key}`;
  };
  const { expect, set, setIfAbsent = {}, add = {}, remove = [] } = write;
  const conditions = conditionsOf(expect, name, value);
  const sets = [
    ...Object.entries(set).map(([key, given]) => `${name(key)} = ${value(`set_${key}`, given)}`),
    ...Object.entries(setIfAbsent).map(
      ([key, given]) => `${name(key)} = if_not_exists(${name(key)}, ${value(`set_${key}`, given)})`,
    ),
  ];
  const adds = Object.entries(add).map(
    ([key, given]) => `${name(key)} ${value(`add_${key}`, given)}`,
  );
  const sections = [
    sets.length > 0 && `SET ${sets.join(', ')}`,
    adds.length > 0 && `ADD ${adds.join(', ')}`,
    remove.length > 0 && `REMOVE ${remove.map(name).join(', ')}`,
  ];
  return {
    UpdateExpression: sections.filter(Boolean).join(' '),
    ...(conditions.length > 0 && { ConditionExpression: conditions.join(' AND ') }),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
}

type Name = (attribute: string) => string;
type Value = (key: string, given: unknown) => string;

function conditionsOf(fence: ConditionalWrite['expect'], name: Name, value: Value): string[] {
  switch (fence.kind) {
    case 'evidence':
      return evidenceConditions(fence, name, value);
    case 'as-read':
      return asReadConditions(fence, name, value);
    case 'not-notified':
      return notNotifiedConditions(fence, name, value);
    case 'none':
      return [];
  }
}

function evidenceConditions(fence: EvidenceFence, name: Name, value: Value): string[] {
  const equals = (attribute: 'currentLevel' | 'epoch', given: number, byDefault: number) => {
    const condition = `${name(attribute)} = ${value(attribute, given)}`;
    return given === byDefault
      ? `(attribute_not_exists(${name(attribute)}) OR ${condition})`
      : condition;
  };
  const override = name('override');
  return [
    equals('currentLevel', fence.level, DEFAULT_LEVEL),
    equals('epoch', fence.epoch, 0),
    `(attribute_not_exists(${override}) OR ${override}.${name('untilMs')} <= ${value('atMs', fence.atMs)})`,
    ...fence.evidence.map((condition) => conditionOf(condition, name, value)),
    ...(fence.mostOneIn === undefined ? [] : [shareCondition(fence.mostOneIn, name)(value)]),
  ];
}

/** A share that has run out stays on the row. */
const shareCondition = (mostOneIn: number, name: Name) => (value: Value) => {
  const [until, oneIn] = [name('sampleUntilMs'), name('sampleOneIn')];
  const isSmall = `${oneIn} <= ${value('mostOneIn', mostOneIn)}`;
  return `(attribute_not_exists(${until}) OR ${until} <= :atMs OR attribute_not_exists(${oneIn}) OR ${isSmall})`;
};

function conditionOf({ attribute, is, value: given }: Condition, name: Name, value: Value): string {
  const path = name(attribute);
  if (given === undefined) return `attribute_not_exists(${path})`;
  const compared = `${path} ${is} ${value(placeholderOf(is, attribute), given)}`;
  return is === '<=' ? `(attribute_not_exists(${path}) OR ${compared})` : compared;
}

/** For example minErrorCount: bounds of one attribute do not meet. */
function placeholderOf(is: Condition['is'], attribute: string): string {
  const prefix = { '>=': 'min', '<=': 'max', '=': 'seen' }[is];
  return `${prefix}${attribute.charAt(0).toUpperCase()}${attribute.slice(1)}`;
}

function asReadConditions(fence: AsReadFence, name: Name, value: Value): string[] {
  return (['currentLevel', 'epoch'] as const).map((attribute) =>
    fence[attribute] === undefined
      ? `attribute_not_exists(${name(attribute)})`
      : `${name(attribute)} = ${value(attribute, fence[attribute])}`,
  );
}

/**
 * A row that was deleted meanwhile must not come back as a mark without a level; a mark that is no
 * number is replaced.
 */
function notNotifiedConditions(fence: NotNotifiedFence, name: Name, value: Value): string[] {
  const mark = name('notifiedEpoch');
  return [
    `attribute_exists(${name('PK')})`,
    `(attribute_not_exists(${mark}) OR NOT attribute_type(${mark}, ${value('number', 'N')})` +
      ` OR ${mark} < ${value('epoch', fence.epoch)})`,
  ];
}

function asStoreError(operation: 'read' | 'write', cause: unknown): Error {
  return cause instanceof DynamoDBServiceException && REFUSALS.has(cause.name)
    ? new StoreThrottledError({ cause })
    : new StoreUnavailableError(operation, { cause });
}
