/** The role of the live page's function, where there is one: it reads no table. */
import { functionRole, logStatements } from './function-role.js';

async function pageRole({ resolveVariable }) {
  if ((await resolveVariable('param:statusPage')) === 'off') return { Resources: {} };
  return {
    Resources: { LivePageRole: functionRole({ logs: logStatements('LiveDashpageLogGroup') }) },
  };
}

export { pageRole as 'module.exports' };
