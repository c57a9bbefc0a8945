/** What the project takes along, and what it must not: licences, versions, install scripts, secrets. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = new URL('../..', import.meta.url).pathname;

interface Package {
  readonly version: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
}

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const manifest = JSON.parse(read('package.json')) as {
  readonly allowScripts: Readonly<Record<string, boolean>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
};
const lock = JSON.parse(read('package-lock.json')) as {
  readonly packages: Readonly<Record<string, Package>>;
};
const packages = Object.entries(lock.packages).filter(
  ([path, { link }]) => path.includes('node_modules/') && link !== true,
);

/** May be taken along in what is shipped. */
const SHIPPED = new Set([
  'MIT',
  'MIT-0',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  '0BSD',
]);
/** May be used to build and test as well: weak copyleft, and what is no licence to distribute but a grant. */
const BUILDING = new Set([
  ...SHIPPED,
  'MPL-2.0',
  'BlueOak-1.0.0',
  'Python-2.0',
  'PSF-2.0',
  'Unlicense',
  '(MIT AND Zlib)',
  'CC0-1.0',
  // Data: what browsers can do.
  'CC-BY-4.0',
]);

describe('every package of the lock file', () => {
  test('has a licence that it may be shipped or built with', () => {
    const wrong = packages
      .filter(([, { license = '', dev }]) => !(dev === true ? BUILDING : SHIPPED).has(license))
      .map(([path, { license, dev }]) => `${path}: ${license}${dev === true ? ' (dev)' : ''}`);
    expect(wrong).toEqual([]);
    expect(packages.length).toBeGreaterThan(500);
  });

  test('is held by its hash', () => {
    const without = packages.filter(([, { integrity = '' }]) => !integrity.startsWith('sha512-'));
    expect(without.map(([path]) => path)).toEqual([]);
  });

  test('runs nothing when it is installed, but what is allowed by name', () => {
    const scripted = packages
      .filter(([, { hasInstallScript }]) => hasInstallScript === true)
      .map(([path]) => path.replace(/^.*node_modules\//, ''));
    const known = new Set([...Object.keys(manifest.allowScripts), ...NOT_RUN]);
    expect(scripted.filter((name) => !known.has(name))).toEqual([]);
  });
});

/** Have an install script that npm does not run, and the project does not need. */
const NOT_RUN = ['@parcel/watcher', 'es5-ext'];

test('every version of the manifest is exact', () => {
  const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
  const loose = versions.filter(([, version]) => !/^(?:npm:[\w.-]+@)?\d+\.\d+\.\d+$/.test(version));
  expect(loose.filter(([, version]) => !version.startsWith('file:'))).toEqual([]);
});

/** Forms that secrets have; each beside one that it must find. */
const SECRETS: readonly (readonly [what: string, form: RegExp, like: string])[] = [
  ['an access key of AWS', /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/, `AKIA${'Q'.repeat(16)}`],
  [
    'a secret key of AWS',
    /aws.{0,20}secret.{0,20}['"][A-Za-z0-9/+]{40}['"]/i,
    `aws_secret = '${'q'.repeat(40)}'`,
  ],
  ['a private key', /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s*[A-Za-z0-9+/]{40}/, ''],
  ['a token of GitHub', /\bgh[pousr]_[A-Za-z0-9]{36}\b/, `ghp_${'q'.repeat(36)}`],
  ['a token of Slack', /\bxox[abpr]-[A-Za-z0-9-]{20,}/, `xoxb-${'1'.repeat(24)}`],
  ['a token of npm', /\bnpm_[A-Za-z0-9]{36}\b/, `npm_${'q'.repeat(36)}`],
  ['a JSON web token', /\beyJ[A-Za-z0-9_-]{20,}\.eyJ[A-Za-z0-9_-]{20,}\./, ''],
];

/** AWS's own example, in its documentation and in tests of signatures. */
const EXAMPLES = /AKIAIOSFODNN7EXAMPLE|wJalrXUtnFEMI/;

describe('no file of the repository has', () => {
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' })
    .split('\0')
    .filter((path) => path !== '' && !/\.(?:png|svg)$|package-lock\.json$/.test(path));

  test.each(SECRETS)('%s', (_what, form, like) => {
    if (like !== '') expect(like).toMatch(form);
    const found = files.filter((path) => {
      const line = read(path)
        .split('\n')
        .find((text) => form.test(text));
      return line !== undefined && !EXAMPLES.test(line) && path !== 'tests/security/supply.test.ts';
    });
    expect(found).toEqual([]);
  });
});
