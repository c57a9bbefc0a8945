/** Level events on EventBridge. */
import { PutEventsCommand, type EventBridgeClient } from '@aws-sdk/client-eventbridge';
import {
  isLevelChange,
  LevelEventsError,
  type LevelChanged,
  type LevelEvents,
} from './level-events.ts';

/**
 * Publishes to a bus: one PutEvents, whatever the number of changes (a row's history has at most 8).
 *
 * @param options.source The event's source: the service and its stage.
 */
export function eventBridgeEvents(
  client: EventBridgeClient,
  options: { readonly busName: string; readonly source: string },
): LevelEvents {
  const { busName: EventBusName, source: Source } = options;
  return {
    async publish(events: readonly LevelChanged[], whenTold) {
      const Entries = events.map((event) => ({
        EventBusName,
        Source,
        // What rules match on: who asks for changes of level gets no other epoch.
        DetailType: isLevelChange(event) ? 'LevelChanged' : 'EpochBegan',
        Time: new Date(event.at),
        Detail: JSON.stringify(event),
      }));
      let failed: number;
      try {
        ({ FailedEntryCount: failed = 0 } = await client.send(new PutEventsCommand({ Entries })));
      } catch (cause) {
        throw new LevelEventsError(`expected ${EventBusName} to take the events`, { cause });
      }
      if (failed > 0) {
        throw new LevelEventsError(
          `expected ${EventBusName} to take ${events.length} events, got ${failed} refused`,
        );
      }
      await whenTold();
    },
  };
}
