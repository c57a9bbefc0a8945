/** The tarball in plain JavaScript, on each Node that it promises. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { entriesOf, installedBy, README, tenLines, type Project } from './project.ts';

describe.each(Object.entries(inject('nodes')))('on Node %s', (major, node) => {
  let project: Project;
  beforeAll(async () => {
    project = await installedBy(node);
  });
  afterAll(() => project.remove());

  test('it is that Node', async () => {
    const { stdout } = await project.script('version.js', 'console.log(process.version)');
    expect(stdout).toMatch(new RegExp(`^v${major}\\.`));
  });

  test('the ten lines of the README run unchanged', async () => {
    const lines = await tenLines(README);
    expect(await project.script('weather.mjs', lines)).toMatchObject({
      code: 0,
      stdout: '{ degrees: 21 }\n',
      stderr: '',
    });
  });

  test("and so do those of the package's own README", async () => {
    const lines = await tenLines(join(project.installed, 'README.md'));
    expect(await project.script('weather.mjs', lines)).toMatchObject({
      code: 0,
      stdout: '{ degrees: 21 }\n',
      stderr: '',
    });
  });

  test('every entry is imported, and required, as the same thing', async () => {
    const entries = await entriesOf(project);
    expect(entries.length).toBeGreaterThanOrEqual(7);
    const { code, stdout, stderr } = await project.script(
      'entries.js',
      `(async () => {
        for (const entry of ${JSON.stringify(entries)}) {
          const names = (of) => Object.keys(of).filter((name) => !['default', 'module.exports', '__esModule'].includes(name));
          const [imported, required] = [await import(entry), require(entry)];
          const same = names(imported).filter((name) => imported[name] === required[name]);
          if (same.length === 0 || same.length !== names(required).length) throw new Error(entry);
          console.log(entry);
        }
      })();`,
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.trim().split('\n')).toEqual(entries);
  });

  test('what the sources import comes from one entry, the logger included', async () => {
    const { code, stdout, stderr } = await project.script(
      'utils.js',
      `const { logger, CircuitBreaker, CircuitBreakerOpenError, createExternalServiceCircuitBreaker, stripeCircuitBreaker, weatherApiCircuitBreaker, getAllCircuitBreakerStats, retry } = require('resilient-service-system/utils');
      const breaker = createExternalServiceCircuitBreaker('orders', () => 'a fallback');
      breaker.execute(async () => 'read').then((result) => {
        logger.info('done', { result, breakers: getAllCircuitBreakerStats().length });
        if (![CircuitBreaker, CircuitBreakerOpenError, retry, stripeCircuitBreaker.execute, weatherApiCircuitBreaker.execute].every((what) => typeof what === 'function')) throw new Error('not there');
      });`,
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ level: 'INFO', message: 'done', result: 'read' });
  });

  test('an error names the line of the source, not of what was compiled', async () => {
    const text = `const { CircuitBreaker } = require('resilient-service-system');
      try { new CircuitBreaker({ timeot: 1 }); } catch (error) { console.log(error.stack); }`;
    const { stdout } = await project.script('mapped.js', text, '--enable-source-maps');
    expect(stdout).toContain('BreakerOptionsError: expected the options');
    expect(stdout).toMatch(/read-options\.ts:\d+/);
  });
});
