/** What an environment has seen and not told, as the tests know it: a shadow of a guard's batch. */
import type { ConditionalWrite } from '../../lib/level/fence.ts';
import type { Happened } from './ledger.ts';

/** Of one environment. */
export class Kept {
  #pending: readonly Happened[] = [];
  #isBackingOff = false;

  /** What an environment keeps is of one epoch and step: a batch of another goes. */
  add(happened: Happened): void {
    const isSame = (each: Happened) =>
      each.kind === 'probe' ||
      (each.epoch === happened.epoch &&
        each.level === happened.level &&
        each.stepSinceMs === happened.stepSinceMs);
    const kept = happened.isSure
      ? this.#pending.filter(isSame)
      : this.#pending.map((each) => (isSame(each) ? each : { ...each, isSure: false }));
    this.#pending = [...kept, happened];
  }

  /** What a write tells. */
  take({ expect }: ConditionalWrite): readonly Happened[] {
    if (expect.kind !== 'evidence') return [];
    const isTold = ({ kind }: Happened) => (kind === 'probe') === (expect.level === 3);
    const told = this.#pending.filter(isTold);
    this.#pending = this.#pending.filter((each) => !isTold(each));
    return told.filter(({ level, epoch }) => level === expect.level && epoch === expect.epoch);
  }

  /** What was refused; a probe's result is not kept. */
  putBack(told: readonly Happened[]): void {
    this.#isBackingOff = true;
    this.#pending = [...told.filter(({ kind }) => kind !== 'probe'), ...this.#pending];
  }

  /** The time between the first and the last that would be lost with it, in milliseconds. */
  get spanMs(): number {
    // What a share has drawn out was never kept.
    const kept = this.#pending.filter(({ kind, isSure }) => kind !== 'probe' && isSure);
    const times = kept.map(({ atMs }) => atMs);
    if (times.length === 0 || this.#isBackingOff) return 0;
    return Math.max(...times) - Math.min(...times);
  }
}

/** A count of faces or canaries, the begin of a watch, or a probe's result. */
export function isEvidence({ add = {}, set, setIfAbsent = {} }: ConditionalWrite): boolean {
  if ('epoch' in set || 'epoch' in add) return false;
  if ('run' in setIfAbsent || 'successCount' in set || 'successCount' in add) return true;
  return Object.keys(add).some((name) => /^([EO][0-9a-z]+|canaryOk|canaryErrors)$/.test(name));
}
