/** Reads the file of a trace, line by line: it may be larger than memory. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { TraceError, TraceReader, type Trace } from '../../lib/simulation/trace.ts';
import type { Progress } from '../progress.ts';
import { createLineReader } from './trace-lines.ts';

/** Lines between two words of how far it is. */
const LINES_A_WORD = 100_000;

/**
 * Reads a trace.
 *
 * @throws TraceError naming the file, and the line where one is wrong.
 */
export async function readTrace(file: string, progress: Progress): Promise<Trace> {
  const { size } = await stat(file).catch((cause: unknown) => {
    throw new TraceError(`${file} cannot be read`, { cause });
  });
  const input = createReadStream(file, 'utf8');
  const reader = new TraceReader();
  const readLine = createLineReader();
  let number = 0;
  try {
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      number += 1;
      const row = readLine(line, number);
      if (row !== null && row !== 'none') reader.add(row);
      if (number % LINES_A_WORD === 0) progress.at(input.bytesRead, size, `line ${number}`);
    }
    return reader.trace();
  } catch (error) {
    if (!(error instanceof TraceError)) throw error;
    throw new TraceError(`${file}: ${error.message}`, { cause: error });
  }
}
