/** A deployment with wrong parameters or services ends with its packaging, and says why in sentences. */
import { expect, test } from 'vitest';
import { packaged } from './packaged.ts';

const WRONG = {
  fautlSwitch: 'off',
  failOpenLevel: '9',
  bankFullLatencyMs: 'abc',
  policy: 'nope',
  throttleRate: '0',
};

/** What packaging says, where it is refused. */
async function refusalOf(...given: Parameters<typeof packaged>): Promise<string> {
  return packaged(...given).then(
    () => '',
    (error: { readonly stdout?: string }) => error.stdout ?? '',
  );
}

test('every wrong parameter is a sentence, and nothing else is said', async () => {
  const refusal = await refusalOf('dev', WRONG);
  const [, said = ''] = refusal.split('of stage dev:\n');
  expect(said.trim().split('\n')).toEqual([
    'there is no parameter fautlSwitch; did you mean faultSwitch?',
    'throttleRate must be an integer from 1 to 100000, got "0"',
    'failOpenLevel must be an integer from 1 to 3, got "9"',
    'policy must be one of classic, bank, production, adaptive, got "nope"',
    'bankFullLatencyMs must be a range of milliseconds such as 50-150, up to 1000; 0 is off, got "abc"',
  ]);
}, 240_000);

test.each([
  [
    { orders: { routes: ['ANY /orders'], modul: 'demo' } },
    'services.json: orders: modul is not a field of a service; did you mean module?',
  ],
  [
    { orders: { routes: ['ANY /orders'], module: 'demo', body: 'ServiceReqest' } },
    'services.json: orders.body must be a schema in docs/openapi.yaml, got "ServiceReqest"; did you mean ServiceRequest?',
  ],
])(
  'what is wrong in services.json is one sentence, once',
  async (file, sentence) => {
    const [, said = ''] = (await refusalOf('dev', {}, file)).split('of stage dev:\n');
    expect(said.trim()).toBe(sentence);
  },
  240_000,
);
