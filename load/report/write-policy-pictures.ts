/** `npm run docs:policies`: draws each policy against the same outage into docs/pictures. */
import { writeFile } from 'node:fs/promises';
import { drawPolicies } from './policy-picture.ts';

for (const [name, picture] of Object.entries(await drawPolicies())) {
  await writeFile(new URL(`../../docs/pictures/${name}.svg`, import.meta.url), picture);
}
