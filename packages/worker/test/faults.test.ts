import { describe, expect, it, vi } from 'vitest';
import { presetConfig } from '@gantry/shared';
import { PlayedFaults } from '../src/session/faults.ts';
import { startSession } from '../src/session/session.ts';
import type { SessionStatus } from '../src/session/status.ts';
import { FakeSocket } from './support/fake-socket.ts';

/** A clock that goes on by what is waited for. */
function ticker() {
  let now = 0;
  return {
    now: () => now,
    wait: async (milliseconds: number) => void (now += milliseconds),
    pass: (milliseconds: number) => void (now += milliseconds),
  };
}

describe('a fault that the presenter asks for', () => {
  it('freezes for so long and no longer, and tells so meanwhile', async () => {
    const clock = ticker();
    const faults = new PlayedFaults(clock);
    faults.play({ kind: 'freeze', seconds: 3 });
    expect(faults.detail?.code).toBe('FAULT_FREEZE');
    await faults.thawed(() => false);
    expect(clock.now()).toBe(3000);
    expect(faults.fault).toBeNull();
    expect(faults.detail).toBeNull();
  });

  it('is frozen no longer than what it holds is wanted, nor than the presenter wants', async () => {
    const clock = ticker();
    const faults = new PlayedFaults(clock);
    faults.play({ kind: 'freeze', seconds: 100 });
    await faults.thawed(() => clock.now() >= 500);
    expect(clock.now()).toBe(500);
    faults.play(null);
    await faults.thawed(() => false);
    expect(clock.now()).toBe(500);
  });

  it('turns signs where it is to, and only there', () => {
    const faults = new PlayedFaults(ticker());
    const gradient = Float32Array.of(1, -2);
    faults.play({ kind: 'slow', factor: 4 });
    faults.spoil(() => [gradient]);
    expect([...gradient]).toEqual([1, -2]);
    expect(faults.slowness).toBe(4);
    faults.play({ kind: 'corrupt' });
    faults.spoil(() => [gradient]);
    expect([...gradient]).toEqual([-1, 2]);
    expect(faults.slowness).toBe(1);
  });

  it('is over when a worker that was switched off comes back', () => {
    const clock = ticker();
    const faults = new PlayedFaults(clock);
    faults.play({ kind: 'switch-off', seconds: 2 });
    expect(faults.detail?.code).toBe('FAULT_SWITCH_OFF');
    clock.pass(2000);
    expect(faults.fault).toBeNull();
  });
});

it('ends a fault with the connection over which it was asked for: a coordinator started anew knows of none', async () => {
  const socket = new FakeSocket('');
  let status: SessionStatus | null = null;
  const session = startSession(
    { url: 'http://host:1', kind: 'tab' },
    { status: (next) => void (status = next), sheet: () => undefined, token: () => undefined },
    {
      connect: () => socket,
      fetchBytes: () => Promise.reject(new TypeError('nothing is fetched here')),
      candidates: [],
    },
  );
  const say = (message: object): void => socket.happen('message', { data: JSON.stringify(message) });
  const played = (kind: string | null) => vi.waitFor(() => expect(status?.fault).toBe(kind));
  socket.happen('open');
  say({ type: 'fault', fault: { kind: 'corrupt' } });
  await played('corrupt');
  const config = presetConfig('ring');
  say({ type: 'welcome', worker: 1, token: 'token', name: 'one', incarnation: 8, config, data: null });
  await played(null);
  session.leave();
});
