/** The interpreter's validator, loaded when there is something to validate: a start validates nothing. */
import { createRequire } from 'node:module';

type Validator = (...args: unknown[]) => unknown;

const requireAsInterpreter = createRequire(import.meta.resolve('aws-local-stepfunctions'));

/** Validates a definition; the arguments are the validator's own. */
export default function validate(...args: unknown[]): unknown {
  return (requireAsInterpreter('asl-validator') as Validator)(...args);
}
