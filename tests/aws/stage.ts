/** A stage of the trial's own: deployed, found, spoken to, removed, and looked for afterwards. */
import { APIGatewayClient, GetAccountCommand } from '@aws-sdk/client-api-gateway';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { createLog } from '../../lib/local/log.ts';
import { startServer } from '../../lib/local/server.ts';
import { readConfig } from '../../lib/runtime/config.ts';
import { awsEnv, physicalId, schedulesOf } from '../deploy/emulator/aws.ts';
import {
  gatewayAt,
  gatewayOf,
  type Credentials,
  type Gateway,
} from '../deploy/emulator/gateway.ts';
import { takeInventory } from '../deploy/emulator/inventory.ts';
import { copyProject, type ProjectCopy } from '../deploy/emulator/project-copy.ts';
import { PLENTY } from '../local/plenty.ts';
import type { Caller, Wanted } from './plan.ts';

/** Something is not as it must be before anything is made. */
export class TrialError extends Error {
  override readonly name = 'TrialError';
  readonly code = 'TRIAL';
}

/** Who asks, and with what. */
export interface Identity extends Caller {
  readonly credentials: Credentials;
}

/**
 * Takes AWS for this process and all that it starts: the emulator's, or that of the AWS configuration.
 *
 * @throws TrialError where there are no credentials, or nobody takes them.
 */
export async function identify({ region, endpoint }: Wanted): Promise<Identity> {
  if (endpoint !== undefined) Object.assign(process.env, awsEnv(endpoint));
  process.env['AWS_REGION'] = region;
  const client = new STSClient({ region });
  try {
    const { accessKeyId, secretAccessKey, sessionToken } = await client.config.credentials();
    const credentials = { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
    const { Account: account = '', Arn: arn = '' } = await client.send(
      new GetCallerIdentityCommand({}),
    );
    // The framework runs with a home of its own, where no profile is.
    Object.assign(process.env, {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      ...(sessionToken && { AWS_SESSION_TOKEN: sessionToken }),
    });
    delete process.env['AWS_PROFILE'];
    return { account, arn, credentials };
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    throw new TrialError(
      `there must be credentials of an AWS account (aws configure, AWS_PROFILE, or AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY), got: ${got}`,
      { cause },
    );
  } finally {
    client.destroy();
  }
}

/** Whether the stack of a stage is there, in whatever state. */
export async function isThere(stage: string): Promise<boolean> {
  const request = new DescribeStacksCommand({ StackName: `resilient-service-${stage}` });
  try {
    const { Stacks: stacks = [] } = await new CloudFormationClient({}).send(request);
    return stacks.some(({ StackStatus: status }) => status !== 'DELETE_COMPLETE');
  } catch (error) {
    if (/does not exist/.test((error as Error).message)) return false;
    throw error;
  }
}

/** Whether the account has the role that access logs need; one that a trial made would stay. */
export async function hasGatewayRole({ endpoint }: Wanted): Promise<boolean> {
  if (endpoint !== undefined) return true;
  const { cloudwatchRoleArn: role } = await new APIGatewayClient({}).send(
    new GetAccountCommand({}),
  );
  return role !== undefined && role !== '';
}

/** A stage that can be deployed and removed. */
export interface Trial {
  deploy(): Promise<void>;
  remove(): Promise<void>;
  close(): Promise<void>;
}

/** Makes a copy of the project to deploy from: the checkout's own folders belong to whoever deploys there. */
export async function openTrial(wanted: Wanted, gatewayRole: 'account' | 'own'): Promise<Trial> {
  const { stage, region, endpoint } = wanted;
  const names = ['AWS_ENDPOINT_URL', 'AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];
  const given = [...names, 'AWS_SESSION_TOKEN'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const copy: ProjectCopy = await copyProject(Object.fromEntries(given));
  const params = [`gatewayLogRole=${gatewayRole}`, ...(endpoint ? ['alarmMath=off'] : [])];
  const named = params.flatMap((param) => ['--param', param]);
  const args = ['--stage', stage, '--region', region, ...named];
  return {
    deploy: async () => void (await copy.serverless('deploy', ...args)),
    remove: async () => void (await copy.serverless('remove', ...args)),
    close: () => copy.remove(),
  };
}

/** A deployed stage, as the checks speak to it. */
export interface Target {
  /** Whether it is an emulator's: what REST → Step Functions does is then done by the laptop's front. */
  readonly isEmulated: boolean;
  /** Where /service-api is. */
  readonly url: string;
  /** The API itself. */
  readonly gateway: Gateway;
  readonly credentials: Credentials;
  close(): Promise<void>;
}

/** Finds the stage, and stops its ticks: they are probes of their own, which a walk would count. */
export async function openTarget(wanted: Wanted, { credentials }: Identity): Promise<Target> {
  const { stage, region, endpoint } = wanted;
  await schedulesOf(stage).disable();
  if (endpoint === undefined) {
    const api = await physicalId(stage, 'ApiGatewayRestApi');
    const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
    const url = `https://${api}.execute-api.${region}.${suffix}/${stage}`;
    const gateway = gatewayAt(url, region);
    return { isEmulated: false, url, gateway, credentials, close: async () => {} };
  }
  const config = readConfig({ PORT: '0', STAGE: stage, AWS_REGION: region });
  const telemetry = createLog({ level: 'silent', pretty: false });
  const local = { dataDir: null, engine: 'aws', limits: PLENTY, telemetry } as const;
  const front = await startServer({ ...config, ...local });
  return {
    isEmulated: true,
    url: front.url,
    gateway: await gatewayOf(endpoint, stage),
    credentials,
    close: () => front.close(),
  };
}

/** What has the stage in its name after all was removed, by kind: of each kind the first page that AWS lists. */
export async function leftOf({ stage, region }: Wanted): Promise<readonly string[]> {
  const all = Object.entries(await takeInventory(region));
  const own = new RegExp(`-${stage}(-|$|:)`);
  return all.flatMap(([kind, names]) =>
    names.filter((name) => own.test(name)).map((name) => `${kind}: ${name}`),
  );
}
