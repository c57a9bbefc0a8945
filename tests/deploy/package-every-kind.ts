/** Packages a project with services of every kind, and prints where its template is: `node … dev`. */
import { join } from 'node:path';
import everyKind from './every-kind.json' with { type: 'json' };
import { packageFolder, STAGES, TEMPLATE } from './packaged.ts';

const stage = STAGES.find((name) => name === process.argv[2]);
if (stage === undefined) throw new Error(`expected one of ${STAGES.join(', ')}`);
process.stdout.write(
  `${join(await packageFolder(stage, ['--param', 'statusAuth=iam'], everyKind), TEMPLATE)}\n`,
);
