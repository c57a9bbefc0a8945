/** What the live page of a stage is told. */
import { dashboardUrl } from './dashboard.js';

/** The address of the stage's dashboard. */
export async function dashboard({ resolveVariable }) {
  return dashboardUrl(await resolveVariable('sls:stage'));
}
