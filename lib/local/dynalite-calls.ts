/** DynamoDB's operations on dynalite's store in this process: DynamoDB's JSON in and out, no HTTP. */
import batchGetItem from 'dynalite/actions/batchGetItem.js';
import createTable from 'dynalite/actions/createTable.js';
import deleteItem from 'dynalite/actions/deleteItem.js';
import deleteTable from 'dynalite/actions/deleteTable.js';
import describeTable from 'dynalite/actions/describeTable.js';
import getItem from 'dynalite/actions/getItem.js';
import putItem from 'dynalite/actions/putItem.js';
import scan from 'dynalite/actions/scan.js';
import updateItem from 'dynalite/actions/updateItem.js';
import { create, type Store } from 'dynalite/db/index.js';
import * as batchGetItemInput from 'dynalite/validations/batchGetItem.js';
import * as createTableInput from 'dynalite/validations/createTable.js';
import * as deleteItemInput from 'dynalite/validations/deleteItem.js';
import * as deleteTableInput from 'dynalite/validations/deleteTable.js';
import * as describeTableInput from 'dynalite/validations/describeTable.js';
import * as getItemInput from 'dynalite/validations/getItem.js';
import { checkTypes, checkValidations } from 'dynalite/validations/index.js';
import * as putItemInput from 'dynalite/validations/putItem.js';
import * as scanInput from 'dynalite/validations/scan.js';
import * as updateItemInput from 'dynalite/validations/updateItem.js';

const OPERATIONS = {
  BatchGetItem: { act: batchGetItem, input: batchGetItemInput },
  CreateTable: { act: createTable, input: createTableInput },
  DeleteItem: { act: deleteItem, input: deleteItemInput },
  DeleteTable: { act: deleteTable, input: deleteTableInput },
  DescribeTable: { act: describeTable, input: describeTableInput },
  GetItem: { act: getItem, input: getItemInput },
  PutItem: { act: putItem, input: putItemInput },
  Scan: { act: scan, input: scanInput },
  UpdateItem: { act: updateItem, input: updateItemInput },
} as const;

/** What is offered of DynamoDB. */
export type Operation = keyof typeof OPERATIONS;

/** A refusal or a failure, as DynamoDB's HTTP interface has it. */
export class DynaliteError extends Error {
  override readonly name = 'DynaliteError';
  readonly code = 'DYNALITE_ERROR';
  readonly statusCode: number;
  /** DynamoDB's name of the error, without its namespace. */
  readonly type: string;
  /** What DynamoDB answers. */
  readonly body: ErrorBody;
  constructor(statusCode: number, body: ErrorBody, cause: unknown) {
    super(body.message ?? body.Message ?? 'DynamoDB refused', { cause });
    this.statusCode = statusCode;
    this.body = body;
    this.type = body.__type.split('#').at(-1) ?? '';
  }
}

/** As DynamoDB writes it, in one spelling or the other. */
interface ErrorBody {
  readonly __type: string;
  readonly message?: string;
  readonly Message?: string;
}

/** A store with its operations. */
export interface Dynalite {
  /**
   * Carries out an operation.
   *
   * @param input DynamoDB's JSON; it is changed.
   * @throws DynaliteError
   */
  call(operation: string, input: unknown): Promise<unknown>;
  close(): Promise<void>;
}

/**
 * Opens a store.
 *
 * @param path Its folder; in memory without one.
 */
export function openDynalite(path?: string): Dynalite {
  const store = create({ createTableMs: 0, deleteTableMs: 0, ...(path !== undefined && { path }) });
  return {
    call: (operation, input) =>
      new Promise((resolve, reject) => {
        try {
          const { act, checked } = checkedCall(store, operation, input);
          act(store, checked, (error, output) => {
            if (error) reject(asDynaliteError(error));
            else resolve(output);
          });
        } catch (error) {
          reject(asDynaliteError(error));
        }
      }),
    close: () => store.lifecycleManager.gracefulClose(),
  };
}

function checkedCall(store: Store, operation: string, given: unknown) {
  if (!Object.hasOwn(OPERATIONS, operation)) {
    const body = { __type: 'com.amazon.coral.service#UnknownOperationException' };
    throw new DynaliteError(400, body, null);
  }
  const { act, input } = OPERATIONS[operation as Operation];
  const checked = checkTypes(given, input.types);
  checkValidations(checked, input.types, input.custom, store);
  return { act, checked };
}

/** dynalite's own refusals say what to answer; anything else is a failure of the store below it. */
function asDynaliteError(error: unknown): DynaliteError {
  if (error instanceof DynaliteError) return error;
  const { statusCode, body, message } = error as {
    readonly statusCode?: number;
    readonly body?: ErrorBody;
    readonly message: string;
  };
  if (statusCode !== undefined && body !== undefined) {
    return new DynaliteError(statusCode, body, error);
  }
  const failure = { __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError', message };
  return new DynaliteError(500, failure, error);
}
