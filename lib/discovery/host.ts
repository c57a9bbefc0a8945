/** The only place of discovery that looks at its process: its addresses, its environment, its signals. */
import { networkInterfaces } from 'node:os';

/** What discovery is told of its process. */
export interface DiscoveryHost {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The first address of this machine that others can reach; the loopback one where there is none. */
  ipv4(): string;
  /** Tells of the first of the signals that end a process. */
  onEnd(listener: (signal: NodeJS.Signals) => Promise<void>): void;
}

const ENDING = ['SIGTERM', 'SIGINT'] as const;

/** This process. */
export const processHost: DiscoveryHost = {
  get env() {
    return process.env;
  },
  ipv4: () =>
    Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1',
  onEnd(listener) {
    const end = (signal: NodeJS.Signals) => {
      for (const one of ENDING) process.off(one, end);
      void listener(signal).finally(() => {
        // A signal that nobody else listens to ends the process; ours was in its way.
        if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
      });
    };
    for (const one of ENDING) process.on(one, end);
  },
};
