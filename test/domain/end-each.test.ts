import { endEach } from '../../lambda/domain/end';

const IDS = Array.from({ length: 60 }, (_, index) => `session-${index}`);
const broken = new Error('The database is away.');

describe('ending sessions one by one', () => {
  it('reports those that were there, and no other', async () => {
    const reported: string[] = [];
    const wasThere = (id: string) => Number(id.slice('session-'.length)) % 2 === 0;
    const ended = await endEach(IDS, async (id) => wasThere(id), { onEnd: (id) => void reported.push(id) });
    expect([...ended.ids].sort()).toEqual(IDS.filter(wasThere).sort());
    expect([...reported].sort()).toEqual([...ended.ids].sort());
    expect(ended.remaining).toBe(false);
  });

  it('has at most 25 under way at once, and none when it returns', async () => {
    let [underWay, most] = [0, 0];
    await endEach(IDS, async () => {
      most = Math.max(most, ++underWay);
      await new Promise(setImmediate);
      underWay--;
      return true;
    });
    expect([most, underWay]).toEqual([25, 0]);
  });

  it('ends none for an empty list, and says that none remains', async () => {
    expect(await endEach([], () => Promise.reject(broken))).toEqual({ ids: [], remaining: false });
    expect(await endEach(IDS, async () => false)).toEqual({ ids: [], remaining: false });
  });

  it('stops at a failure, with those that were ended before it', async () => {
    let calls = 0;
    const { ids, remaining } = await endEach(IDS, async () => {
      if (++calls > 30) throw broken;
      return true;
    });
    expect([ids.length, remaining]).toEqual([30, true]);
    expect(calls).toBeLessThan(60);
  });

  it('fails with the failure if it could end none', async () => {
    await expect(endEach(IDS, () => Promise.reject(broken))).rejects.toBe(broken);
  });

  it('stops when time is up, and says that some remain', async () => {
    let calls = 0;
    const end = async () => ++calls > 0;
    expect(await endEach(IDS, end, { isTimeLeft: () => calls < 40 })).toMatchObject({ remaining: true });
    expect(calls).toBe(40);
  });

  it('is to be tried again if there was no time for any', async () => {
    const ending = endEach(IDS, async () => true, { isTimeLeft: () => false });
    await expect(ending).rejects.toMatchObject({ code: 'TRY_AGAIN' });
  });
});
