/** The level store on DynamoDB: each conditional write is one UpdateItem. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { DEFAULT_LEVEL } from '../level/level.ts';
import { asSeen } from '../level/fence.ts';
import type {
  AsReadFence,
  Condition,
  ConditionalWrite,
  EvidenceFence,
  NotNotifiedFence,
  ReplicaFence,
} from '../level/fence.ts';
import { readItem, writeItem, type Place } from './dynamo-items.ts';
import { expressionsOf, type Name, type Value } from './expressions.ts';
import type { Item, LevelStore } from './level-store.ts';

/** Reads and writes level rows in one table. */
export class DynamoLevelStore implements LevelStore {
  readonly #client: DynamoDBDocumentClient;
  readonly #tableName: string;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#client = client;
    this.#tableName = tableName;
  }

  read(
    key: string,
    { eventually = false }: { readonly eventually?: boolean } = {},
  ): Promise<Item | undefined> {
    return readItem(this.#place(key), !eventually);
  }

  write(key: string, write: ConditionalWrite): Promise<Item | null> {
    const conditions = (name: Name, value: Value) => conditionsOf(write.expect, name, value);
    return writeItem(this.#place(key), expressionsOf(write, conditions));
  }

  #place(key: string): Place {
    return { client: this.#client, tableName: this.#tableName, key };
  }
}

function conditionsOf(fence: ConditionalWrite['expect'], name: Name, value: Value): string[] {
  switch (fence.kind) {
    case 'evidence':
      return evidenceConditions(fence, name, value);
    case 'as-read':
      return asReadConditions(fence, name, value);
    case 'not-notified':
      return notNotifiedConditions(fence, name, value);
    case 'replica-version':
      return [conditionOf(asSeen('replicaVersion', fence.version), name, value)];
    case 'replica':
      return [replicaCondition(fence, name, value)];
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
    ...(fence.updatedBy === undefined ? [] : [updatedCondition(fence.updatedBy, name, value)]),
  ];
}

/** A share that has run out stays on the row. */
const shareCondition = (mostOneIn: number, name: Name) => (value: Value) => {
  const [until, oneIn] = [name('sampleUntilMs'), name('sampleOneIn')];
  const isSmall = `${oneIn} <= ${value('mostOneIn', mostOneIn)}`;
  return `(attribute_not_exists(${until}) OR ${until} <= :atMs OR attribute_not_exists(${oneIn}) OR ${isSmall})`;
};

function updatedCondition(updatedBy: string, name: Name, value: Value): string {
  const path = name('lastUpdated');
  return `(attribute_not_exists(${path}) OR ${path} <= ${value('updatedBy', updatedBy)})`;
}

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
  const asRead = (['currentLevel', 'epoch'] as const).map((attribute) =>
    fence[attribute] === undefined
      ? `attribute_not_exists(${name(attribute)})`
      : `${name(attribute)} = ${value(attribute, fence[attribute])}`,
  );
  const { updatedBy } = fence;
  return updatedBy === undefined ? asRead : [...asRead, updatedCondition(updatedBy, name, value)];
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

/** What is no number, as a hand may have put it, tells of nothing later. */
function replicaCondition(fence: ReplicaFence, name: Name, value: Value): string {
  const [fresh, epoch, version] = [name('freshUntilMs'), name('epoch'), name('replicaVersion')];
  const isNone = `NOT attribute_type(${fresh}, ${value('number', 'N')})`;
  const isOld = `${fresh} <= ${value('atMs', fence.atMs)}`;
  const isOfEarlier = `${epoch} < ${value('epoch', fence.epoch)}`;
  const isBefore = `${epoch} = :epoch AND ${version} < ${value('version', fence.version)}`;
  return `(attribute_not_exists(${fresh}) OR ${isNone} OR ${isOld} OR ${isOfEarlier} OR (${isBefore}))`;
}
