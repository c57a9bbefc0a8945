/** The project's own Node runs the tests: a host's older one would be used silently otherwise. */
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  throw new Error(
    `the tests need Node 24, got ${process.version}; run them with npm (npm test), which puts the project's own first`,
  );
}
