/**
 * Leaves tables unprotected in the deploy that makes them.
 *
 * A deploy that fails is rolled back: CloudFormation deletes the tables that it has just made
 * (RetainExceptOnCreate), and DynamoDB refuses to delete a protected one. It would stay without a stack, and its
 * name block every later deploy. So a table is protected by the first deploy that finds it.
 */
import { resourcesOfStack } from './stack-resources.js';

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
    const found = await resourcesOfStack(this.#serverless);
    const known = new Set(found.map(({ LogicalResourceId: id }) => id));
    for (const [id, table] of tables.filter(([name]) => !known.has(name))) {
      table.Properties.DeletionProtectionEnabled = false;
      this.#log.notice(`${id} is new: the next deploy protects it against deletion`);
    }
  }
}
