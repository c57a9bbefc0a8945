/** What of a face needs the AWS SDK; its modules are asleep until a request needs them. */
import type { Accounts } from '../services/accounts.ts';
import type { LastGoodStore } from '../services/last-good.ts';
import type { UpstreamParts } from '../services/upstream-parts.ts';
import { sharedOn } from '../services/upstream-shared.ts';
import { accountsOnDemand } from './accounts-runtime.ts';
import { createInstances } from './discovery-runtime.ts';
import { breakersOnDemand, lastGoodOnDemand, readCredential } from './upstream-runtime.ts';

/** What a face function opens when it is asked for. */
export interface FaceSdk {
  /** Opens the accounts of a table. */
  readonly accountsOf: (tableName: string) => () => Promise<Accounts>;
  /** Opens the last good answers of a table. */
  readonly lastGoodOf: (tableName: string) => () => Promise<LastGoodStore>;
  /** Makes the breakers that all environments share in a table; absent: each has its own. */
  readonly shareOn?: (tableName: string) => UpstreamParts['share'];
  readonly readCredential: UpstreamParts['readCredential'];
  /** Finds the instances of APIs named `cloudmap:`. */
  readonly instances?: UpstreamParts['instances'];
}

/** All of it. */
export const faceSdk: FaceSdk = {
  accountsOf: accountsOnDemand,
  lastGoodOf: lastGoodOnDemand,
  shareOn: (tableName) => sharedOn({ store: breakersOnDemand(tableName) }),
  readCredential,
  instances: createInstances(),
};
