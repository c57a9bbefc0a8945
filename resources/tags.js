/** The tags of a deployment, by which bills are split. */
import { parameters } from './parameters.js';

/** A tag has a value: what nobody named is the service's. */
export async function costCenter(given) {
  return (await parameters(given)).costCenter || 'resilient-service';
}
