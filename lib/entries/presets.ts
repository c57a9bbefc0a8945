/** The entry of breakers and configurations of well-known services. */
export {
  SERVICE_PRESETS,
  stripeCircuitBreaker,
  weatherApiCircuitBreaker,
} from '../breaker/vocabularies/presets.ts';
