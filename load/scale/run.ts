/** `npm run scale [-- --write]`: an outage at three sizes against AWS's published limits, by workflow and by guard. */
import { writeFile } from 'node:fs/promises';
import { updateBlock } from '../bench/report.ts';
import { startProgress } from '../progress.ts';
import { allDollars, ladderDollars } from './dollars.ts';
import { playGuards, type FleetGiven } from './guard-fleet.ts';
import { growthSeconds, LIMITS, refusedWhileGrowing } from './limits.ts';
import { OUTAGE, type ScaleRun } from './outcome.ts';
import { drawScale } from './picture.ts';
import { playWorkflow } from './workflow.ts';

const SCALE = new URL('../../docs/SCALE.md', import.meta.url);
const PICTURES = new URL('../../docs/pictures/', import.meta.url);

/** How long a request takes in an environment of Lambda, in milliseconds; it takes one at a time. */
const SERVED_MS = 30;
/** Scopes that an environment's hash chooses among, where one row would be read too often. */
const CELLS = 8;

interface Played {
  readonly run: ScaleRun;
  readonly shown: string;
}

/** What the pictures leave out: an outage at another time, and a fleet that is another one again. */
const NOT_DRAWN: ReadonlySet<string> = new Set(['workflow, later', 'guard in cells']);

const environmentsFor = (perSecond: number) =>
  Math.max(4, Math.ceil((perSecond * SERVED_MS) / 1_000));

/** Cells know nothing of each other: one is played, and stands for all. */
async function playCells(given: FleetGiven, cells: number): Promise<ScaleRun> {
  const { perSecond, environments, form } = given;
  const share = { perSecond: perSecond / cells, environments: Math.ceil(environments / cells) };
  const run = await playGuards({ form, ...share });
  const times = (value: number) => value * cells;
  return {
    ...run,
    perSecond,
    requests: times(run.requests),
    failed: times(run.failed),
    unread: times(run.unread),
    readsThrottled: times(run.readsThrottled),
    writesThrottled: times(run.writesThrottled),
    writes: times(run.writes),
    moves: { decided: times(run.moves.decided), lost: times(run.moves.lost) },
    reads: times(run.reads),
    failedPerSecond: run.failedPerSecond.map(times),
  };
}

async function playAll({ perSecond, servers, replicas }: Size): Promise<readonly Played[]> {
  const environments = environmentsFor(perSecond);
  const fleet = { perSecond, environments };
  const played: Played[] = [{ shown: 'workflow', run: await playWorkflow(perSecond) }];
  if (replicas > 0) {
    const run = await playWorkflow(perSecond, replicas);
    const shown = `workflow, ${replicas} read replicas`;
    played.push({ shown, run });
    played.push({
      shown: 'the same, after a watch',
      run: await playWorkflow(perSecond, replicas, true),
    });
  }
  played.push({
    shown: `guard, ${servers.toLocaleString('en')} servers`,
    run: await playGuards({ form: 'guard on servers', perSecond, environments: servers }),
  });
  const lambda = `guard, ${environments.toLocaleString('en')} environments of Lambda`;
  played.push({ shown: lambda, run: await playGuards({ form: 'guard on Lambda', ...fleet }) });
  if (environments > 2 * LIMITS.readUnits) {
    const run = await playCells({ form: 'guard in cells', ...fleet }, CELLS);
    played.push({ shown: `the same in ${CELLS} cells`, run });
  }
  return played;
}

const whole = (value: number) => Math.round(value).toLocaleString('en');
const percent = (part: number, all: number) => `${((100 * part) / all).toFixed(2)} %`;

const ofReplicas = ({ replicaWrites = 0 }: ScaleRun) =>
  replicaWrites === 0 ? '' : `, ${whole(replicaWrites)} on replicas`;

function rowOf({ run, shown }: Played): string {
  const { perSecond, requests, failed, readsThrottled, writesThrottled, writes, stale } = run;
  const path = run.changes.map(({ to }) => to).join(' → ');
  const cells = [
    `${whole(perSecond)}/s`,
    shown,
    `${whole(readsThrottled)} (${percent(readsThrottled, readsThrottled + run.reads)})`,
    `${whole(writesThrottled)} of ${whole(writes + writesThrottled)}${ofReplicas(run)}`,
    `${whole(stale.p50)} / ${whole(stale.p99)} ms`,
    `${whole(failed)} (${percent(failed, (requests * (OUTAGE.toMs - OUTAGE.fromMs)) / OUTAGE.totalMs)})`,
    `1 → ${path}`,
    `${run.moves.lost} of ${run.moves.decided}`,
    ladderDollars(run).toFixed(3),
    allDollars(run).toFixed(2),
  ];
  return `| ${cells.join(' | ')} |`;
}

interface Size {
  readonly perSecond: number;
  readonly servers: number;
  readonly replicas: number;
}

const SIZES: readonly Size[] = [
  { perSecond: 100, servers: 4, replicas: 0 },
  { perSecond: 10_000, servers: 10, replicas: 9 },
  { perSecond: 50_000, servers: 50, replicas: 9 },
  { perSecond: 1_000_000, servers: 500, replicas: 0 },
];

const progress = startProgress('scale');
const rows: string[] = [];
const pictures: [string, string][] = [];
for (const [index, size] of SIZES.entries()) {
  const { perSecond } = size;
  progress.at(index, SIZES.length, `${whole(perSecond)} requests a second`);
  const played = await playAll(size);
  rows.push(...played.map(rowOf));
  const drawn = played.map(({ run }) => run).filter(({ form }) => !NOT_DRAWN.has(form));
  pictures.push([`scale-${perSecond}.svg`, `${await drawScale(drawn)}\n`]);
}
progress.end();

const surges = SIZES.map(({ perSecond }) => {
  const to = environmentsFor(perSecond);
  const from = Math.ceil(to / 10);
  const refused = refusedWhileGrowing({ perSecond, from, to });
  return `| ${whole(perSecond)}/s | ${whole(from)} | ${whole(to)} | ${growthSeconds(from, to).toFixed(1)} s | ${whole(refused)} |`;
});

const table = [
  '| traffic | form | reads of the level throttled | writes throttled | half / 99 % go by a change after | failed in the outage | levels | changes lost | ladder, $ per million | all, $ per million |',
  '|---|---|---:|---:|---:|---:|---|---:|---:|---:|',
  ...rows,
].join('\n');
const growth = [
  '| traffic, from a tenth of it at once | environments before | after | grown after | requests refused until then |',
  '|---|---:|---:|---:|---:|',
  ...surges,
].join('\n');
process.stdout.write(`${table}\n\n${growth}\n`);
if (process.argv.includes('--write')) {
  await updateBlock(SCALE, 'scale', table);
  await updateBlock(SCALE, 'growth', growth);
  for (const [name, picture] of pictures) await writeFile(new URL(name, PICTURES), picture);
}
