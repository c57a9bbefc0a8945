/** Which blocks of the project's code ran, as V8 itself counts them. */
import { Session, type Profiler } from 'node:inspector';

const OURS = /\/(?:lib|load|functions)\/[^?]*\.ts$/;

/** Counts from its making on; one at a time in a process. */
export class Coverage {
  readonly #session = new Session();

  constructor() {
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    this.take();
  }

  /** The blocks that ran since it was taken last: each by its place, and how often in powers of two. */
  take(): ReadonlySet<string> {
    const blocks = new Set<string>();
    this.#session.post('Profiler.takePreciseCoverage', (error, taken) => {
      if (error !== null) throw error;
      for (const { scriptId, url, functions } of taken.result) {
        if (OURS.test(url)) addBlocks(blocks, scriptId, functions);
      }
    });
    return blocks;
  }

  stop(): void {
    this.#session.disconnect();
  }
}

function addBlocks(
  blocks: Set<string>,
  scriptId: string,
  functions: readonly Profiler.FunctionCoverage[],
): void {
  for (const { ranges } of functions) {
    for (const { startOffset, endOffset, count } of ranges) {
      if (count > 0) blocks.add(`${scriptId} ${startOffset} ${endOffset} ${Math.clz32(count)}`);
    }
  }
}
