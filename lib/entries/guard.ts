/** The entry of the ladder in one's own handler: around a Lambda, in Middy, in Express, in Fastify. */
export { expressLevels, type ExpressOptions } from '../guard/express.ts';
export { fastifyLevels, type FastifyOptions } from '../guard/fastify.ts';
export type { Probe, Shown } from '../guard/guard.ts';
export { withLevels, type LambdaHandler, type LambdaOptions } from '../guard/lambda.ts';
export { middyLevels, type LevelsMiddleware } from '../guard/middy.ts';
export type { GuardOptions } from '../guard/options.ts';
export type { Policy, PresetName } from '../level/policy.ts';
export { ConfigError } from '../runtime/settings.ts';
export { createDocumentClient } from '../store/dynamo-client.ts';
export { DynamoLevelStore } from '../store/dynamo-level-store.ts';
export { powertoolsTelemetry } from '../telemetry/powertools.ts';
