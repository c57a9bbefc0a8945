/** Concurrency isolation: nothing, unless the deployment asks for it. */
import { parameters } from './parameters.js';

/** Whose executions each parameter keeps or limits, by logical id. */
const FUNCTIONS = {
  mutatorConcurrency: ['MutatorLambdaFunction'],
  maintenanceConcurrency: ['MaintenanceDashserviceLambdaFunction'],
  faceConcurrency: ['FullDashserviceLambdaFunction', 'DegradedDashserviceLambdaFunction'],
};

async function concurrency(given) {
  const values = await parameters(given);
  const asked = Object.keys(FUNCTIONS).filter((name) => values[name] !== '');
  const extensions = asked.flatMap((name) =>
    FUNCTIONS[name].map((id) => [
      id,
      { Properties: { ReservedConcurrentExecutions: Number(values[name]) } },
    ]),
  );
  return { Resources: {}, extensions: Object.fromEntries(extensions) };
}

export { concurrency as 'module.exports' };
