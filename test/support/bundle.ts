import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { synthesizedTemplate } from './stack';

export interface BundleRun {
  /** What the handler answered; the error that it failed with, by its name and message. */
  readonly answer: any;
  /** Everything that was written. */
  readonly logged: string;
}

/** A function of the synthesized stack, by the middle part of its name; its properties, and its bundle's folder. */
export function synthesizedFunction(name: string): { properties: Record<string, any>; folder: string } {
  const template = synthesizedTemplate();
  const properties = template
    .all('AWS::Lambda::Function')
    .map(([, found]) => found)
    .find(({ FunctionName }) => FunctionName.split('-')[1] === name);
  if (!properties) throw new Error(`The stack has no function ${name}.`);
  return { properties, folder: template.assetPath(properties.Code.S3Key) };
}

/**
 * Loads a bundle and calls it once, in a process of its own, as Lambda does.
 * @param before a script that runs first
 */
export async function runBundle(
  folder: string,
  event: object,
  { env, flags = [], before = '' }: { env: NodeJS.ProcessEnv; flags?: string[]; before?: string },
): Promise<BundleRun> {
  const script = `${before};
    const context = { awsRequestId: 'one', getRemainingTimeInMillis: () => 60_000 };
    require(${JSON.stringify(folder)}).handler(${JSON.stringify(event)}, context)
      .catch(({ name, message }) => ({ name, message }))
      .then((answer) => console.log('\\n' + JSON.stringify({ answer })));`;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [...flags, '-e', script], {
    env: { PATH: process.env.PATH, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', ...env },
  });
  const { answer } = JSON.parse(/^\{"answer":.*$/m.exec(stdout)?.[0] ?? '{}');
  return { answer, logged: stdout + stderr };
}
