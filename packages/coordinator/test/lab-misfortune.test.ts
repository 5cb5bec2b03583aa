/** What befalls simulated machines, and what they do on purpose. */
import { describe, expect, it } from 'vitest';
import { Dice } from '../src/lab/world/dice.ts';
import { Script, type ScriptedFault } from '../src/lab/world/faults.ts';
import { Misconduct } from '../src/lab/world/misconduct.ts';
import { Spells, timeToDo, workDone, type Spell } from '../src/lab/world/spells.ts';

describe('spells', () => {
  const spells: readonly Spell[] = [
    { from: 10, to: 20, factor: 2 },
    { from: 30, to: 40, factor: Infinity },
  ];

  it.each([
    ['before any', 0, 5, 5],
    ['up to one', 0, 10, 10],
    ['into a slow one', 0, 12, 14],
    ['through a slow one', 0, 16, 21],
    ['begun within one', 15, 10, 12.5],
    ['through a slow and a frozen one', 0, 30, 45],
    ['begun frozen', 35, 3, 8],
    ['after all', 50, 7, 7],
  ])('work %s takes its time', (_, now, work, takes) => {
    expect(timeToDo(spells, now, work)).toBeCloseTo(takes);
  });

  it('work is never done by a machine that is frozen for good', () => {
    const forGood = [{ from: 10, to: Infinity, factor: Infinity }];
    expect(timeToDo(forGood, 0, 10)).toBe(10);
    expect(timeToDo(forGood, 0, 11)).toBeNull();
  });

  it('work done in the time that it takes is that work', () => {
    for (let now = 0; now < 45; now += 3) {
      for (let work = 1; work < 40; work += 4) {
        const takes = timeToDo(spells, now, work);
        expect(workDone(spells, now, now + (takes ?? NaN)), `${work} from ${now}`).toBeCloseTo(work);
      }
    }
  });

  it('are drawn as they are asked for, each after the one before', () => {
    const asked: number[] = [];
    const drawn = new Spells((after) => {
      asked.push(after);
      return { from: after + 10, to: after + 20, factor: 2 };
    });
    expect(timeToDo(drawn, 0, 5)).toBe(5);
    expect(asked).toEqual([0]);
    expect(timeToDo(drawn, 0, 18)).toBe(23); // 10, 5 in ten, 3
    expect(asked).toEqual([0, 20]);
    expect(timeToDo(drawn, 0, 18)).toBe(23);
    expect(asked).toEqual([0, 20]);
  });

  it('that nobody foresaw take the place of what they overlap', () => {
    const known = new Spells((after) =>
      after >= 40 ? null : { from: after + 10, to: after + 20, factor: 2 },
    );
    known.add({ from: 15, to: 35, factor: Infinity });
    known.add({ from: 12, to: 13, factor: 5 });
    expect([...known]).toEqual([
      { from: 10, to: 12, factor: 2 },
      { from: 12, to: 13, factor: 5 },
      { from: 13, to: 15, factor: 2 },
      { from: 15, to: 35, factor: Infinity },
      { from: 35, to: 40, factor: 2 },
    ]);
  });

  it('go on to be drawn after one that nobody foresaw', () => {
    const known = new Spells((after) => ({ from: after + 100, to: after + 110, factor: Infinity }));
    known.add({ from: 5, to: 8, factor: Infinity });
    expect(timeToDo(known, 0, 150)).toBe(150 + 3 + 10);
  });
});

describe('a script', () => {
  const scripted = (fault: ScriptedFault['fault'], rest: Partial<ScriptedFault>): ScriptedFault => ({
    fault,
    at: [],
    probability: 0,
    from: 0,
    ...rest,
  });

  it('lets what is on time strike a machine then, and a frame with the first lease after', () => {
    const kill = { kind: 'kill', lasts: 10 } as const;
    const drop = { kind: 'drop' } as const;
    const script = new Script(
      [scripted(kill, { at: [7, 3] }), scripted(drop, { at: [30, 10] })],
      new Dice(1),
      0,
    );
    expect(script.timed).toEqual([
      { at: 7, fault: kill },
      { at: 3, fault: kill },
    ]);
    const struck = [5, 12, 13, 40, 41].map((now) => script.next(now));
    expect(struck).toEqual([[], [drop], [], [drop], []]);
  });

  it('lets chance strike as often as it is to, from its time on', () => {
    const script = new Script(
      [scripted({ kind: 'freeze', lasts: 1 }, { probability: 0.2, from: 100 })],
      new Dice(1),
      0,
    );
    const strikes = Array.from({ length: 2000 }, (_, now) => script.next(now).length);
    expect(strikes.slice(0, 100).every((count) => count === 0)).toBe(true);
    const share = strikes.slice(100).reduce((sum, count) => sum + count, 0) / 1900;
    expect(Math.abs(share - 0.2)).toBeLessThan(4 * Math.sqrt((0.2 * 0.8) / 1900));
  });

  it('strikes with the same leases whatever other machines do', () => {
    const draw = (others: boolean): readonly number[] => {
      const dice = new Dice(3);
      const script = new Script([scripted({ kind: 'drop' }, { probability: 0.5 })], dice, 0);
      const other = new Script([scripted({ kind: 'drop' }, { probability: 0.5 })], dice, 1);
      return Array.from({ length: 50 }, (_, now) => {
        if (others) other.next(now);
        return script.next(now).length;
      });
    };
    expect(draw(true)).toEqual(draw(false));
  });
});

describe('misconduct', () => {
  const honest = (): Float32Array[] => [Float32Array.of(3, -4), Float32Array.of(1, 2, 2)];
  const spoiled = (fault: Parameters<Misconduct['spoil']>[0]): Float32Array[] => {
    const gradients = honest();
    new Misconduct(new Dice(1), 0).spoil(fault, gradients);
    return gradients;
  };
  const norm = (values: Float32Array): number => Math.hypot(...values);

  it('turns gradients around, or makes them as many times as large', () => {
    expect(spoiled({ kind: 'sign-flip' })).toEqual([Float32Array.of(-3, 4), Float32Array.of(-1, -2, -2)]);
    expect(spoiled({ kind: 'scale', factor: 10 })).toEqual([
      Float32Array.of(30, -40),
      Float32Array.of(10, 20, 20),
    ]);
  });

  it('sends noise of the same length', () => {
    const [first, second] = spoiled({ kind: 'random' });
    expect(norm(first)).toBeCloseTo(5, 5);
    expect(norm(second)).toBeCloseTo(3, 5);
    expect([...first]).not.toEqual([3, -4]);
  });

  it('sends what it sent first, again and again, for each network and place its own', () => {
    const lazy = new Misconduct(new Dice(1), 0);
    const replay = { kind: 'replay' } as const;
    const first = honest();
    lazy.spoil(replay, first);
    expect(first).toEqual(honest());
    const later = [Float32Array.of(7, 7), Float32Array.of(8, 8, 8)];
    lazy.spoil(replay, later);
    expect(later).toEqual(honest());
  });
});
