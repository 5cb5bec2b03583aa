/** What simulated machines share and send over: time, dice, links and media. */
import { describe, expect, it } from 'vitest';
import { Dice } from '../src/lab/world/dice.ts';
import { Link, type LinkQuality } from '../src/lab/world/link.ts';
import { Medium } from '../src/lab/world/medium.ts';
import { Reception } from '../src/lab/world/reception.ts';
import { VirtualClock } from '../src/lab/world/virtual-clock.ts';

const toTheEnd = (clock: VirtualClock): Promise<boolean> => clock.run(() => false);

describe('virtual time', () => {
  it('goes from event to event, and lets those of one time happen in the order asked for', async () => {
    const clock = new VirtualClock();
    const seen: string[] = [];
    const note = (what: string) => () => void seen.push(`${what} ${clock.now()}`);
    clock.at(20, note('late'));
    clock.at(10, note('first'));
    clock.at(10, note('second'));
    const cancel = clock.at(15, note('never'));
    cancel();
    clock.at(10, () => {
      // What is over happens now, after all that was asked for before.
      clock.at(3, note('over'));
      clock.after(1, note('soon'));
    });
    clock.at(10, note('third'));
    await toTheEnd(clock);
    expect(seen).toEqual(['first 10', 'second 10', 'third 10', 'over 10', 'soon 11', 'late 20']);
  });

  it('stands still while an event is handled, and what is done after each', async () => {
    const clock = new VirtualClock();
    const seen: string[] = [];
    const slowly = async (what: string, turns = 3): Promise<void> => {
      // oxlint-disable-next-line no-await-in-loop -- one turn of this process after the other
      for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
      seen.push(`${what} ${clock.now()}`);
    };
    clock.at(1, () => slowly('a'));
    clock.at(2, () => slowly('b'));
    await clock.run(
      () => false,
      () => slowly('after', 1),
    );
    expect(seen).toEqual(['a 1', 'after 1', 'b 2', 'after 2']);
  });

  it('says whether it came to what it was to come to', async () => {
    const clock = new VirtualClock();
    let done = false;
    clock.at(5, () => void (done = true));
    clock.at(50, () => undefined);
    expect(await clock.run(() => done)).toBe(true);
    expect(clock.now()).toBe(5);
    expect(await clock.run(() => false, undefined, 40)).toBe(false);
    expect(clock.now()).toBe(5);
    expect(await new VirtualClock().run(() => false)).toBe(false);
  });
});

describe('dice', () => {
  it('are a pure function of seed, subject, machine and turn', () => {
    const draw = (seed: number): readonly number[] => {
      const dice = new Dice(seed);
      return [dice.uniform('speed', 1), dice.uniform('speed', 1), dice.normal('jitter', 1)];
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(8)).not.toEqual(draw(7));
    expect(draw(7)[1]).not.toBe(draw(7)[0]);
    // Nobody's draws move those of another, nor one subject's those of another.
    const busy = new Dice(7);
    busy.uniform('speed', 2);
    busy.exponential('latency', 1);
    expect(busy.uniform('speed', 1)).toBe(draw(7)[0]);
  });

  it('have the mean that they are to have', () => {
    const dice = new Dice(1);
    const n = 4000;
    let [uniform, exponential] = [0, 0];
    for (let i = 0; i < n; i++) {
      uniform += dice.uniform('speed', 0) / n;
      exponential += dice.exponential('latency', 0) / n;
    }
    const normals = new Float32Array(n);
    dice.normals('noise', 0, normals);
    // Four standard errors.
    expect(Math.abs(uniform - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / n));
    expect(Math.abs(exponential - 1)).toBeLessThan(4 * Math.sqrt(1 / n));
    expect(Math.abs(normals.reduce((sum, each) => sum + each, 0) / n)).toBeLessThan(4 * Math.sqrt(1 / n));
  });
});

describe('a medium', () => {
  /** When each transfer is done. @param sends - begin, bytes and the most that its link takes, bytes a millisecond */
  async function times(
    capacity: number,
    sends: readonly (readonly [at: number, bytes: number, most: number, breakOff?: number])[],
  ): Promise<{ readonly done: readonly (number | null)[]; readonly busy: number }> {
    const clock = new VirtualClock();
    const medium = new Medium(clock, capacity);
    const done: (number | null)[] = sends.map(() => null);
    sends.forEach(([at, bytes, most, breakOff], i) => {
      clock.at(at, () => {
        const stop = medium.send(bytes, most, () => void (done[i] = clock.now()));
        if (breakOff !== undefined) clock.at(breakOff, stop);
      });
    });
    await toTheEnd(clock);
    return { done, busy: medium.busy };
  }

  it('is shared equally by two, and left to one when the other is done', async () => {
    const { done } = await times(10, [
      [0, 1000, 100],
      [0, 500, 100],
    ]);
    expect(done[1]).toBeCloseTo(100); // 500 at 5
    expect(done[0]).toBeCloseTo(150); // 500 at 5, 500 at 10
  });

  it('leaves to others what one with a slow link cannot take', async () => {
    const { done } = await times(10, [
      [0, 200, 2],
      [0, 800, 100],
      [0, 400, 4.5],
    ]);
    // 2, then the rest by two: 4 each, since 4.5 is more than that.
    expect(done[0]).toBeCloseTo(100);
    expect(done[2]).toBeCloseTo(100);
    expect(done[1]).toBeCloseTo(100 + 400 / 10);
  });

  it('gives a part to whoever comes in the middle', async () => {
    const { done } = await times(10, [
      [0, 1000, 100],
      [50, 250, 100],
    ]);
    expect(done[1]).toBeCloseTo(100); // 250 at 5
    expect(done[0]).toBeCloseTo(125); // 500 at 10, 250 at 5, 250 at 10
  });

  it('is free again for others when a transfer is broken off', async () => {
    const { done } = await times(10, [
      [0, 1000, 100],
      [0, 1000, 100, 100],
    ]);
    expect(done).toEqual([expect.closeTo(150), null]); // 500 at 5, 500 at 10
  });

  it('knows how long it was busy', async () => {
    const { busy } = await times(10, [
      [0, 100, 100],
      [50, 100, 100],
      [55, 100, 5],
    ]);
    // 0 to 10; the third is bounded by its half, and by its own link, which is the same.
    expect(busy).toBeCloseTo(10 + 25);
  });

  it('without a rate is as fast as each link', async () => {
    const { done } = await times(Infinity, [
      [0, 1000, 100],
      [0, 1000, 10],
    ]);
    expect(done).toEqual([expect.closeTo(10), expect.closeTo(100)]);
  });
});

