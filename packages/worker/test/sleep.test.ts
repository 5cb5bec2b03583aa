import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startSession } from '../src/session/session.ts';
import { leastSleep, SleepWatch } from '../src/session/sleep.ts';
import type { SessionControl, SessionStatus } from '../src/session/status.ts';
import { FakeSocket } from './support/fake-socket.ts';

const interval = 1000;

/** Looks once after each of these, and tells what each look found. Milliseconds that the clocks went on. */
function looks(steps: readonly { readonly wall: number; readonly steady: number }[], patience = 0): number[] {
  const now = { wall: 1e12, steady: 1e6 };
  const watch = new SleepWatch(interval, { wall: () => now.wall, steady: () => now.steady });
  return steps.map(({ wall, steady }) => {
    now.wall += wall;
    now.steady += steady;
    return watch.look(patience);
  });
}

const awake = { wall: interval, steady: interval };

describe('a watch over sleep', () => {
  it.each([
    ['the steady clock stood still', { wall: 60_000 + interval, steady: interval }],
    ['the steady clock stood still, and the timer came a little late', { wall: 61_300, steady: 1300 }],
    ['both clocks went on', { wall: 61_000, steady: 61_000 }],
  ])('sees it where %s, once', (_, leap) => {
    const [before, slept, after] = looks([awake, leap, awake]);
    expect(before).toBe(0);
    expect(slept).toBeGreaterThanOrEqual(60_000);
    expect(slept).toBeLessThanOrEqual(60_300);
    expect(after).toBe(0);
  });

  it.each([
    ['a hiccup', { wall: leastSleep + 999, steady: leastSleep + 999 }],
    ['a clock that was set back', { wall: -3_600_000, steady: interval }],
    ['a clock that is corrected by a little', { wall: interval + leastSleep - 1, steady: interval }],
  ])('takes %s for none', (_, leap) => {
    expect(looks([awake, leap, awake])).toEqual([0, 0, 0]);
  });

  it('grants a thread that computes its time, but no difference between the clocks', () => {
    const busy = { wall: 9000, steady: 9000 };
    expect(looks([busy], 4000)).toEqual([0]);
    expect(looks([busy], 0)).toEqual([8000]);
    expect(looks([{ wall: 61_000, steady: interval }], Infinity)).toEqual([60_000]);
  });
});

describe('a session whose machine slept', () => {
  let sockets: FakeSocket[];
  let status: SessionStatus | null;
  let session: SessionControl;
  const hello = (socket: FakeSocket): unknown => {
    socket.happen('open');
    return JSON.parse(String(socket.sent[0]));
  };

  beforeEach(() => {
    vi.useFakeTimers();
    sockets = [];
    session = startSession(
      { url: 'http://host:1', kind: 'tab', token: 'mine' },
      { status: (next) => void (status = next), sheet: () => undefined, token: () => undefined },
      {
        connect(url) {
          const socket = new FakeSocket(url);
          sockets.push(socket);
          return socket;
        },
        fetchBytes: () => Promise.reject(new TypeError('nothing is fetched here')),
        candidates: [],
      },
    );
  });
  afterEach(() => {
    session.leave();
    vi.useRealTimers();
  });

  it('comes back at once as the same worker, and tells for how long', async () => {
    expect(hello(sockets[0])).toMatchObject({ type: 'hello', token: 'mine' });
    expect(hello(sockets[0])).not.toHaveProperty('slept');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(sockets).toHaveLength(1);

    // performance.now stands still, as during sleep in most browsers.
    vi.setSystemTime(Date.now() + 600_000);
    await vi.advanceTimersByTimeAsync(2000);
    expect(sockets).toHaveLength(2);
    expect(hello(sockets[1])).toMatchObject({ type: 'hello', token: 'mine', slept: 600 });
    expect(status).toMatchObject({
      slept: 600,
      detail: { code: 'MACHINE_SLEPT' },
    });
  });

  it('tells again where nobody has heard it', async () => {
    vi.setSystemTime(Date.now() + 60_000);
    await vi.advanceTimersByTimeAsync(2000);
    sockets[1].happen('close', { code: 1006 });
    await vi.advanceTimersByTimeAsync(2000);
    expect(hello(sockets[2])).toMatchObject({ slept: 60 });
  });
});
