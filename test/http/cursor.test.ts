import { fromCursor, toCursor } from '../../lambda/http/cursor';

describe('a cursor', () => {
  it.each([
    { lastUsed: 1_795_435_200_000, sessionId: 'session-1' },
    { lastUsed: 0, sessionId: 'an id with spaces ' },
    { lastUsed: Number.POSITIVE_INFINITY, sessionId: 'é|/?' },
  ])('leads back to its position: %j', (position) => {
    const cursor = toCursor('user-1', position);
    expect(cursor).toMatch(/^[\w-]+$/);
    expect(fromCursor('user-1', cursor)).toEqual(position);
  });

  const refused = expect.objectContaining({
    code: 'INVALID_PROFILE_DATA',
    message: expect.stringMatching(/cursor.*nextCursor/),
  });

  it('of another user’s list is refused', () => {
    const cursor = toCursor('user-1', { lastUsed: 1, sessionId: 'session-1' });
    expect(() => fromCursor('user-2', cursor)).toThrow(refused);
  });

  it('that was changed is refused, at whichever character', () => {
    const cursor = toCursor('user-1', { lastUsed: 1_795_435_200_000, sessionId: 'session-1' });
    for (const [index, character] of [...cursor].slice(0, -1).entries()) {
      const changed = cursor.slice(0, index) + (character === 'A' ? 'B' : 'A') + cursor.slice(index + 1);
      expect(() => fromCursor('user-1', changed)).toThrow(refused);
    }
  });

  it.each(['', 'x', '%%%', Buffer.from('a b c').toString('base64url'), Buffer.from('a').toString('base64url')])(
    'that is none is refused: "%s"',
    (cursor) => {
      expect(() => fromCursor('user-1', cursor)).toThrow(refused);
    },
  );
});