describe('a link', () => {
  const quality: LinkQuality = { rate: 1514, latency: 10, jitter: 0, loss: 0 };
  const open = (of: Partial<LinkQuality>, seed = 1) => {
    const clock = new VirtualClock();
    const link = new Link(clock, new Medium(clock, Infinity), new Dice(seed), 0, { ...quality, ...of });
    const arrived: { readonly what: string; readonly at: number }[] = [];
    const send = (what: string, bytes: number): void =>
      link.send(bytes, () => void arrived.push({ what, at: clock.now() }));
    return { clock, link, arrived, send };
  };

  it('takes a message its bytes with headers, and then its way', async () => {
    const { clock, link, arrived, send } = open({});
    send('two packets', 2 * 1448);
    await toTheEnd(clock);
    expect(arrived).toEqual([{ what: 'two packets', at: expect.closeTo(2 + 10) as number }]);
    expect(link.bytes).toBe(2 * 1514);
  });

  it('that is held lets nothing arrive before, and then in order', async () => {
    const { clock, link, arrived, send } = open({});
    link.hold(50);
    send('held', 1448);
    clock.after(20, () => send('behind it', 1448));
    await toTheEnd(clock);
    expect(arrived).toEqual([
      { what: 'held', at: 50 },
      { what: 'behind it', at: 50 },
    ]);
  });

  it('sends one after the other: the next leaves while the one before is on its way', async () => {
    const { clock, arrived, send } = open({});
    send('a', 1448);
    send('b', 1448);
    await toTheEnd(clock);
    expect(arrived.map(({ at }) => at)).toEqual([expect.closeTo(11), expect.closeTo(12)]);
  });

  it('keeps the order where latency varies, and varies it by its mean', async () => {
    const { clock, arrived, send } = open({ jitter: 5 });
    const n = 1000;
    for (let i = 0; i < n; i++) send(String(i), 1);
    await toTheEnd(clock);
    expect(arrived.map(({ what }) => what)).toEqual(Array.from({ length: n }, (_, i) => String(i)));

    const alone = open({ jitter: 5 });
    for (let i = 0; i < n; i++) alone.clock.at(1000 * i, () => alone.send(String(1000 * i), 1448));
    await toTheEnd(alone.clock);
    const late = alone.arrived.reduce((sum, { what, at }) => sum + (at - Number(what) - 11) / n, 0);
    expect(Math.abs(late - 5)).toBeLessThan((4 * 5) / Math.sqrt(n));
  });

  it('is slowed down by loss, in the long run as TCP is (Mathis et al., table 1: 0.93 / √loss segments)', async () => {
    const rateOf = async (loss: number): Promise<number> => {
      const { clock, arrived, send } = open({ loss });
      send('long', 20_000_000);
      await toTheEnd(clock);
      return 20_000_000 / 1448 / arrived[0].at;
    };
    for (const loss of [0.001, 0.01, 0.03]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const found = await rateOf(loss);
      const expected = Math.min(1, 0.93 / Math.sqrt(loss) / 20); // or as fast as the link is
      expect(found / expected, `${loss}`).toBeGreaterThan(0.8);
      expect(found / expected, `${loss}`).toBeLessThan(1.2);
    }
  });

  it('that loses much sends some messages far later than others; that loses nothing, none', async () => {
    const spread = async (loss: number): Promise<number> => {
      const { clock, arrived, send } = open({ loss });
      for (let i = 0; i < 200; i++) clock.at(10_000 * i, () => send(String(10_000 * i), 50 * 1448));
      await toTheEnd(clock);
      const took = arrived.map(({ what, at }) => at - Number(what)).sort((a, b) => a - b);
      return took[190] / took[10];
    };
    expect(await spread(0)).toBeCloseTo(1, 6);
    expect(await spread(0.01)).toBeGreaterThan(1.5);
  });

  it('loses what is on its way, and what waits, with the connection', async () => {
    const { clock, arrived, send, link } = open({});
    send('on its way', 1448);
    send('leaving', 1448);
    send('waiting', 1448);
    clock.at(1.5, () => {
      link.reset();
      send('over the next connection', 1448);
    });
    await toTheEnd(clock);
    expect(arrived).toEqual([{ what: 'over the next connection', at: expect.closeTo(12.5) as number }]);
  });
});

describe("the coordinator's thread", () => {
  it('takes in one message after the other, each in its time', async () => {
    const clock = new VirtualClock();
    const reception = new Reception(clock, 2);
    const done: number[] = [];
    const take = (): void => reception.take(1_000_000, () => void done.push(clock.now()));
    clock.at(0, take);
    clock.at(1, take);
    clock.at(10, take);
    await toTheEnd(clock);
    expect(done).toEqual([2, 4, 12]);
    expect(reception.busy).toBe(6);
  });
});
