/** The CLI on a stage's table: what it says of one that is there, and of one that is not. */
import { describe, expect, test } from 'vitest';
import { localUser } from '../../lib/local/local-user.ts';
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
      stderr: `stage qa in ${region}: table ServiceResiliencyTable-qa in ${region} did not answer (ResourceNotFoundException); check the stage, the region and the credentials of the AWS CLI\n`,
    });
  });

  const ANA = 'arn:aws:iam::123456789012:user/ana';
  const CALLER = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>${ANA}</Arn><UserId>AIDA</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`;

  test('is named with account and caller, who stands in what is written', async () => {
    const { endpoint, received } = await givenServer((response, { body }) => {
      if (body.startsWith('Action=')) response.end(CALLER);
      else answerJson(response, 200, body.includes('UpdateExpression') ? writtenBy(body) : {});
    });
    const all = { ...KEYS, AWS_ENDPOINT_URL: endpoint };
    const where = ['--stage', 'qa', '--region', 'eu-north-1'];
    const { stdout } = await runCtl(['pin', '2', '--reason', 'drill', ...where], all);
    const lines = stdout.split('\n');
    expect(lines.slice(0, 2)).toEqual([
      `on stage qa: table ServiceResiliencyTable-qa in eu-north-1 at ${endpoint}, account 123456789012, as ${ANA}`,
      `stage qa in eu-north-1: default is pinned at level 2 (was 1): drill, by ${ANA}`,
    ]);
    const tables = received.filter(({ body }) => body.startsWith('{')).map(({ body }) => body);
    expect(tables.every((body) => body.includes('"ServiceResiliencyTable-qa"'))).toBe(true);
  });

  test('is read and shown where nobody says whose credentials these are', async () => {
    const { endpoint } = await givenServer((response, { body }) => {
      if (body.startsWith('Action=')) answerError(response, 403, 'AccessDenied');
      else answerJson(response, 200, {});
    });
    const all = { ...KEYS, AWS_ENDPOINT_URL: endpoint };
    const { stdout } = await runCtl(['status', '--stage', 'qa', '--region', 'eu-north-1'], all);
    expect(stdout.split('\n')[0]).toContain(`, account unknown, as ${localUser()}`);
    expect(stdout).toContain('stage qa in eu-north-1: account  LEVEL 1 FULL');
  });

  test('in a region that is none is one clear line', async () => {
    const { code, stderr } = await runCtl(['status', '--stage', 'qa', '--region', 'mars']);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'stage qa: AWS_REGION must be a region such as us-east-1, got "mars"\n',
    });
  });
});

/** What an update sets, as the table answers it. */
function writtenBy(body: string) {
  const { ExpressionAttributeValues: values } = JSON.parse(body) as {
    readonly ExpressionAttributeValues: Readonly<Record<string, unknown>>;
  };
  const sets = Object.entries(values).filter(([name]) => name.startsWith(':set_'));
  return { Attributes: Object.fromEntries(sets.map(([name, it]) => [name.slice(5), it])) };
}
