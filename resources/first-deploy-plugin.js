/**
 * Leaves tables unprotected in the deploy that makes them.
 *
 * A deploy that fails is rolled back: CloudFormation deletes the tables that it has just made
 * (RetainExceptOnCreate), and DynamoDB refuses to delete a protected one. It would stay without a stack, and its
 * name block every later deploy. So a table is protected by the first deploy that finds it.
 */
import {
  CloudFormationClient,
  DescribeStackResourcesCommand,
} from '@aws-sdk/client-cloudformation';

const isProtected = ({ Type, Properties }) =>
  Type === 'AWS::DynamoDB::Table' && String(Properties.DeletionProtectionEnabled) === 'true';

/** The plugin, as the framework takes it. */
export default class FirstDeployPlugin {
  #serverless;
  #log;

  hooks = {
    // The stack is there by then, with its bucket alone before its first deploy.
    'before:aws:deploy:deploy:uploadArtifacts': () => this.leaveUnprotected(),
  };

  constructor(serverless, _options, { log }) {
    this.#serverless = serverless;
    this.#log = log;
  }

  async leaveUnprotected() {
    const { compiledCloudFormationTemplate: template } = this.#serverless.service.provider;
    const tables = Object.entries(template.Resources).filter(([, it]) => isProtected(it));
    if (tables.length === 0) return;
    const known = await this.#resourcesOfStack();
    for (const [id, table] of tables.filter(([name]) => !known.has(name))) {
      table.Properties.DeletionProtectionEnabled = false;
      this.#log.notice(`${id} is new: the next deploy protects it against deletion`);
    }
  }

  async #resourcesOfStack() {
    const provider = this.#serverless.getProvider('aws');
    const client = new CloudFormationClient(await provider.getAwsSdkV3Config());
    const StackName = provider.naming.getStackName();
    const { StackResources: found = [] } = await client.send(
      new DescribeStackResourcesCommand({ StackName }),
    );
    const alive = found.filter(({ ResourceStatus: status }) => status !== 'DELETE_COMPLETE');
    return new Set(alive.map(({ LogicalResourceId: id }) => id));
  }
}
