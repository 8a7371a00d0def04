import { execFile } from 'node:child_process';
import { devNull } from 'node:os';

/** Calls AWS in the caller's name. Inputs and outputs have the shapes of the services' models. */
export interface Aws {
  /**
   * `call('cognito-idp', 'AdminCreateUser', { … })`
   * @throws `NotAsked` if nothing here can answer, and an error with the service's own words if it refuses
   */
  readonly call: (service: string, operation: string, input: object) => Promise<any>;
}

/** Why something cannot be asked here. */
export class NotAsked extends Error {}
/** Calls AWS by its command line, which knows each service's protocol and endpoint, and every way to sign in. */
export const awsCommandLine = (program = 'aws'): Aws => ({
  call(service, operation, input) {
    const command = kebab(operation);
    // An operation whose answer goes to a file takes no JSON.
    const flags =
      operation === 'Invoke'
        ? [...Object.entries(input).flatMap(([name, value]) => [`--${kebab(name)}`, value]), devNull]
        : ['--cli-input-json', JSON.stringify(input)];
    // Its first version knows the region by this name only.
    const region = process.env.AWS_REGION && { AWS_DEFAULT_REGION: process.env.AWS_REGION };
    const env = { ...process.env, ...region, AWS_PAGER: '' };
    return new Promise((resolve, reject) => {
      execFile(program, [service, command, ...flags, '--output', 'json'], { env }, (error, stdout, stderr) => {
        if (!error) return resolve(stdout.trim() === '' ? {} : JSON.parse(stdout));
        // Not the error's own message: it repeats the input, with passwords and tokens.
        const said = error.code === 'ENOENT' ? `the AWS command line is needed: ${program}` : stderr.trim();
        reject(new Error(`${service} ${command}: ${said}`));
      });
    });
  },
});

const kebab = (name: string) => name.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
