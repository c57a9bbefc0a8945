/** Responses without a server, work that ends when it is told to, and turns of the event loop. */
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';

/** The answer of a client that is there until it hangs up. */
export function givenResponse() {
  const response = Object.assign(new EventEmitter(), { destroyed: false });
  return {
    response: response as unknown as ServerResponse,
    listeners: () => response.listenerCount('close'),
    hangUp() {
      response.destroyed = true;
      response.emit('close');
    },
  };
}

/** Work that says that it began, and ends when it is told to. */
export function givenWork() {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  return {
    begun,
    work: (name: string) => () => {
      begun.push(name);
      return new Promise<string>((resolve) => {
        ends.set(name, () => resolve(name));
      });
    },
    end: (name: string) => ends.get(name)?.(),
  };
}

/** Lets the event loop turn. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await setImmediate();
}
