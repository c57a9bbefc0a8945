/** Where AWS is, for what works on a deployed stage. */
import { SFNClient } from '@aws-sdk/client-sfn';

/** The region where none is named anywhere; serverless.yml deploys to the same. */
export const DEFAULT_REGION = 'us-east-1';

/**
 * The region to work in: the one given, else that of the AWS configuration, else us-east-1.
 *
 * @param given The setting AWS_REGION or the option `--region`.
 */
export async function awsRegion(given: string | undefined): Promise<string> {
  if (given !== undefined) return given;
  const client = new SFNClient({});
  try {
    return await client.config.region();
  } catch {
    return DEFAULT_REGION;
  } finally {
    client.destroy();
  }
}
