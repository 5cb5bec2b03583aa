import { describe, expect, test } from 'vitest';
import { Duty, type Ticker } from '../src/session/duty.ts';

/** A clock that moves where somebody works or waits. */
class Time implements Ticker {
  at = 0;
  rested = 0;
  now = (): number => this.at;
  wait = (milliseconds: number): Promise<void> => {
    this.at += milliseconds;
    this.rested += milliseconds;
    return Promise.resolve();
  };
}

const wanted = (): boolean => false;

/** Milliseconds that a lease of so many microbatches takes, rests included. */
async function lease(duty: Duty, time: Time, microbatches: number, each: number): Promise<number> {
  const began = time.at;
  duty.beginLease();
  for (let i = 0; i < microbatches; i++) {
    time.at += each;
    // oxlint-disable-next-line no-await-in-loop -- one after another
    await duty.rest(wanted);
  }
  duty.endLease();
  return time.at - began;
}

describe('a machine that is asked to compute only part of the time', () => {
  test.each([
    [1, 50],
    [0.75, 50],
    [0.5, 3],
    [0.25, 700],
  ])('at %d of it, in microbatches of %d ms, rests the other part', async (load, each) => {
    const time = new Time();
    const duty = new Duty(load, time);
    duty.introduce();
    for (let i = 0; i < 20; i++) await lease(duty, time, 10, each);
    const busy = 20 * 10 * each;
    expect(busy / time.at).toBeCloseTo(load, 2);
    expect(time.rested).toBeCloseTo(busy * (1 / load - 1), -2);
  });

  test('says so when its pace is told, and each lease then takes what was told', async () => {
    const time = new Time();
    const duty = new Duty(0.25, time);
    expect(duty.introduce()).toBe(4);
    expect(await lease(duty, time, 4, 100)).toBe(1600);
  });

  test('becomes slower by and by, so that no lease takes 1.5 times what is expected of it', async () => {
    const time = new Time();
    const duty = new Duty(1, time);
    duty.introduce();
    // As the coordinator follows a worker's pace.
    let expected = 1000;
    duty.setLoad(0.25);
    let took = 0;
    for (let i = 0; i < 20; i++) {
      took = await lease(duty, time, 10, 100);
      expect(took).toBeLessThan(1.5 * expected);
      expected = 0.7 * expected + 0.3 * took;
    }
    expect(took).toBe(4000);
  });

  test('is at full speed at once when it may', async () => {
    const time = new Time();
    const duty = new Duty(0.25, time);
    duty.introduce();
    await lease(duty, time, 1, 100);
    duty.setLoad(1);
    expect(await lease(duty, time, 10, 100)).toBe(1000);
  });

  test('stops resting when the lease is not wanted any more', async () => {
    const time = new Time();
    const duty = new Duty(0.25, time);
    duty.introduce();
    duty.beginLease();
    time.at += 10_000;
    await duty.rest(() => time.at >= 10_400);
    expect(time.at).toBe(10_400);
    duty.forget();
    expect(await lease(duty, time, 1, 100)).toBe(400);
  });

  test('does not rest for what it waited for others', async () => {
    const time = new Time();
    const duty = new Duty(0.5, time);
    duty.introduce();
    duty.beginLease();
    time.at += 100;
    await duty.rest(wanted);
    time.at += 5000; // at an exchange
    duty.begin();
    time.at += 100;
    await duty.rest(wanted);
    expect(time.rested).toBe(200);
  });

  test('a sleep in the middle of a rest is not worked off', async () => {
    const time = new Time();
    const duty = new Duty(0.5, time);
    duty.introduce();
    duty.beginLease();
    time.at += 100;
    const { wait } = time;
    time.wait = (milliseconds) => wait(milliseconds + 3_600_000);
    await duty.rest(wanted);
    time.wait = wait;
    expect(await lease(duty, time, 10, 100)).toBeGreaterThan(1500);
  });
});
