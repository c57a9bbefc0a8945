/** The roles of the three faces: their logs, exactly what their services say of tables, and their network. */
import { functionRole, logStatements } from './function-role.js';
import { networkStatements } from './network.js';
import { upstreamStatements } from './upstreams.js';

const LOGS = {
  full: 'FullDashserviceLogGroup',
  degraded: 'DegradedDashserviceLogGroup',
  maintenance: 'MaintenanceDashserviceLogGroup',
};

const IDS = {
  full: 'FullServiceRole',
  degraded: 'DegradedServiceRole',
  maintenance: 'MaintenanceServiceRole',
};

/** One role a face. */
export function faceRoles(deployment) {
  const faces = Object.keys(IDS);
  return Object.fromEntries(faces.map((face) => [IDS[face], roleOf(face, deployment)]));
}

function roleOf(face, deployment) {
  const tables = Object.values(deployment.scopes).flatMap(({ tables: own }) => Object.entries(own));
  const granted = tables.flatMap(([id, table]) =>
    (table[face] ?? []).map((permission) => statementOf(id, permission)),
  );
  return functionRole({
    logs: logStatements(LOGS[face]),
    tables: granted,
    upstreams: upstreamStatements(face, deployment),
    network: networkStatements(face, deployment),
  });
}

function statementOf(table, { actions, keys }) {
  return {
    Effect: 'Allow',
    Action: actions.map((action) => `dynamodb:${action}`),
    Resource: { 'Fn::GetAtt': [table, 'Arn'] },
    ...(keys !== undefined && {
      Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keys } },
    }),
  };
}
