/** What steps do to whole vectors, on kernels against plain loops: equal to the bit, wherever the vectors lie. */
import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { moveAverage, newTotal, newVectors, scaleAndSquare } from '@gantry/shared';
import { homeOf } from '../src/codec/kernels.ts';
import { plainAdam, plainMoveAverage, plainScaleAndSquare, type AdamFactors } from '../src/step/plain.ts';
import { adamStep } from '../src/step/step.ts';
import { firstDifference, kinds, numbers, uniforms, type Kind } from './support/numbers.ts';

const runs = { numRuns: 150, seed: 20261124 };
const seeds = fc.integer({ min: 0, max: 0xffffffff });
const someKind = fc.constantFrom(...kinds);
const lengths = fc.oneof(
  fc.integer({ min: 0, max: 20 }),
  fc.integer({ min: 0, max: 5000 }),
  fc.constantFrom(8191, 8192, 8193, 16_385, 20_002), // about a window's length
);
const longest = 20_002;

/** Four vectors that lie side by side, and what is behind each of them. */
const room = newVectors([longest + 4, longest + 4, longest + 4, longest + 4]);
const sentinel = 12345;

/** The first `length` numbers of each, as views that begin `from` numbers further on, and all set to `sentinel`. */
function atHome(length: number, from: number): Float32Array[] {
  for (const vector of room) vector.fill(sentinel);
  return room.map((vector) => vector.subarray(from, from + length));
}

/** Nothing beside the views has been written. */
function expectUntouched(length: number, from: number): void {
  for (const vector of room) {
    expect(vector.subarray(0, from).every((x) => x === sentinel)).toBe(true);
    expect(vector.subarray(from + length).every((x) => x === sentinel)).toBe(true);
  }
}

const newOnes = (kind: Kind, length: number, seed: number): Float32Array =>
  numbers(kind, length, seed).map((x) => Math.abs(x));

describe('new vectors', () => {
  it('are zeros, side by side in one memory, and none is part of another', () => {
    const vectors = newVectors([5, 0, 1000, 17, 1]);
    expect(vectors.map(({ length }) => length)).toEqual([5, 0, 1000, 17, 1]);
    expect(new Set(vectors.map(({ buffer }) => buffer)).size).toBe(1);
    vectors.forEach((vector, i) => {
      expect(vector.every((x) => x === 0)).toBe(true);
      vector.fill(i + 1);
      expect(homeOf(vector)?.buffer).toBe(vector.buffer);
    });
    vectors.forEach((vector, i) => expect(vector.every((x) => x === i + 1)).toBe(true));
  });

  it('are copied by themselves, without their memory', () => {
    const [a] = newVectors([3, 100_000]);
    a.set([1, 2, 3]);
    for (const copy of [a.slice(), a.map((x) => x), Float32Array.from(a)]) {
      expect([...copy]).toEqual([1, 2, 3]);
      expect(copy.buffer.byteLength).toBe(12);
    }
    expect([...structuredClone(a)]).toEqual([1, 2, 3]);
  });

  it('are ordinary ones where no memory is to be had', () => {
    const memory = vi.spyOn(WebAssembly, 'Memory').mockImplementation(function refuse() {
      throw new RangeError('could not allocate memory');
    });
    const vectors = newVectors([3, 4]);
    memory.mockRestore();
    expect(vectors).toEqual([new Float32Array(3), new Float32Array(4)]);
    expect(homeOf(vectors[0])).toBeUndefined();
    expect(homeOf(newVectors([3])[0])).toBeDefined();
  });
});

