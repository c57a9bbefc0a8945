/**
 * Lets CloudFormation watch a deploy by the stage's own alarms, where `rollbackMinutes` asks for it.
 *
 * One that fires while the stack is updated, or in those minutes after it, takes the stack back to the template and the
 * packages of before. A trigger that is not there fails the deploy, so those alone are named that an earlier deploy has
 * made: the first deploy has none. Source: CloudFormation, "RollbackConfiguration".
 */
import { resourcesOfStack } from './stack-resources.js';

/** The alarms that speak of what clients get, by logical id: CloudFormation takes five at the most. */
const ALARMS = new Set([
  'PeopleServerErrorsAlarm',
  'PeopleExecutionsFailedAlarm',
  'PeopleFaceThrottlesAlarm',
  'PeopleSlowAnswersAlarm',
  'ControllerErrorsAlarm',
]);

/**
 * What CloudFormation is told; undefined where nothing is watched.
 *
 * @param minutes '' or how long it watches after the update.
 * @param found What the stack has, as CloudFormation describes it.
 */
export function rollbackConfiguration(minutes, found) {
  if (minutes === '') return undefined;
  const triggers = found
    .filter(({ LogicalResourceId: id }) => ALARMS.has(id))
    .map(({ StackId: stack, PhysicalResourceId: name }) => {
      // arn:aws:cloudformation:us-east-1:123456789012:stack/…
      const [, partition, , region, account] = stack.split(':');
      const Arn = `arn:${partition}:cloudwatch:${region}:${account}:alarm:${name}`;
      return { Arn, Type: 'AWS::CloudWatch::Alarm' };
    });
  if (triggers.length === 0) return undefined;
  return { MonitoringTimeInMinutes: Number(minutes), RollbackTriggers: triggers };
}

/** The plugin, as the framework takes it. */
export default class RollbackPlugin {
  #serverless;
  #log;

  hooks = {
    // The stack is there by then, with its bucket alone before its first deploy.
    'before:aws:deploy:deploy:uploadArtifacts': () => this.watch(),
  };

  constructor(serverless, _options, { log }) {
    this.#serverless = serverless;
    this.#log = log;
  }

  async watch() {
    const { custom, provider } = this.#serverless.service;
    const minutes = String(custom.rollbackMinutes);
    if (minutes === '') return;
    const configuration = rollbackConfiguration(minutes, await resourcesOfStack(this.#serverless));
    if (configuration === undefined) {
      this.#log.notice('no alarm is there yet that could roll this deploy back');
      return;
    }
    provider.rollbackConfiguration = configuration;
    const { length } = configuration.RollbackTriggers;
    this.#log.notice(`${length} alarms are watched for ${minutes} min after the update`);
  }
}
