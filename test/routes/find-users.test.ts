import type { LocalStack } from '../../local/stack';
import { Device } from '../support/api';
import { startStack } from '../support/stack';

let stack: LocalStack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());

const find = (device: Device, query: string) => device.call('GET', `/users${query}`);

describe('finding a user', () => {
  it('gives an admin the id for an e-mail address or a user name, exactly', async () => {
    const admin = await Device.register(stack, 'finder', { groups: ['admin'] });
    const { userId } = await Device.signIn(stack, 'zoë', { claims: { email: 'zoe@example.org' } });
    const zoe = { id: userId, username: 'zoë', email: 'zoe@example.org', status: 'CONFIRMED', enabled: true };
    for (const query of ['?email=zoe@example.org', '?email=Zoe%40Example.org', '?username=zo%C3%AB']) {
      const { status, body } = await find(admin, query);
      expect([status, body.data]).toEqual([200, [zoe]]);
    }
    for (const query of ['?email=zoe', '?username=zoe', '?email=%22%20or%20email%20%5E%3D%20%22']) {
      expect((await find(admin, query)).body.data).toEqual([]);
    }
  });

  it('is for admins only', async () => {
    const device = await Device.register(stack, 'curious');
    const { status, body } = await find(device, '?username=curious');
    expect([status, body.error.code]).toEqual([403, 'UNAUTHORIZED_PROFILE_ACCESS']);
  });

  it.each(['', '?email=', '?email=a&username=b', '?name=a', `?username=${'x'.repeat(250)}`])(
    'is refused without one of the two, of a length that a pool can look for: "%s"',
    async (query) => {
      const admin = await Device.register(stack, `admin${query}`, { groups: ['admin'] });
      const { status, body } = await find(admin, query);
      expect([status, body.error.code]).toEqual([400, 'INVALID_PROFILE_DATA']);
    },
  );
});
