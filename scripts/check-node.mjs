// Runs before the tests: an `npm ci --ignore-scripts` silently leaves the machine's own Node in charge.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  console.error(
    `Development needs Node 24 (found ${process.versions.node}). ` +
      'Run `npm ci` without --ignore-scripts: the devDependency "node" brings it, and every npm script then uses it.',
  );
  process.exit(1);
}
