/** The files that maintenance answers are read from: they travel with the function that gives them. */
import {
  readerBelow,
  readMaintenanceAnswers,
  tryMaintenanceAnswers,
} from '../lib/runtime/maintenance-answers.ts';

const files = () => tryMaintenanceAnswers(readMaintenanceAnswers(), readerBelow());

export { files as 'module.exports' };
