import { runCommand } from '../../command/command';

const failure = (code: string) => Object.assign(new Error(code), { code });

it('a command goes on if whoever reads along leaves, but not if nothing can be written', async () => {
  const streams = [process.stdout, process.stderr];
  const listeners = streams.map((stream) => stream.listeners('error'));
  await new Promise<void>((resolve) => runCommand(async () => resolve()));
  for (const [index, stream] of streams.entries()) {
    expect(() => stream.emit('error', failure('EPIPE'))).not.toThrow();
    expect(() => stream.emit('error', failure('ENOSPC'))).toThrow('ENOSPC');
    for (const added of stream.listeners('error')) {
      if (!listeners[index]?.includes(added)) stream.off('error', added as () => void);
    }
  }
});
