import { optional, optionalNumber, required, requiredList, requiredNumber } from '../../lambda/runtime/environment';

describe('a function’s environment', () => {
  const before = { ...process.env };
  afterEach(() => {
    process.env = { ...before };
  });
  const set = (value: string | undefined) => {
    delete process.env.IDLE_MINUTES;
    if (value !== undefined) process.env.IDLE_MINUTES = value;
  };

  it.each([undefined, ''])('lacks a variable that is %j, and says which', (value) => {
    set(value);
    expect(() => required('idleMinutes')).toThrow('The environment variable IDLE_MINUTES is missing');
    expect(() => requiredNumber('idleMinutes')).toThrow('IDLE_MINUTES is missing');
    expect([optional('idleMinutes'), optionalNumber('idleMinutes')]).toEqual([undefined, undefined]);
  });

  it.each(['0', '-1', 'x', 'Infinity', 'NaN'])('has no number in %s, and says where and what it is', (value) => {
    set(value);
    expect(() => requiredNumber('idleMinutes')).toThrow(`IDLE_MINUTES is "${value}"; a positive number is expected`);
    expect(() => optionalNumber('idleMinutes')).toThrow('IDLE_MINUTES');
  });

  it('has texts, numbers and lists', () => {
    set('480');
    expect([required('idleMinutes'), optional('idleMinutes')]).toEqual(['480', '480']);
    expect([requiredNumber('idleMinutes'), optionalNumber('idleMinutes')]).toEqual([480, 480]);
    set('a,b');
    expect(requiredList('idleMinutes')).toEqual(['a', 'b']);
  });
});
