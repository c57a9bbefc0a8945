/** Every path of the deployed state machine, with what it meets. */
import { faceCases } from './cases/faces.ts';
import { climbingCases } from './cases/climbing.ts';
import { replicaCases } from './cases/replicas.ts';
import { rateCases } from './cases/rates.ts';
import { shieldCases } from './cases/shields.ts';
import { maintenanceCases } from './cases/maintenance.ts';
import { recordingCases } from './cases/recording.ts';
import { rowCases } from './cases/rows.ts';
import { tickCases } from './cases/ticks.ts';
import type { Case } from './harness.ts';

/** The requests, by what decides their path. */
export const requestGroups = [
  { of: 'the state read', cases: rowCases },
  { of: 'read replicas', cases: replicaCases },
  { of: 'the full and the degraded face', cases: faceCases },
  { of: 'maintenance', cases: maintenanceCases },
  { of: 'recording', cases: recordingCases },
  { of: 'a rate', cases: rateCases },
  { of: 'climbing, exercising and bypassing', cases: climbingCases },
  { of: 'the shield', cases: shieldCases },
] as const;

/** Requests and ticks. */
export const allCases: readonly Case[] = [
  ...requestGroups.flatMap(({ cases }) => [...cases]),
  ...tickCases,
];
