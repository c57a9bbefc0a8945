/** The CLI on a stage's table: what it says of one that is there, and of one that is not. */
import { describe, expect, test } from 'vitest';
import { answerError, answerJson, givenServer } from '../store/local-servers.ts';
import { runCtl } from './process.ts';

describe("a stage's table", () => {
  const KEYS = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };

  test.each([
    [['--region', 'eu-north-1'], {}, 'eu-north-1'],
    [[], { AWS_REGION: 'eu-west-1' }, 'eu-west-1'],
  ])('that is not there is named with its region: %o', async (args, env, region) => {
    const { endpoint } = await givenServer((response) => {
      answerError(response, 400, 'ResourceNotFoundException');
    });
    const all = { ...KEYS, ...env, AWS_ENDPOINT_URL: endpoint };
    expect(await runCtl(['status', '--stage', 'qa', ...args], all)).toEqual({
      code: 1,
      stdout: '',
      stderr: `table ServiceResiliencyTable-qa in ${region} did not answer (ResourceNotFoundException); check the stage, the region and the credentials of the AWS CLI\n`,
    });
  });

  test('is read and shown', async () => {
    const { endpoint, received } = await givenServer((response) => answerJson(response, 200, {}));
    const all = { ...KEYS, AWS_ENDPOINT_URL: endpoint };
    const { stdout } = await runCtl(['status', '--stage', 'qa', '--region', 'eu-north-1'], all);
    expect(stdout).toContain('LEVEL 1 FULL');
    expect(JSON.parse(received[0]?.body ?? '')).toHaveProperty(
      'TableName',
      'ServiceResiliencyTable-qa',
    );
  });

  test('in a region that is none is one clear line', async () => {
    const { code, stderr } = await runCtl(['status', '--stage', 'qa', '--region', 'mars']);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'AWS_REGION must be a region such as us-east-1, got "mars"\n',
    });
  });
});
