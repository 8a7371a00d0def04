import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

// Synthesizes stages for all suites: the CDK takes seconds to load, here once, and in each suite that imports it.
const server = createServer(async (request, response) => {
  try {
    const { folder, configuration, ...options } = JSON.parse(Buffer.concat(await request.toArray()).toString());
    const { synthesizeInto } = await import('./stages');
    synthesizeInto(folder, configuration, options);
    response.end();
  } catch (error) {
    response.writeHead(500).end((error as Error).stack);
  }
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
// The CDK says which function it bundles. It is no error, and nobody needs to read it.
const write = process.stderr.write.bind(process.stderr);
process.stderr.write = ((text, ...rest) =>
  String(text).startsWith('Bundling asset') || write(text, ...(rest as []))) as typeof process.stderr.write;
// Its end is the end of the tests, however they end.
process.stdin.resume().on('end', () => process.exit());
