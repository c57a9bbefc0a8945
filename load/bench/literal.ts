/** `npm run bench:literal`: what a request costs by the literal workflow, by this one, by the guard and by a peer's breaker, on one engine. */
import { openTable } from '../../lib/local/table.ts';
import { startProgress } from '../progress.ts';
import {
  dollarsOf,
  guardForm,
  literalForm,
  ownForm,
  storedBreakerForm,
  type Form,
} from './literal-forms.ts';
import { machineLine, median, updateBlock } from './report.ts';

const BENCHMARKS = new URL('../../docs/BENCHMARKS.md', import.meta.url);
const TABLE = 'Levels';
const ROUNDS = 5;
const REQUESTS = 300;
/** One request in so many fails. */
const WORKLOADS = [
  { title: 'healthy', oneIn: Infinity },
  { title: '1 % errors', oneIn: 100 },
] as const;

const requests = ROUNDS * REQUESTS;

/** What a form came to, beside the literal one. */
function rowOf(form: Form, base: Form, title: string, latencies: readonly number[]): string {
  const { name, counts } = form;
  const [dollars, literal] = [dollarsOf(form, requests), dollarsOf(base, requests)];
  const each = (count: number) => (count / requests).toFixed(3);
  const beside = (part: keyof typeof dollars) => [
    dollars[part].toFixed(3),
    (dollars[part] / literal[part]).toFixed(2),
  ];
  const cells = [
    title,
    name,
    each(counts.invocations),
    each(counts.billedMs),
    each(counts.reads),
    each(counts.writes),
    median(latencies).toFixed(2),
    ...beside('own'),
    ...beside('total'),
    ...beside('all'),
  ];
  return `| ${cells.join(' | ')} |`;
}

const table = await openTable({ tableName: TABLE, region: 'us-east-1' });
const progress = startProgress('bench:literal');
const lines: string[] = [];
for (const [index, { title, oneIn }] of WORKLOADS.entries()) {
  progress.at(index, WORKLOADS.length, title);
  const literal = literalForm(table, TABLE);
  const own = await ownForm(table, TABLE);
  const forms = [literal, own, guardForm(table, TABLE), storedBreakerForm(table, TABLE)];
  const latencies = new Map<Form, number[]>(forms.map((form) => [form, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const form of forms) {
      for (let request = 1; request <= REQUESTS; request += 1) {
        const beganMs = performance.now();
        await form.request(request % oneIn === 0);
        latencies.get(form)?.push(performance.now() - beganMs);
      }
    }
  }
  lines.push(...forms.map((form) => rowOf(form, literal, title, latencies.get(form) ?? [])));
}
progress.end();
await table.close();

const text = [
  `${machineLine()}; ${requests} requests each, in ${ROUNDS} rounds, level 1, policy \`production\`. Dollars per million requests.`,
  '',
  '| requests | form | invocations | billed ms | reads | writes | median ms on this engine | functions and table, $ | Ratio | with Express, $ | Ratio | with a REST API, $ | Ratio |',
  '|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|',
  ...lines,
].join('\n');
process.stdout.write(`${text}\n`);
if (process.argv.includes('--write')) await updateBlock(BENCHMARKS, 'literal', text);
