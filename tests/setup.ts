/** The project's own Node runs the tests, and no file leaves a worker other than it found it. */
import * as fc from 'fast-check';
import { afterAll, vi } from 'vitest';

const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  throw new Error(
    `the tests need Node 24, got ${process.version}; run them with npm (npm test), which puts the project's own first`,
  );
}

// What a property draws is the same each time, here and in CI. FC_SEED draws something else.
fc.configureGlobal({ seed: Number(process.env['FC_SEED'] ?? 20_261_126) });

const found = { setTimeout, setInterval, setImmediate, Date };

// A worker runs many files: what one forgets to put back would fail another, and say nothing of the first.
afterAll(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  const left = { setTimeout, setInterval, setImmediate, Date };
  const changed = Object.keys(found).filter(
    (name) => found[name as keyof typeof found] !== left[name as keyof typeof left],
  );
  Object.assign(globalThis, found);
  if (changed.length > 0) throw new Error(`this file leaves another ${changed.join(', ')} behind`);
});
