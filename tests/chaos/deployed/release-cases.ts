/** Releases in the middle of a storm: a sound one, and one that is broken with the way back from it. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Case } from './cases.ts';
import type { World } from './given.ts';

const DEV = ['--stage', 'dev'] as const;

async function deploy({ dev }: World): Promise<void> {
  await dev.account.deploy(...DEV, '--param', 'logLevel=debug');
}

/** Deploys a full face that throws, and goes back to the packages of before. */
async function deployBrokenAndRollBack({ dev }: World): Promise<void> {
  const { account } = dev;
  const file = join(account.folder, 'functions/full-service.ts');
  const whole = await readFile(file, 'utf8');
  const begin = "'full-service', (event) =>";
  expect(whole).toContain(begin);
  const broken = `${begin} event ? Promise.reject(new Error('a release that nobody tried')) :`;
  await writeFile(file, whole.replace(begin, broken));
  await account.deploy(...DEV);
  await writeFile(file, whole);
  const listed = await account.serverless('deploy', 'list', ...DEV);
  const stamps = [...listed.matchAll(/Timestamp: (\d+)/g)].map(([, at]) => at ?? '');
  await account.serverless('rollback', ...DEV, '--timestamp', stamps.at(-2) ?? '');
}

export const RELEASE_CASES: readonly Case[] = [
  {
    what: 'a deploy in the middle of a storm that goes down and up',
    requests: deploy,
    // Ten errors take level 1 to maintenance, thirty successes bring it back.
    fails: (sent) => sent % 40 < 10,
  },
  {
    what: 'a release whose full face throws, and its rollback, in one storm',
    short: true,
    fails: () => false,
    requests: deployBrokenAndRollBack,
    // Nobody asked for an error: it was the release.
    held: (_world, { replies }) => {
      expect(replies.filter(({ status }) => status === 500).length).toBeGreaterThanOrEqual(5);
    },
  },
];
