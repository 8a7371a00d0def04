import { Socket } from 'node:net';

// The tests reach nothing but this machine: what tries to is a defect, in a test or in what it tests.
const LOOPBACK = /^(127\.\d+\.\d+\.\d+|::1|localhost)$/;
const connect = Socket.prototype.connect;

Socket.prototype.connect = function guarded(this: Socket, ...parameters: unknown[]) {
  const [first] = parameters.flat() as [{ host?: string; path?: string } | number | string];
  const host = typeof first === 'object' ? first.host : undefined;
  const local = typeof first === 'object' && first.path !== undefined;
  if (!local && host !== undefined && !LOOPBACK.test(host)) throw new Error(`A test tried to reach ${host}.`);
  return connect.apply(this, parameters as Parameters<typeof connect>);
} as typeof connect;

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
