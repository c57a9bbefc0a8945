/** `npm run fuzz [-- SECONDS [NAME]]`: fuzzes every parser, or those whose name has the words; a minute by default. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { chanceOf } from '../../lib/simulation/random.ts';
import { Coverage } from './coverage.ts';
import { fuzz, type Target } from './fuzzer.ts';
import { TARGETS } from './targets.ts';

const FOUND = new URL('../../.cache/fuzz/', import.meta.url);
/** What a process is told that fuzzes one parser, by its number. */
const ONE = '--one';

const nowMs = () => performance.now();

/** Fuzzes one, tells its row of the table, and keeps what it found. */
function fuzzOne(target: Target, eachMs: number, seed: number): void {
  const coverage = new Coverage();
  const given = { coverage, chance: chanceOf(seed), nowMs, untilMs: nowMs() + eachMs };
  const { executions, corpus, blocks, found } = fuzz(target, given);
  coverage.stop();
  const perSecond = Math.round((executions * 1_000) / eachMs);
  const said = found === null ? 'nothing' : String(found.error).replaceAll('\n', ' ').slice(0, 120);
  console.log(
    `| ${[target.name, executions, perSecond, corpus.length, blocks, said].join(' | ')} |`,
  );
  if (found === null) return;
  process.exitCode = 1;
  mkdirSync(FOUND, { recursive: true });
  writeFileSync(new URL(`${target.name.replaceAll(' ', '-')}.txt`, FOUND), found.input);
  console.log(`\n${JSON.stringify(found.input).slice(0, 400)}\nkept in .cache/fuzz\n`);
}

/** V8 takes ever longer to tell what ran in a process: each parser has one of its own. */
function fuzzAll(seconds: number, words: string): void {
  const chosen = [...TARGETS.entries()].filter(([, { name }]) => name.includes(words));
  const eachMs = (seconds * 1_000) / chosen.length;
  const seed = Math.floor(Date.now() / 1_000);
  console.log(`seed ${seed}; ${chosen.length} parsers, ${(eachMs / 1_000).toFixed(1)} s each\n`);
  console.log('| parser | executions | a second | kept inputs | blocks reached | found |');
  console.log('|---|---:|---:|---:|---:|---|');
  for (const [index] of chosen) {
    const given = [ONE, String(index), String(eachMs), String(seed + index)];
    const one = spawnSync(process.execPath, [import.meta.filename, ...given], { stdio: 'inherit' });
    if (one.status !== 0) process.exitCode = 1;
  }
}

const [first = '60', ...rest] = process.argv.slice(2);
const target = TARGETS[Number(rest[0])];
if (first === ONE && target !== undefined) fuzzOne(target, Number(rest[1]), Number(rest[2]));
else fuzzAll(Number(first), rest[0] ?? '');
