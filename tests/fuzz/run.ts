/** `npm run fuzz [-- SECONDS [NAME]]`: fuzzes every parser, or those whose name has the words; a minute by default. */
import { mkdir, writeFile } from 'node:fs/promises';
import { chanceOf } from '../../lib/simulation/random.ts';
import { Coverage } from './coverage.ts';
import { fuzz } from './fuzzer.ts';
import { TARGETS } from './targets.ts';

const FOUND = new URL('../../.cache/fuzz/', import.meta.url);
const [seconds = '60', words = ''] = process.argv.slice(2);
const targets = TARGETS.filter(({ name }) => name.includes(words));
const eachMs = (Number(seconds) * 1_000) / targets.length;
const seed = Math.floor(Date.now() / 1_000);
const chance = chanceOf(seed);
const coverage = new Coverage();
const nowMs = () => performance.now();

console.log(`seed ${seed}; ${targets.length} parsers, ${(eachMs / 1_000).toFixed(1)} s each\n`);
console.log('| parser | executions | a second | kept inputs | blocks reached | found |');
console.log('|---|---:|---:|---:|---:|---|');
for (const target of targets) {
  const fuzzed = fuzz(target, { coverage, chance, nowMs, untilMs: nowMs() + eachMs });
  const { executions, corpus, blocks, found } = fuzzed;
  const perSecond = Math.round((executions * 1_000) / eachMs);
  const said = found === null ? 'nothing' : String(found.error).replaceAll('\n', ' ').slice(0, 120);
  console.log(
    `| ${[target.name, executions, perSecond, corpus.length, blocks, said].join(' | ')} |`,
  );
  if (found === null) continue;
  process.exitCode = 1;
  await mkdir(FOUND, { recursive: true });
  const file = new URL(`${target.name.replaceAll(' ', '-')}.txt`, FOUND);
  await writeFile(file, found.input);
  console.log(`\n${JSON.stringify(found.input).slice(0, 400)}\nkept in .cache/fuzz\n`);
}
coverage.stop();
