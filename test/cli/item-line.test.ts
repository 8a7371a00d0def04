import { marshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { idOf, readItemLine } from '../../cli/item-line';
import { fileProblem } from '../../cli/lines';
import { sentence } from '../../cli/table';
import { printable } from '../../command/printable';
import { legacySessions } from '../support/sessions';

const DIGITS_38 = '12345678901234567890123456789012345678';

describe('a plain JSON line', () => {
  it('means what it meant to the SDK’s document client', () => {
    const lines = fc.record({
      sessionId: fc.string({ minLength: 1 }),
      value: fc.jsonValue({ noUnicodeString: false }),
    });
    fc.assert(
      fc.property(lines, (item) => {
        const read = readItemLine(JSON.stringify(item));
        // Past this range the SDK refuses a number; here the table decides.
        if (/"N":"[^"]{16,}"/.test(JSON.stringify(read))) return;
        expect(read).toEqual(marshall(JSON.parse(JSON.stringify(item))));
      }),
    );
    for (const item of legacySessions()) expect(readItemLine(JSON.stringify(item))).toEqual(marshall(item));
  });

  it.each([
    DIGITS_38,
    `-0.${DIGITS_38}`,
    '9007199254740993',
    '1e125',
    '1e-130',
    '9.9999999999999999999999999999999999999E+125',
  ])('keeps the number %s as it stands', (number) => {
    const { number: one, list } = readItemLine(`{"sessionId":"a","number":${number},"list":[{"n":${number}}]}`);
    expect(Number(one?.N)).toBe(Number(number));
    if (/\d{16}/.test(number)) expect([one?.N, list?.L?.[0]?.M?.n?.N]).toEqual([number, number]);
  });

  it('keeps numbers that stand in strings, with their quotes', () => {
    const text = `{"sessionId":"12345678901234567890","a\\"9":"\\"12345678901234567890\\\\","n":12345678901234567890}`;
    expect(readItemLine(text)).toEqual({
      sessionId: { S: '12345678901234567890' },
      'a"9': { S: '"12345678901234567890\\' },
      n: { N: '12345678901234567890' },
    });
  });

  it('may have an attribute that is called Item', () => {
    const item = { sessionId: 'a', Item: { sessionId: { S: 'b' } } };
    expect(readItemLine(JSON.stringify(item))).toEqual(marshall(item));
  });
});

describe('a line of DynamoDB’s own', () => {
  const item = {
    sessionId: { S: 'a' },
    n: { N: DIGITS_38 },
    b: { B: 'AQI=' },
    m: { M: { l: { L: [{ BOOL: false }, { NULL: true }, { SS: ['x'] }, { NS: ['1', '2'] }, { BS: ['AQI='] }] } } },
  };
  const bytes = Buffer.from([1, 2]);
  const read = {
    ...item,
    b: { B: bytes },
    m: { M: { l: { L: [{ BOOL: false }, { NULL: true }, { SS: ['x'] }, { NS: ['1', '2'] }, { BS: [bytes] }] } } },
  };

  it.each([
    ['of an export', { Item: item }],
    ['as the API answers it', item],
  ])('%s is read with all of its types', (_, line) => {
    expect(readItemLine(JSON.stringify(line))).toEqual(read);
    expect(idOf(readItemLine(JSON.stringify(line)))).toBe('a');
  });

  it.each([
    ['{"Item":{"sessionId":{"S":"a"},"x":"plain"}}', 'has an attribute x that is not in'],
    ['{"Item":{"sessionId":{"S":"a"},"x":{"N":1}}}', 'has an attribute x that is not in'],
    ['{"Item":{"sessionId":{"S":"a"},"x":{"M":{"y":{"Q":1}}}}}', 'has an attribute x that is not in'],
    ['{"Item":{"sessionId":{"S":"a"},"\\u001b[2J":{}}}', 'has an attribute \\u{1b}[2J that is not in'],
    ['{"Item":{"id":{"S":"a"}}}', 'has no sessionId'],
    ['{"sessionId":""}', 'has no sessionId'],
    ['{"sessionId":7}', 'has no sessionId'],
    ['{"Metadata":{},"Keys":{"sessionId":{"S":"a"}},"NewImage":{}}', 'is of an incremental export'],
    ['[]', 'is not a JSON object'],
    ['null', 'is not a JSON object'],
    ['{1:2}', 'is not JSON'],
  ])('%s is refused', (line, why) => {
    expect(() => readItemLine(line)).toThrow(why);
  });
});

it('what is printed neither moves the cursor nor changes the order of the text', () => {
  expect(printable('a\u001b[2J\r\n\u202eb\u2066\u200f\u2028\ud800é🙂')).toBe(
    'a\\u{1b}[2J\\u{d}\\u{a}\\u{202e}b\\u{2066}\\u{200f}\\u{2028}\\u{d800}é🙂',
  );
});

const coded = (code: string, message = 'x') => Object.assign(new Error(message), { code });

it.each([
  ['EACCES', 'its permissions do not allow it'],
  ['ENOTDIR', 'There is no file'],
  ['EIO', 'cannot be read (x)'],
  ['Z_DATA_ERROR', 'is not a complete gzip file'],
])('a file’s %s is a sentence', (code, text) => {
  expect((fileProblem(coded(code), 'items.ndjson') as Error).message).toContain(text);
});

it.each<[string, Error, string]>([
  ['an unknown region', coded('ENOTFOUND', 'getaddrinfo ENOTFOUND dynamodb.eu-x-1.amazonaws.com'), 'Check the region'],
  ['no region', new Error('Region is missing'), 'Set AWS_REGION'],
  ['something that is no region', new Error('Region not accepted: region="a b" is not …'), 'is not a region'],
  ['a wrong certificate', coded('DEPTH_ZERO_SELF_SIGNED_CERT'), 'No secure connection'],
  ['a connection that broke', coded('ECONNRESET'), 'The connection to the database failed'],
  [
    'credentials that are over',
    Object.assign(new Error('Expired.'), { name: 'ExpiredTokenException' }),
    'Sign in again',
  ],
])('%s is a sentence', (_, error, text) => {
  const said = sentence(error, 'sessions') as Error;
  expect(said.name).toBe('Problem');
  expect(said.message).toContain(text);
});
