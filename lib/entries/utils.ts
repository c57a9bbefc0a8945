/** The entry with everything that handlers of a service import, the logger included. */
export * from '../breaker/index.ts';
export * from './discovery.ts';
export * from './gobreaker.ts';
export * from './health.ts';
export * from './metrics.ts';
export * from './opossum.ts';
export * from './presets.ts';
export * from './service.ts';
export { logger, type UtilsLogger } from './logger.ts';
