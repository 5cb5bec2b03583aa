import { describe, expect, it } from 'vitest';
import { PlayedFaults } from '../src/session/faults.ts';

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
    faults.play({ kind: 'kill', seconds: 2 });
    expect(faults.detail?.code).toBe('FAULT_KILL');
    clock.pass(2000);
    expect(faults.fault).toBeNull();
  });
});
