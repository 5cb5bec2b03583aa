import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { errorRegistry } from '@gantry/shared';
import { backoff } from '../src/session/backoff.ts';
import { Connection } from '../src/session/connection.ts';
import type { Platform } from '../src/session/platform.ts';
import type { Detail } from '../src/session/status.ts';
import { FakeSocket } from './support/fake-socket.ts';

let sockets: FakeSocket[];
let told: string[];
/** Why sockets are refused, to whoever asks. */
let why: Detail | null;
let asked: string[];
/** How often it told of silence. */
let silences: number;
let connection: Connection;

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(1);
  sockets = [];
  told = [];
  silences = 0;
  why = null;
  asked = [];
  const platform: Platform = {
    connect(url) {
      const socket = new FakeSocket(url);
      sockets.push(socket);
      return socket;
    },
    whyRefused(url) {
      asked.push(url);
      return Promise.resolve(why);
    },
    fetchBytes: () => Promise.reject(new TypeError('nothing is fetched here')),
    candidates: [],
  };
  connection = new Connection('http://host:1', platform, {
    opened: () => told.push('opened'),
    received: () => told.push('received'),
    lost: (aside) => told.push(aside ? 'aside' : 'lost'),
    ended: (code) => told.push(code),
    detail: ({ code }) => told.push(code),
    fellSilent: () => void silences++,
  });
});
afterEach(() => {
  connection.close();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Milliseconds until a socket more is opened. */
async function nextSocket(): Promise<number> {
  const before = sockets.length;
  for (let waited = 0; waited <= 60_000; waited += 100) {
    if (sockets.length > before) return waited;
    await vi.advanceTimersByTimeAsync(100);
  }
  return Infinity;
}

describe('a connection', () => {
  it('is opened again after a loss, later each time until it is accepted', async () => {
    const waits: number[] = [];
    for (let i = 0; i < 6; i++) {
      sockets[i].happen('close', { code: 1006 });
      waits.push(await nextSocket());
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 10_000]);
    connection.accepted();
    sockets[6].happen('close', { code: 1006 });
    expect(await nextSocket()).toBe(500);
    expect(told).toEqual(Array.from({ length: 7 }, () => 'lost'));
  });

  it('is one at a time, also when it is restarted while it waits', async () => {
    sockets[0].happen('close', { code: 1006 });
    connection.restart();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(sockets.length).toBe(2);
  });

  it('is not opened after it was closed, whatever comes', async () => {
    connection.restart();
    connection.close();
    connection.restart();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sockets.length).toBe(1);
  });

  it('ends where the coordinator says that trying again is of no use', async () => {
    sockets[0].happen('close', { code: errorRegistry.JOIN_CODE_WRONG.close });
    expect(await nextSocket()).toBe(Infinity);
    expect(told).toEqual(['JOIN_CODE_WRONG']);
  });

  it('that never opened tells why, where that can be learnt, and is tried again', async () => {
    why = { code: 'ORIGIN_FOREIGN', message: 'Not from there.' };
    sockets[0].happen('close', { code: 1006 });
    expect(await nextSocket()).toBe(500);
    expect(told).toEqual(['lost', 'ORIGIN_FOREIGN']);
    expect(asked).toEqual(['http://host:1/socket']);
    // Of one that was open there is nothing to learn.
    sockets[1].happen('open');
    sockets[1].happen('close', { code: 1006 });
    expect(await nextSocket()).toBe(1000);
    expect(told.slice(2)).toEqual(['opened', 'lost']);
    expect(asked).toHaveLength(1);
  });

  it('comes back from being put aside, later each time, though it is accepted in between', async () => {
    const waits: number[] = [];
    for (let i = 0; i < 3; i++) {
      connection.accepted();
      sockets[i].happen('close', { code: errorRegistry.PUT_ASIDE.close });
      waits.push(await nextSocket());
    }
    expect(waits).toEqual([1000, 2000, 4000]);
    expect(told).toEqual(['aside', 'aside', 'aside']);
  });

  it('is taken for lost after twenty seconds of silence, and hears nothing more of that socket', async () => {
    await vi.advanceTimersByTimeAsync(15_000);
    sockets[0].happen('message', { data: '' });
    await vi.advanceTimersByTimeAsync(15_000);
    expect(told).toEqual(['received']);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(told).toEqual(['received', 'lost']);
    sockets[0].happen('message', { data: '' });
    expect(told).toEqual(['received', 'lost']);
  });
});

describe('a connection on which nothing comes', () => {
  it('says so after a few seconds, until something does', async () => {
    sockets[0].happen('message', { data: '' });
    await vi.advanceTimersByTimeAsync(3000);
    expect([connection.silent, silences]).toEqual([false, 0]);
    await vi.advanceTimersByTimeAsync(4000);
    expect([connection.silent, silences]).toEqual([true, 1]);
    sockets[0].happen('message', { data: '' });
    expect(connection.silent).toBe(false);
  });
});

describe('a class whose coordinator is started again', () => {
  /** Milliseconds after the loss at which each of 60 tabs tries. @param up - when the coordinator answers again */
  function tries(up: number): number[][] {
    let state = 1;
    const random = (): number => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
    return Array.from({ length: 60 }, () => {
      const times: number[] = [];
      for (let at = 0, attempt = 0; at < up; attempt++) {
        at += backoff(attempt, random());
        times.push(at);
      }
      return times;
    });
  }

  it.each([2000, 5000, 30_000, 600_000])(
    '%i ms later is back within the longest wait, and not at once',
    (up) => {
      const last = tries(up).map((times) => times.at(-1) ?? 0);
      expect(Math.max(...last)).toBeLessThanOrEqual(up + 10_000);
      expect(mostWithin(100, last)).toBeLessThanOrEqual(15);
    },
  );

  it('does not wear out what it cannot reach: each tab tries every 5 to 10 seconds in the end', () => {
    for (const times of tries(600_000)) {
      const waits = times.map((time, i) => time - (times[i - 1] ?? 0));
      expect(waits[0]).toBeLessThanOrEqual(500);
      expect(Math.min(...waits.slice(5))).toBeGreaterThanOrEqual(5000);
      expect(Math.max(...waits)).toBeLessThanOrEqual(10_000);
    }
    // However long it takes: 2 ^ attempt has no end.
    expect(backoff(5000, 0.999)).toBeLessThanOrEqual(10_000);
  });
});

/** The most of these times that fall within so many milliseconds. */
function mostWithin(milliseconds: number, times: readonly number[]): number {
  return Math.max(
    ...times.map((start) => times.filter((time) => time >= start && time < start + milliseconds).length),
  );
}