describe('Adam', () => {
  const factors = (seed: number): AdamFactors => {
    const next = uniforms(seed);
    return {
      beta1: next() < 0.2 ? 0 : next(),
      beta2: 1 - 10 ** (-4 * next()),
      rate: 10 ** (-6 * next()),
      correction: 1 + 30 * next(),
      epsilon: 10 ** (-12 * next()),
    };
  };

  it('takes the same steps', () => {
    fc.assert(
      fc.property(
        lengths,
        fc.array(someKind, { minLength: 1, maxLength: 4 }),
        someKind,
        fc.integer({ min: 0, max: 4 }),
        seeds,
        (length, gradients, kind, from, seed) => {
          const [parameters, firstMoment, secondMoment] = atHome(length, from);
          parameters.set(numbers(kind, length, seed));
          firstMoment.set(numbers(kind, length, seed + 1));
          secondMoment.set(newOnes(kind, length, seed + 2));
          const home = { parameters, firstMoment, secondMoment };
          const plain = {
            parameters: parameters.slice(),
            firstMoment: firstMoment.slice(),
            secondMoment: secondMoment.slice(),
          };
          room[3].fill(sentinel);
          gradients.forEach((of, step) => {
            const gradient = numbers(of, length, seed + 3 + step);
            plainAdam(plain, gradient, factors(seed + step));
            adamStep(home, gradient, factors(seed + step));
          });
          for (const name of ['parameters', 'firstMoment', 'secondMoment'] as const) {
            expect(firstDifference(home[name], plain[name]), name).toBe(-1);
          }
          expectUntouched(length, from);
        },
      ),
      runs,
    );
  });

  // Three numbers are no vector: each is computed by itself.
  it.each([9000, 3])('takes them to the last bit of a double, %i numbers at a time', (part) => {
    const length = 9000;
    const [parameters, firstMoment, secondMoment] = atHome(length, 0);
    const gradient = numbers('near', length, 1);
    const alike = { beta1: 0.5, beta2: 0.7, rate: 0.01, correction: 1.3, epsilon: 1e-8 };
    const plain = {
      parameters: new Float32Array(length),
      firstMoment: numbers('near', length, 2),
      secondMoment: numbers('near', length, 3).map((x) => x * x),
    };
    firstMoment.set(plain.firstMoment);
    secondMoment.set(plain.secondMoment);
    // That bit shows where a step nearly cancels a parameter. From 0 a step gives what it is; from the opposite of that,
    // what float32 rounds off.
    const probe = {
      parameters: plain.parameters.slice(),
      firstMoment: firstMoment.slice(),
      secondMoment: secondMoment.slice(),
    };
    plainAdam(probe, gradient, alike);
    plain.parameters.set(probe.parameters.map((x) => -x));
    parameters.set(plain.parameters);
    plainAdam(plain, gradient, alike);
    for (let at = 0; at < length; at += part) {
      const cut = (vector: Float32Array): Float32Array => vector.subarray(at, at + part);
      const cuts = {
        parameters: cut(parameters),
        firstMoment: cut(firstMoment),
        secondMoment: cut(secondMoment),
      };
      adamStep(cuts, cut(gradient), alike);
    }
    expect(firstDifference(parameters, plain.parameters)).toBe(-1);
    expect(Math.max(...parameters.map(Math.abs))).toBeLessThan(
      1e-6 * Math.max(...probe.parameters.map(Math.abs)),
    );
    expect(parameters.some((x) => x !== 0)).toBe(true);
  });

  it('takes a gradient from wherever it lies, and vectors of several memories', () => {
    const length = 9001;
    const [parameters, firstMoment, secondMoment, gradient] = atHome(length, 1);
    const start = numbers('near', length, 1);
    const elsewhere = newTotal(length);
    const values = numbers('near', length, 2);
    gradient.set(values);
    elsewhere.set(values);
    const zeros = (): Float32Array => new Float32Array(length);
    const expected = { parameters: start.slice(), firstMoment: zeros(), secondMoment: zeros() };
    plainAdam(expected, values, factors(1));
    const home = { parameters, firstMoment, secondMoment };
    const cases = [
      { vectors: home, gradient },
      { vectors: home, gradient: elsewhere },
      { vectors: { ...home, firstMoment: zeros() }, gradient },
      { vectors: { ...home, parameters: zeros() }, gradient },
      { vectors: { ...home, secondMoment: newTotal(length) }, gradient },
    ];
    for (const one of cases) {
      one.vectors.parameters.set(start);
      one.vectors.firstMoment.fill(0);
      one.vectors.secondMoment.fill(0);
      adamStep(one.vectors, one.gradient, factors(1));
      for (const name of ['parameters', 'firstMoment', 'secondMoment'] as const) {
        expect(firstDifference(one.vectors[name], expected[name]), name).toBe(-1);
      }
    }
  });
});

it('moving averages move alike', () => {
  fc.assert(
    fc.property(
      lengths,
      someKind,
      someKind,
      fc.integer({ min: 0, max: 4 }),
      seeds,
      (length, kind, other, from, seed) => {
        const [average, values] = atHome(length, from);
        average.set(numbers(kind, length, seed));
        values.set(numbers(other, length, seed + 1));
        const plain = average.slice();
        const next = uniforms(seed);
        for (const decay of [next(), 1 - 1e-3 * next(), 0]) {
          plainMoveAverage(plain, values, decay);
          moveAverage(average, values, decay);
          expect(firstDifference(average, plain)).toBe(-1);
        }
        // What nearly cancels the average shows the last bits of a double.
        const decay = 0.9 * next();
        values.set(average.map((x) => (-decay * x) / (1 - decay)));
        plainMoveAverage(plain, values, decay);
        moveAverage(average, values, decay);
        expect(firstDifference(average, plain)).toBe(-1);
        // Of what lies elsewhere, too.
        plainMoveAverage(plain, values, 0.3);
        moveAverage(average, values.slice(), 0.3);
        expect(firstDifference(average, plain)).toBe(-1);
        values.fill(sentinel);
        expectUntouched(length, from);
      },
    ),
    runs,
  );
});

describe('means and their squares', () => {
  it('are the same, and what they are by definition', () => {
    fc.assert(
      fc.property(
        lengths,
        someKind,
        fc.integer({ min: 0, max: 4 }),
        fc.integer({ min: 0, max: 9 }),
        seeds,
        (length, kind, from, cut, seed) => {
          const [values] = atHome(length, from);
          values.set(numbers(kind, length, seed));
          const before = values.slice();
          const scale = 1 / (1 + Math.floor(500 * uniforms(seed)()));
          const plain = values.slice();
          const [start, end] = [Math.min(cut, length), Math.max(Math.min(cut, length), length - cut)];
          const squares = scaleAndSquare(values, scale, start, end);
          expect(squares).toBe(plainScaleAndSquare(plain, scale, start, end));
          expect(firstDifference(values, plain)).toBe(-1);
          const expected = before.map((x, i) => (i >= start && i < end ? x * scale : x));
          expect(firstDifference(values, expected)).toBe(-1);
          let sum = 0;
          for (const x of before.subarray(start, end)) sum += (x * scale) ** 2;
          expect(Math.abs(squares - sum)).toBeLessThanOrEqual(1e-11 * sum);
          expectUntouched(length, from);
        },
      ),
      runs,
    );
  });

  it.each([NaN, Infinity, -Infinity])('show %s, wherever it is', (wrong) => {
    const length = 11;
    for (let at = 0; at < length; at++) {
      const home = newTotal(length).fill(1);
      const plain = new Float32Array(length).fill(1);
      for (const values of [home, plain]) {
        values[at] = wrong;
        expect(Number.isFinite(scaleAndSquare(values, 1 / 3, 0, length))).toBe(false);
      }
    }
  });
});
