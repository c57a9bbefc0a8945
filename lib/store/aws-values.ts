/** Reads values of SSM and Secrets Manager by AWS's JSON protocol: their clients weigh half of a face. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SignatureV4 } from '@smithy/signature-v4';

/** How long one read may take, in milliseconds. */
const READ_MS = 1_500;

const OPERATIONS = {
  ssm: {
    target: 'AmazonSSM.GetParameter',
    input: (Name: string) => ({ Name, WithDecryption: true }),
  },
  secretsmanager: {
    target: 'secretsmanager.GetSecretValue',
    input: (SecretId: string) => ({ SecretId }),
  },
} as const;

/** What both answer, as far as it is read. */
interface Answered {
  readonly Parameter?: { readonly Value?: string };
  readonly SecretString?: string;
  readonly __type?: string;
}

/** The value was not read; it says by which code, and nothing of what came. */
class ValueUnavailableError extends Error {
  override readonly name = 'ValueUnavailableError';
  readonly code = 'VALUE_UNAVAILABLE';
  constructor(service: string, name: string, got: string) {
    super(`expected ${service} to have a text named ${name}, got ${got}`);
  }
}

/**
 * Reads a value, decrypted, by the credentials and the region of the AWS configuration.
 *
 * @param name The name of a parameter or secret, or its ARN.
 * @param endpoint An emulator in place of AWS.
 * @throws ValueUnavailableError; what fetch throws.
 */
export async function readValue(
  service: keyof typeof OPERATIONS,
  name: string,
  endpoint?: string,
): Promise<string> {
  const { target, input } = OPERATIONS[service];
  // It asks nothing: what it knows of the configuration is all that is taken.
  const { config } = new DynamoDBClient({});
  const region = await config.region();
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const url = new URL(endpoint ?? `https://${service}.${region}.${domain}`);
  const { credentials, sha256 } = config;
  const signer = new SignatureV4({ service, region, credentials, sha256 });
  const { headers, body } = await signer.sign({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    path: '/',
    query: {},
    headers: {
      host: url.host,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': target,
    },
    body: JSON.stringify(input(name)),
  });
  const signal = AbortSignal.timeout(READ_MS);
  const response = await fetch(url, { method: 'POST', headers, body: String(body), signal });
  const answered = (await response.json()) as Answered;
  const value = answered.Parameter?.Value ?? answered.SecretString;
  if (response.ok && value !== undefined) return value;
  throw new ValueUnavailableError(service, name, answered.__type ?? String(response.status));
}
