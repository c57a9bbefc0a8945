/** The interpreter of state machines, with its slow and its impatient pieces replaced while it is loaded, and one mended. */
import { registerHooks } from 'node:module';

// aws-local-stepfunctions exports none of these pieces, so they are put in by module hooks, for its
// own file alone; other users of jsonpath-plus keep the original. tests/local/vendor compares them
// with what they replace, and says when upstream no longer needs them.

const INTERPRETER = import.meta.resolve('aws-local-stepfunctions');

/** The function that clone-json.ts stands for, by its first line, and where the original goes. */
export const REPLACED_LINE = 'function cloneJSON(value) {';
const ORIGINAL_LINE = 'function originalCloneJSON(value) {';

/**
 * In a branch of a Parallel `$$.Execution.Input` is the execution's, as on AWS, and not the branch's own:
 * what the caller's context says of it goes before the input.
 */
export const BRANCH_INPUT = '        Input: input,\n';
const EXECUTION_INPUT = '        Input: options.runOptions?.context?.Execution?.Input ?? input,\n';

/** What the interpreter imports, and what stands for it here. */
const REPLACED_MODULES: Readonly<Record<string, string>> = {
  'jsonpath-plus': 'json-path.ts',
  'asl-validator': 'asl-validator.ts',
};

const urlOf = (file: string) => new URL(file, import.meta.url).href;

/** How a task's time limit begins, and what loop-timeout.ts makes of it. */
export const REPLACED_TIMER = 'setTimeout(() => rejectTimeout(';
const OUR_TIMER = 'setLoopTimeout(() => rejectTimeout(';

const IMPORTS = [
  `import { cloneJSON } from ${JSON.stringify(urlOf('clone-json.ts'))};`,
  `import { setLoopTimeout } from ${JSON.stringify(urlOf('loop-timeout.ts'))};`,
  '',
].join(' ');

/** The interpreter's source with our pieces in place of its own, and the input of executions; as it is where it has neither. */
export function mended(source: string): string {
  const withInput = source.replace(BRANCH_INPUT, EXECUTION_INPUT);
  if (!source.includes(REPLACED_LINE)) return withInput;
  return (
    IMPORTS + withInput.replace(REPLACED_LINE, ORIGINAL_LINE).replace(REPLACED_TIMER, OUR_TIMER)
  );
}

const hooks = registerHooks({
  resolve(specifier, context, nextResolve) {
    const ours = context.parentURL === INTERPRETER ? REPLACED_MODULES[specifier] : undefined;
    return nextResolve(ours === undefined ? specifier : urlOf(ours), context);
  },
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (url !== INTERPRETER || loaded.source === undefined || loaded.source === null) return loaded;
    const { source } = loaded;
    const text = typeof source === 'string' ? source : new TextDecoder().decode(source);
    return { ...loaded, source: mended(text) };
  },
});

export const { StateMachine, ExecutionTimeoutError } = await import('aws-local-stepfunctions');

hooks.deregister();
