// Starts a command of this project: `node bin/run.cjs cli/import.ts FLAGS`; without a file it only looks whether one
// could start. Plain and old JavaScript: it must say its sentence on a Node.js that knows nothing newer.
'use strict';
const { existsSync, readFileSync } = require('node:fs');
const { join, resolve } = require('node:path');

const ROOT = join(__dirname, '..');

function lacking() {
  const { engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  if (!isSupported(process.versions.node, engines.node)) {
    return `Node.js ${process.versions.node} does not run this project, which needs ${engines.node}. Install such a Node.js, and run npm ci again.`;
  }
  if (!existsSync(join(ROOT, 'node_modules', 'tsx'))) return 'The packages are not installed yet. Run npm ci first.';
  return undefined;
}

/** Of ranges like `^20.19.0 || >=24.0.0`, as package.json has them. */
function isSupported(version, ranges) {
  const own = version.split('.').map(Number);
  return ranges.split(' || ').some((range) => {
    const least = range.replace(/^\D+/, '').split('.').map(Number);
    if (range[0] === '^' && own[0] !== least[0]) return false;
    const different = [0, 1, 2].find((place) => own[place] !== least[place]);
    return different === undefined || own[different] > least[different];
  });
}

const sentence = lacking();
if (sentence) {
  console.error(`Error: ${sentence}`);
  process.exit(1);
}
const [, , file, ...parameters] = process.argv;
if (file) {
  process.argv = [process.argv[0], resolve(file), ...parameters];
  require('tsx/cjs/api').register();
  require(process.argv[1]);
}
