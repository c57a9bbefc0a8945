/** The only place of health that looks at its process: the clocks, the environment, the memory. */
import { totalmem } from 'node:os';
import { monotonicMs, wallMs } from '../breaker/host.ts';

/** What health is told of its process. */
export interface HealthHost {
  /** Epoch milliseconds. */
  nowMs(): number;
  /** Milliseconds that never go back. */
  monotonicMs(): number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What the process has taken, and what it may take, in bytes. */
  memory(): { readonly usedBytes: number; readonly limitBytes: number };
}

const MIB = 1024 * 1024;

/** This process. */
export const processHost: HealthHost = {
  nowMs: wallMs,
  monotonicMs,
  get env() {
    return process.env;
  },
  memory: () => ({
    usedBytes: process.memoryUsage.rss(),
    limitBytes: memoryLimit(process.env, process.constrainedMemory(), totalmem()),
  }),
};

/**
 * The most that a process may take, in bytes: what its Lambda function was given, else the limit of its
 * container (cgroup), else the memory of its machine.
 *
 * @param constrainedBytes What Node says of the cgroup: 0 where it knows none, and a number beyond the
 *   machine where it has no limit.
 */
export function memoryLimit(
  env: HealthHost['env'],
  constrainedBytes: number,
  machineBytes: number,
): number {
  const lambdaMib = Number(env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE']);
  if (lambdaMib > 0) return lambdaMib * MIB;
  const isLimited = constrainedBytes > 0 && constrainedBytes < machineBytes;
  return isLimited ? constrainedBytes : machineBytes;
}
