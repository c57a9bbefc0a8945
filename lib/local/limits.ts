/** What the operating system and Node give this process, and how many connections that is enough for. */
import { getHeapStatistics } from 'node:v8';
import type { LaneLimits } from './admission/lane.ts';
import { StartError } from './errors.ts';

/** What a process has. */
export interface Given {
  /** Files and sockets that may be open at the same time; null where it is not known. */
  readonly descriptors: number | null;
  /** What the heap may grow to, in bytes. */
  readonly heapBytes: number;
}

/** What follows from it. */
export interface Limits {
  /** Connections at the same time; a further one is closed at once. */
  readonly maxConnections: number;
  /** What the bodies of all requests that are in memory may take, in bytes. */
  readonly bodyBytes: number;
  /** For the executions of one scope, and for the control plane, which is never behind them. */
  readonly lane: LaneLimits;
  /** Why there are fewer connections than there could be; null where there are not. */
  readonly because: string | null;
}

/** Connections at the same time, where nothing is scarce. */
const MAX_CONNECTIONS = 2_048;
/** Below this a burst of a few clients is refused: it is no server. */
const MIN_CONNECTIONS = 16;

/** Measured: 37 after the start; the rest is for the tables, which open files when they are compacted. */
const RESERVED_DESCRIPTORS = 80;

/** Executions at the same time, and as many that wait, where nothing is scarce. */
const MAX_PLACES = 128;
/** How long a request may wait for its place, in milliseconds. */
const DEADLINE_MS = 500;

const MIB = 1024 * 1024;
/** Node's new objects are in spaces of their own: three of 64 MiB, which are part of the limit. */
const NEW_SPACE_BYTES = 192 * MIB;
/** Measured: what the process needs without any request. */
const BASE_BYTES = 48 * MIB;
/** A connection with the longest head that there is, as text, as bytes and parsed. */
const CONNECTION_BYTES = 128 * 1024;
/** An execution at its largest, with what the collector needs to keep up with it. */
const EXECUTION_BYTES = 2 * MIB;
/** How often a body is in the heap while it is served: as text, parsed, in the workflow's input and state. */
const COPIES = 16;

/**
 * Judges what a process has.
 *
 * @throws StartError where it is too little to serve anybody.
 */
export function limitsOf({ descriptors, heapBytes }: Given): Limits {
  const leftBytes = heapBytes - NEW_SPACE_BYTES - BASE_BYTES;
  const byHeap = Math.floor(leftBytes / CONNECTION_BYTES);
  const byDescriptors = (descriptors ?? Infinity) - RESERVED_DESCRIPTORS;
  if (byHeap < MIN_CONNECTIONS) {
    const [got, needed] = [heapBytes, NEW_SPACE_BYTES + 64 * MIB].map((n) => Math.floor(n / MIB));
    throw new StartError(
      `the heap may grow to ${got} MiB, at least ${needed} are needed; run Node with --max-old-space-size=64 or more`,
    );
  }
  if (byDescriptors < MIN_CONNECTIONS) {
    throw new StartError(
      `only ${descriptors} files and sockets may be open, at least ${RESERVED_DESCRIPTORS + MIN_CONNECTIONS} are needed; raise ulimit -n`,
    );
  }
  const places = Math.min(MAX_PLACES, Math.floor(leftBytes / EXECUTION_BYTES));
  const maxConnections = Math.min(MAX_CONNECTIONS, byHeap, byDescriptors);
  return {
    maxConnections,
    bodyBytes: Math.floor(leftBytes / COPIES),
    lane: { concurrency: places, queue: places, deadlineMs: DEADLINE_MS },
    because: reasonOf(maxConnections, { byHeap, descriptors }),
  };
}

function reasonOf(
  maxConnections: number,
  { byHeap, descriptors }: { readonly byHeap: number; readonly descriptors: number | null },
): string | null {
  if (maxConnections === MAX_CONNECTIONS) return null;
  return maxConnections === byHeap
    ? 'the heap is small (--max-old-space-size)'
    : `only ${descriptors} files and sockets may be open (ulimit -n)`;
}

/** What this process has. */
export function givenToProcess(): Given {
  // The addresses of the machine are not asked for: that may take seconds.
  Object.assign(process.report, { excludeNetwork: true });
  const { userLimits } = process.report.getReport() as {
    readonly userLimits?: { readonly open_files?: { readonly soft: number | 'unlimited' } };
  };
  const soft = userLimits?.open_files?.soft;
  return {
    descriptors: typeof soft === 'number' ? soft : null,
    heapBytes: getHeapStatistics().heap_size_limit,
  };
}
