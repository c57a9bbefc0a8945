/** `npm run new -- service NAME`: writes a service of one's own, its entry in services.json, and its test. */
import { readFileSync, writeFileSync } from 'node:fs';
import { newService, NewServiceError } from './new-service.ts';

const ROOT = new URL('../../../', import.meta.url);

const [what, name, ...rest] = process.argv.slice(2);
try {
  if (what !== 'service' || name === undefined || rest.length > 0) {
    throw new NewServiceError('expected: npm run new -- service NAME, such as: service quotes');
  }
  const { files, next } = newService(name, readFileSync(new URL('services.json', ROOT), 'utf8'));
  for (const { path, text, isNew } of files) {
    writeFileSync(new URL(path, ROOT), text, { flag: isNew ? 'wx' : 'w' });
    process.stdout.write(`${isNew ? 'wrote' : 'added an entry to'} ${path}\n`);
  }
  process.stdout.write(next);
} catch (error) {
  if (!(error instanceof NewServiceError) && (error as NodeJS.ErrnoException).code !== 'EEXIST') {
    throw error;
  }
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
