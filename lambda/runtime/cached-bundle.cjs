// Stands as index.js before a bundle with a code cache (lib/code-cache.cjs): runs the bundle, without compiling it where
// the cache fits. Plain JavaScript, because it is shipped as it is.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { Script } = require('node:vm');

const filename = join(__dirname, 'bundle.js');
let cachedData;
try {
  // V8 checks its version and its flags, and not the processor.
  cachedData = readFileSync(join(__dirname, `bundle.${process.arch}.cache`));
} catch {
  // Made on another kind of machine: the bundle runs all the same.
}
const script = new Script(readFileSync(filename, 'utf8'), { filename, cachedData });
if (script.cachedDataRejected !== false) {
  const message = `The code cache does not fit Node.js ${process.version} on ${process.arch}; the bundle was compiled.`;
  // As the logger writes: a warning, because a function keeps nothing below INFO.
  const line = { level: 'WARN', message, timestamp: new Date(), service: process.env.POWERTOOLS_SERVICE_NAME };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
script.runInThisContext()(exports, require, module, filename, __dirname);
