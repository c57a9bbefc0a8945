/** A deployment with wrong parameters ends with its packaging, and says why in sentences. */
import { expect, test } from 'vitest';
import { packaged } from './packaged.ts';

const WRONG = {
  fautlSwitch: 'off',
  failOpenLevel: '9',
  bankFullLatencyMs: 'abc',
  policy: 'nope',
  throttleRate: '0',
};

test('every wrong parameter is a sentence, and nothing else is said', async () => {
  const refusal = await packaged('dev', WRONG).then(
    () => '',
    (error: { readonly stdout?: string }) => error.stdout ?? '',
  );
  const [, said = ''] = refusal.split('of stage dev:\n');
  expect(said.trim().split('\n')).toEqual([
    'there is no parameter fautlSwitch; did you mean faultSwitch?',
    'throttleRate must be an integer from 1 to 100000, got "0"',
    'failOpenLevel must be an integer from 1 to 3, got "9"',
    'policy must be one of classic, bank, production, adaptive, got "nope"',
    'bankFullLatencyMs must be a range of milliseconds such as 50-150, up to 1000; 0 is off, got "abc"',
  ]);
}, 240_000);
