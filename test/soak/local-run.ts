import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalStack } from '../../local/stack';
import { freePort } from '../support/free-port';

const ROOT = join(__dirname, '..', '..');

/** Where the local run is found: at the same place after every start. */
export type Place = Omit<LocalStack, 'close' | 'reload' | 'otherUrls'>;

/** The local run as a process of its own, which can be killed and started again. */
export class LocalRun {
  private child?: ChildProcess;
  private ports?: { readonly api: number; readonly database: number };

  /**
   * @param assembly the synthesized stack
   * @param data the folder that it keeps
   */
  constructor(
    private readonly assembly: string,
    private readonly data: string,
  ) {}

  get isUp(): boolean {
    return this.child !== undefined;
  }

  /** @param faults the share of the database calls that fail */
  async start(faults: number): Promise<Place> {
    this.ports ??= { api: await freePort(), database: await freePort() };
    const child = spawn(process.execPath, ['--import', 'tsx', 'local/main.ts', '--assembly', this.assembly], {
      cwd: ROOT,
      env: {
        ...process.env,
        PORT: String(this.ports.api),
        DYNAMODB_PORT: String(this.ports.database),
        DATA_DIR: this.data,
        DATABASE_FAULTS: String(faults),
      },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let said = '';
    child.stdout?.on('data', (text) => {
      said += text;
    });
    while (!said.includes('Stop with Ctrl-C.')) {
      if (child.exitCode !== null) throw new Error(`The local run ended with code ${child.exitCode}:\n${said}`);
      await sleep(20);
    }
    this.child = child;
    const find = (pattern: RegExp) => pattern.exec(said)?.[1] ?? '';
    const apiUrl = `${find(/API +(\S+)/)}/`;
    const cleanup = find(/events\/(\S+)/);
    return {
      apiUrl,
      url: new URL(apiUrl).origin,
      databaseEndpoint: find(/DynamoDB +(\S+)/),
      sessionsTable: find(/table ([^)\s]+)/),
      ruleNames: ['cleanup', 'user-events', 'end-requests'].map((name) => cleanup.replace('cleanup', name)),
    };
  }

  /** Resolves when the process is gone. */
  async stop(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'close');
  }
}
