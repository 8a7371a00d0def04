import { Importer, type NumberedItem } from '../../cli/importer';
import { type Item, idOf } from '../../cli/item-line';

async function* numbered(...ids: string[]): AsyncGenerator<NumberedItem> {
  for (const [index, id] of ids.entries()) yield { line: index + 1, item: { sessionId: { S: id } } };
}
const ids = (count: number) => Array.from({ length: count }, (_, index) => `s${index + 1}`);

/** A table that refuses batches with certain ids. */
function table(refuses: (id: string) => Error | undefined = () => undefined) {
  const stored: string[] = [];
  const put = async (items: readonly Item[]) => {
    const names = items.map(idOf);
    expect(new Set(names).size).toBe(names.length);
    const error = names.map(refuses).find((reason) => reason);
    if (error) throw error;
    stored.push(...names);
  };
  return { stored, put };
}

it('counts items, not lines', async () => {
  const importer = new Importer(table().put);
  expect(await importer.run(numbered(...ids(30).map((_, index) => `s${index % 3}`)))).toBe(true);
  expect(importer.items).toBe(3);
});

it('a refused item stops the import, and everything before it is in', async () => {
  const error = Object.assign(new Error('Bad\u001b number'), { name: 'ValidationException' });
  const { stored, put } = table((id) => (id === 's37' ? error : undefined));
  const importer = new Importer(put);
  await expect(importer.run(numbered(...ids(60)))).rejects.toThrow(
    'The table refused line 37 (sessionId s37): Bad\\u{1b} number',
  );
  expect(stored).toEqual(ids(36));
  expect(importer.items).toBe(36);
});

it('knows what was imported before the connection broke', async () => {
  const { put } = table((id) => (id === 's26' ? new Error('gone') : undefined));
  const importer = new Importer(put);
  await expect(importer.run(numbered(...ids(60)))).rejects.toThrow('gone');
  expect(importer.items).toBe(25);
});

it('an interruption stops it after the batch that is under way', async () => {
  const { stored, put } = table();
  const importer = new Importer(put);
  expect(await importer.run(numbered(...ids(60)), () => stored.length < 50)).toBe(false);
  expect(importer.items).toBe(50);
});
