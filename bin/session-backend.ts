import { didYouMean } from '../lib/spelling';

const COMMANDS: Readonly<Record<string, readonly [load: () => Promise<unknown>, does: string]>> = {
  start: [() => import('../local/main'), 'runs the backend of your app on this machine'],
  cleanup: [() => import('../cli/cleanup'), 'deletes the sessions that are over from a table'],
  'end-sessions': [() => import('../cli/end-sessions'), 'ends all sessions of a user'],
  smoke: [() => import('../cli/smoke'), 'checks that a stage keeps the contract'],
  cost: [() => import('../tools/cost'), 'says what a stage costs'],
};

/** `npx session-backend COMMAND …` */
const [name = '--help'] = process.argv.splice(2, 1);
const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
process.env.SESSION_BACKEND_BIN = name;
if (command) {
  void command[0]();
} else if (name === '--help') {
  const lines = Object.entries(COMMANDS).map(([one, [, does]]) => `  ${one.padEnd(14)}${does}`);
  console.log(
    `Usage: npx session-backend COMMAND [FLAGS]\n${lines.join('\n')}\nAdd --help to a command to see its flags.`,
  );
} else {
  console.error(`Error: There is no command ${name}${didYouMean(name, Object.keys(COMMANDS))}. Add --help to see all.`);
  process.exitCode = 2;
}
