/** `npm run gameday`: a bounded outage in a running system, and whether it did what it promises. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LoadError } from '../errors.ts';
import { HELP, readArguments } from './arguments.ts';
import { playGameDay } from './play.ts';
import { judgeGameDay } from './verdict.ts';

const print = (line: string) => process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  const options = readArguments(process.argv.slice(2));
  if (options === null) {
    process.stdout.write(HELP);
    return;
  }
  const seen = await playGameDay(options, print);
  const checks = judgeGameDay(seen, options);
  // Drawing takes longer to load than everything that can be wrong before.
  const { makeReport } = await import('./report.ts');
  await mkdir(options.out, { recursive: true });
  for (const [name, text] of Object.entries(await makeReport(options, seen, checks))) {
    await writeFile(join(options.out, name), text);
  }
  for (const { what, got, holds } of checks) print(`  ${holds ? '✓' : '✗'} ${what}: ${got}`);
  print(`Report: ${join(options.out, 'report.html')}`);
  if (checks.some(({ holds }) => !holds)) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  const isUsage = (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS') ?? false;
  if (!(error instanceof LoadError || isUsage)) throw error;
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
