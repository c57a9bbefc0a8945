/** The interpreter as it is published, beside the one that the laptop runs. */
import type { StateMachine } from 'aws-local-stepfunctions';

/** A module of its own: under another URL Node loads the same file once more, and nothing is put in. */
const PUBLISHED = `${import.meta.resolve('aws-local-stepfunctions')}?published`;

/** The published interpreter. */
export async function publishedInterpreter(): Promise<{ StateMachine: typeof StateMachine }> {
  return (await import(/* @vite-ignore */ PUBLISHED)) as { StateMachine: typeof StateMachine };
}
