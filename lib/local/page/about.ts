/** What the live page is told that does not change, and what it may send: data alone, for both sides. */
import type { Policy } from '../../level/policy.ts';
import type { PolicyField } from '../../runtime/policy-schema.ts';
import type { Account } from '../../simulation/account.ts';
import type { StoryName } from '../../simulation/stories.ts';
import type { Diagram } from './diagram.ts';

/** A request that the page sends. */
export interface DemoRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
}

/** The requests of one scope. */
export interface DemoRequests {
  readonly good: DemoRequest;
  readonly bad: DemoRequest;
}

/** What does not change while the server runs, but for its time. */
export interface About {
  /** The server's time as it answers, in epoch milliseconds: the page's machine may have another. */
  readonly nowMs: number;
  readonly place: 'local' | 'aws';
  readonly stage: string;
  readonly scopes: readonly string[];
  /** What may be sent from the page, by scope; empty where nothing may. */
  readonly requests: Readonly<Record<string, DemoRequests>>;
  /** Where the status and the health are read, and how often; only a page that cannot change anything has it. */
  readonly poll?: { readonly url: string; readonly health: string; readonly everyMs: number };
  /** The address of a dashboard with what the page cannot show. */
  readonly dashboard?: string;
  readonly diagram: Diagram;
  readonly fields: Readonly<Record<keyof Policy, PolicyField>>;
  readonly reasons: Readonly<Record<keyof Policy, string>>;
}

/** What a change of a policy comes to in one story. */
export interface PreviewResult {
  readonly story: StoryName;
  readonly title: string;
  readonly before: Account;
  readonly after: Account;
}
