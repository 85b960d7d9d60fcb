// Preloaded into a step under test: whoever opens a connection to anything but this machine fails, and is named.
import { Socket } from 'node:net';

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|::1|([a-z.]+\.)?localhost)$/;
const connect = Socket.prototype.connect;

Socket.prototype.connect = function (...args) {
  const [first] = args.flat();
  const host = typeof first === 'object' && first !== null ? (first.host ?? first.path) : args.flat()[1];
  const isPath = typeof first === 'object' && first !== null && first.path !== undefined && first.host === undefined;
  if (!isPath && host !== undefined && host !== null && !LOOPBACK.test(host)) {
    process.stderr.write(`loopback-only: a connection to ${host} was refused\n`);
    throw new Error(`loopback-only: a connection to ${host} was refused`);
  }
  return connect.apply(this, args);
};
