/** What the upstream service is made with, besides its settings. */
import type { Monitors } from '../telemetry/monitors.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { ShareBreaker } from './upstream-breaker.ts';
import type { LastGoodStore } from './last-good.ts';
import type { Instances } from './upstream-place.ts';
import type { CredentialSource } from './upstream-settings.ts';

/** Its parts; what is behind a function is loaded at its first call, and only where settings ask for it. */
export interface UpstreamParts {
  /** Is told of every failure and of the breakers' changes. */
  readonly telemetry: Telemetry;
  /** Where its breakers and what goes with them are listed; those of this process by default. */
  readonly monitors?: Monitors | undefined;
  /** Finds the instances of APIs named `cloudmap:`; there are none without it. */
  readonly instances?: Instances | undefined;
  readonly clock: { nowMs(): number };
  /** Opens the last good answers, and gives the same ones from then on. */
  readonly lastGood: () => Promise<LastGoodStore>;
  /** Reads the value of a credential; it is shown nowhere. */
  readonly readCredential: (source: CredentialSource) => Promise<string>;
  /** Makes the breakers that all environments share; without it each has its own. */
  readonly share?: ShareBreaker | undefined;
  /** Whether the gateway carries an answer that is no text. */
  readonly carriesBinary: boolean;
}
