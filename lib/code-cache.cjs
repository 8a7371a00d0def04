// Gives a function's bundle a V8 code cache, so that it is not compiled at each cold start:
//   node lib/code-cache.cjs FOLDER ARCHITECTURE
// The node that runs this must be the one that will run the bundle: the cache fits no other version. The same node makes
// the same bytes of the same bundle, so the asset's hash changes only when there is something to deploy.
const { copyFileSync, readFileSync, writeFileSync } = require('node:fs');
const { wrap } = require('node:module');
const { join } = require('node:path');
const { setFlagsFromString } = require('node:v8');
const { Script } = require('node:vm');

const [folder, architecture] = process.argv.slice(2);
if (process.arch !== architecture) {
  throw new Error(`The code cache is for ${architecture}, and CODE_CACHE_NODE runs on ${process.arch}.`);
}
const bundle = join(folder, 'bundle.js');
// As a module is compiled: within a function.
const source = wrap(readFileSync(join(folder, 'index.js'), 'utf8'));
writeFileSync(bundle, source);
// All functions, not just those that run while the bundle is loaded: the first request needs them, too.
setFlagsFromString('--no-lazy');
// One name wherever it is built, for the cache holds it: Lambda's, which an older V8 writes into stack traces.
const script = new Script(source, { filename: '/var/task/bundle.js' });
// The flags are part of what a cache must fit.
setFlagsFromString('--lazy');
setFlagsFromString('--hash-seed=0');
writeFileSync(join(folder, `bundle.${architecture}.cache`), script.createCachedData());
copyFileSync(join(__dirname, '..', 'lambda', 'runtime', 'cached-bundle.cjs'), join(folder, 'index.js'));
