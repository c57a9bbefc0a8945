/** The folders whose code is mutated, each with the tests that its mutants are looked for with. */

/** What is mutated, and the tests that must notice: none that takes seconds, or a folder would take hours. */
export interface Folder {
  readonly mutate: readonly string[];
  readonly tests: readonly string[];
}

export const FOLDERS: Readonly<Record<string, Folder>> = {
  level: {
    mutate: ['lib/level/**/*.ts'],
    tests: [
      'tests/level/*.test.ts',
      '!tests/level/{learning,production}.test.ts',
      'tests/store/{contract,crashes,gauges,late-writes,replica-parts,replicas,status}.test.ts',
    ],
  },
  store: {
    mutate: ['lib/store/**/*.ts'],
    tests: [
      'tests/store/*.test.ts',
      '!tests/store/{agreement,at-most-once,contract-dynamo,crowd,holes,interleavings,rate-interleavings,replica-orders,reset-heals}.test.ts',
      'tests/level/{history,times}.test.ts',
    ],
  },
  breaker: {
    mutate: ['lib/breaker/*.ts'],
    tests: [
      'tests/breaker/*.test.ts',
      '!tests/breaker/{alone,async-context,differential,leaks,process,properties,refusal}.test.ts',
    ],
  },
  companions: {
    mutate: ['lib/breaker/companions/*.ts'],
    tests: [
      'tests/breaker/companions/*.test.ts',
      '!tests/breaker/companions/{leaks,properties}.test.ts',
    ],
  },
  vocabularies: {
    mutate: ['lib/breaker/vocabularies/*.ts'],
    tests: ['tests/breaker/vocabularies/*.test.ts'],
  },
  guard: {
    mutate: ['lib/guard/**/*.ts'],
    tests: ['tests/guard/*.test.ts', '!tests/guard/{agreement,both}.test.ts'],
  },
};
