/** The files that maintenance answers are read from: they travel with the function that gives them. */
import {
  readerBelow,
  readMaintenanceAnswers,
  tryMaintenanceAnswers,
} from '../lib/runtime/maintenance-answers.ts';

const files = async ({ resolveVariable }) => {
  const stage = await resolveVariable('sls:stage');
  return tryMaintenanceAnswers(readMaintenanceAnswers(stage), readerBelow());
};

export { files as 'module.exports' };
