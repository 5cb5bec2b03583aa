import { describe, expect, it } from 'vitest';
import {
  adam,
  beginRecord,
  createOptimizer,
  emaDecay,
  learningRateFactor,
  parseConfig,
  phaseNames,
  plainRecord,
  planModel,
  presetConfig,
  readRecords,
  recordBytes,
  recordLayout,
  sgd,
  startPosition,
  type UpdateRecord,
} from '@gantry/shared';
import { Aggregator } from '../src/training/aggregate.ts';
import { Trainer } from '../src/training/trainer.ts';

const config = presetConfig('digits-small');
const model = planModel(config);

/** A block's record with numbers that depend on the block only. */
function record(phase: 'discriminator' | 'generator', block: number, blocks = 1): UpdateRecord {
  const layout = recordLayout(model, phase);
  const payload = new Uint8Array(recordBytes(layout));
  const examples = blocks * 8;
  const head = { firstBlock: block, blocks, examples };
  const { gradient, statistics } = plainRecord(beginRecord(layout, payload, 0, head));
  gradient.forEach((_, i) => (gradient[i] = Math.sin(1 + block * 7.3 + i)));
  statistics.forEach((_, i) => (statistics[i] = 1 + Math.cos(block + i)));
  return readRecords([layout], payload, 1, 1)[0][0];
}

describe('Adam', () => {
  it('takes the steps that its paper gives, with bias correction and epsilon outside the root', () => {
    const optimizer = adam({ kind: 'adam', learningRate: 0.1, beta1: 0.5, beta2: 0.9, epsilon: 0.01 });
    const state = optimizer.init(1);
    const p = Float32Array.of(1);
    optimizer.update(p, Float32Array.of(2), state, 1);
    // m̂ = 2, v̂ = 4.
    expect(p[0]).toBeCloseTo(1 - (0.1 * 2) / (2 + 0.01), 6);
    optimizer.update(p, Float32Array.of(-1), state, 0.5);
    const m = (0.5 * 1 + 0.5 * -1) / (1 - 0.25);
    const v = (0.9 * 0.4 + 0.1 * 1) / (1 - 0.81);
    expect(p[0]).toBeCloseTo(1 - 0.2 / 2.01 - (0.05 * m) / (Math.sqrt(v) + 0.01), 6);
  });
});

describe('SGD with momentum', () => {
  it('adds the gradient to the decayed velocity', () => {
    const optimizer = sgd({ kind: 'sgd', learningRate: 0.1, momentum: 0.9 });
    const state = optimizer.init(1);
    const p = Float32Array.of(1);
    optimizer.update(p, Float32Array.of(1), state, 1);
    optimizer.update(p, Float32Array.of(1), state, 1);
    expect(p[0]).toBeCloseTo(1 - 0.1 - 0.19, 6);
    expect(sgd({ kind: 'sgd', learningRate: 0.1, momentum: 0 }).init(1).slots).toEqual({});
  });
});

describe('aggregation', () => {
  const sum = (order: readonly number[]): unknown => {
    const aggregator = new Aggregator(recordLayout(model, 'discriminator'), 4, false);
    aggregator.begin();
    for (const block of order) aggregator.add(record('discriminator', block));
    return structuredClone(aggregator.sums());
  };

  it('gives the same bits whatever the order of arrival', () => {
    const inOrder = sum([0, 1, 2, 3]);
    for (const order of [
      [3, 2, 1, 0],
      [2, 0, 3, 1],
      [1, 3, 0, 2],
    ])
      expect(sum(order)).toEqual(inOrder);
    expect(inOrder).toMatchObject({ examples: 32 });
  });

  it('takes one record for several blocks', () => {
    const aggregator = new Aggregator(recordLayout(model, 'generator'), 4, true);
    aggregator.begin();
    aggregator.add(record('generator', 3));
    aggregator.add(record('generator', 0, 3));
    expect(aggregator.sums().examples).toBe(32);
  });
});

describe('the trainer', () => {
  const step = (trainer: Trainer, phase: 'discriminator' | 'generator', order = [0, 1, 2, 3]) => {
    for (const block of order) trainer.add(phase, record(phase, block));
    return trainer.apply({ ...startPosition, phase })?.[0];
  };

  it('divides by the global batch, and moves only the network whose phase it is', () => {
    const trainer = new Trainer(config, model);
    const before = structuredClone(trainer.replica);
    const metrics = step(trainer, 'discriminator');
    expect(trainer.replica.generator).toEqual(before.generator);
    expect(trainer.replica.discriminator.parameters).not.toEqual(before.discriminator.parameters);
    expect(trainer.replica.discriminator.running).not.toEqual(before.discriminator.running);
    const losses = [0, 1, 2, 3].reduce(
      (total, block) => total + record('discriminator', block).statistics[0],
      0,
    );
    expect(metrics?.metrics.loss).toBeCloseTo(losses / 32, 12);
  });

  it('moves less far by an update that is stale, whatever the optimizer makes of the size of gradients', () => {
    const asynchronous = parseConfig({
      ...config,
      strategy: { kind: 'asynchronous', bound: 8, exponent: 1 },
    });
    const moved = (staleness: number): Float32Array => {
      const trainer = new Trainer(asynchronous, model);
      const before = trainer.master.discriminator.parameters.slice();
      trainer.add('discriminator', record('discriminator', 0, 4));
      trainer.apply(startPosition, null, staleness);
      return trainer.master.discriminator.parameters.map((after, i) => after - before[i]);
    };
    const fresh = moved(0);
    moved(3).forEach((by, i) => expect(by).toBeCloseTo(fresh[i] / 4, 6));
    expect(Math.hypot(...fresh)).toBeGreaterThan(1e-3);
  });

  it('tells the gradient norm of each layer, and saturation by layer in steps that look', () => {
    const trainer = new Trainer({ ...config, diagnostics: { every: 2 } }, model);
    const result = step(trainer, 'discriminator');
    const { parameters, activations } = model.discriminator;
    // Of the mean gradient, from its definition.
    const squares: Record<string, number> = {};
    for (const { name, offset, size } of parameters) {
      const layer = name.split('/').slice(0, -1).join('/');
      for (const g of result?.gradient.subarray(offset, offset + size) ?? []) {
        squares[layer] = (squares[layer] ?? 0) + g * g;
      }
    }
    expect(Object.keys(result?.gradientNorms ?? {})).toEqual(Object.keys(squares));
    for (const [layer, sum] of Object.entries(squares)) {
      expect(result?.gradientNorms[layer]).toBeCloseTo(Math.sqrt(sum), 10);
    }
    const all = Math.sqrt(Object.values(squares).reduce((a, b) => a + b));
    expect(result?.metrics.gradientNorm).toBeCloseTo(all, 10);

    expect(Object.keys(result?.saturation ?? {})).toEqual(activations);
    const at = recordLayout(model, 'discriminator').metricsLength;
    const sums = [0, 1, 2, 3].map((block) => record('discriminator', block).statistics[at]);
    expect(result?.saturation?.[activations[0]]).toBeCloseTo(sums.reduce((a, b) => a + b) / 32, 6);
    for (const block of [0, 1, 2, 3]) trainer.add('discriminator', record('discriminator', block));
    const second = trainer.apply({ ...startPosition, steps: { discriminator: 1, generator: 0 } });
    expect(second?.[0].saturation).toBeNull();
  });

  it('lets the moving average follow the generator, with warm-up', () => {
    const trainer = new Trainer(config, model);
    const before = trainer.ema.slice();
    step(trainer, 'discriminator');
    expect(trainer.ema).toEqual(before);
    step(trainer, 'generator');
    const decay = emaDecay(config.ema.decay, 0);
    const now = trainer.replica.generator.parameters;
    expect(trainer.ema[3]).toBeCloseTo(decay * before[3] + (1 - decay) * now[3], 7);
    expect(trainer.evaluationState().running).toEqual(trainer.replica.generator.running);
    // Copies: a sheet is drawn while training goes on.
    const captured = trainer.evaluationState();
    const kept = structuredClone(captured);
    step(trainer, 'generator');
    expect(captured).toEqual(kept);
    expect(trainer.evaluationState().running).not.toEqual(kept.running);
    expect(trainer.evaluationState().parameters).not.toEqual(kept.parameters);
  });

  it('leaves running statistics alone where each worker keeps its own', () => {
    const trainer = new Trainer(
      { ...config, batchNorm: { ...config.batchNorm, statistics: 'local' } },
      model,
    );
    const before = trainer.replica.discriminator.running.slice();
    step(trainer, 'discriminator');
    expect(trainer.replica.discriminator.running).toEqual(before);
  });

  it('moves vectors that share a memory exactly as an optimizer moves ordinary ones', () => {
    const trainer = new Trainer(config, model);
    const { buffer } = trainer.master.generator.parameters;
    expect(buffer).not.toBe(trainer.master.discriminator.parameters.buffer);
    expect(trainer.ema.buffer).toBe(buffer);
    for (const phase of phaseNames) {
      const optimizer = createOptimizer(config.optimizer[phase]);
      const parameters = trainer.master[phase].parameters.slice();
      const state = optimizer.init(parameters.length);
      const average = trainer.ema.slice();
      for (let taken = 0; taken < 3; taken++) {
        for (const block of [0, 1, 2, 3]) trainer.add(phase, record(phase, block + 4 * taken));
        const steps = { discriminator: taken, generator: taken };
        const gradient = trainer.apply({ ...startPosition, phase, iteration: taken, steps })?.[0].gradient;
        optimizer.update(parameters, gradient as Float32Array, state, learningRateFactor(config, taken));
        expect(trainer.master[phase].parameters).toEqual(parameters);
        const decay = emaDecay(config.ema.decay, taken);
        if (phase === 'generator') {
          average.forEach((x, i) => (average[i] = decay * x + (1 - decay) * parameters[i]));
        }
        expect(trainer.ema).toEqual(average);
      }
      const remembered = [...trainer.tensors()].filter(([name]) => name.includes(`/${phase}/`));
      for (const [slot, vector] of Object.entries(state.slots)) {
        const found = remembered.flatMap(([name, { data }]) =>
          name.startsWith(`optimizer/${slot}/`) ? [...data] : [],
        );
        expect(found).toEqual([...vector]);
      }
    }
  });

  it('goes on from its tensors as if it had never stopped', () => {
    const whole = new Trainer(config, model);
    for (const phase of [...phaseNames, ...phaseNames]) step(whole, phase);
    const first = new Trainer(config, model);
    for (const phase of phaseNames) step(first, phase);
    const second = new Trainer({ ...config, seed: 99 }, model);
    second.restore(first.tensors(), first.counts());
    for (const phase of phaseNames) step(second, phase, [2, 3, 1, 0]);
    expect(second.tensors()).toEqual(whole.tensors());
    expect(second.checksum()).toBe(whole.checksum());
  });

  it('applies nothing where finite records add up to what is not finite', () => {
    const trainer = new Trainer(config, model);
    const before = trainer.checksum();
    for (const block of [0, 1]) {
      const huge = record('discriminator', block);
      plainRecord(huge).gradient[0] = 3e38;
      trainer.add('discriminator', huge);
    }
    for (const block of [2, 3]) trainer.add('discriminator', record('discriminator', block));
    expect(trainer.apply(startPosition)).toBeNull();
    expect(trainer.checksum()).toBe(before);
  });

  it('refuses tensors of another model, and stays as it was', () => {
    const trainer = new Trainer(config, model);
    const digits = presetConfig('digits');
    const other = new Trainer(digits, planModel(digits));
    const before = trainer.checksum();
    expect(() => trainer.restore(other.tensors(), other.counts())).toThrow(/tensor .* numbers is not there/);
    expect(trainer.checksum()).toBe(before);
  });
});

describe('a step that begins anew', () => {
  it('forgets what it had accepted', () => {
    const run = (interrupted: boolean): unknown => {
      const trainer = new Trainer(config, model);
      if (interrupted) {
        for (const block of [2, 0]) {
          const otherwise = record('discriminator', block);
          plainRecord(otherwise).gradient[0] += 1; // as from another backend, and more
          trainer.add('discriminator', otherwise);
        }
        trainer.forget('discriminator');
      }
      for (const block of [0, 1, 2, 3]) trainer.add('discriminator', record('discriminator', block));
      const result = trainer.apply(startPosition);
      return [result?.[0].metrics, trainer.checksum()];
    };
    expect(run(true)).toEqual(run(false));
  });
});

describe('a moving average that came with other parameters', () => {
  it('is not thrown away by the warm-up of a new run', () => {
    const average = (from: typeof config.from): number => {
      const trainer = new Trainer({ ...config, from }, model);
      trainer.ema.fill(5);
      for (const block of [0, 1, 2, 3]) trainer.add('generator', record('generator', block));
      trainer.apply({ ...startPosition, phase: 'generator' });
      return trainer.ema[0];
    };
    expect(average({ path: 'x' })).toBeGreaterThan(4.9);
    expect(average(null)).toBeLessThan(1);
  });
});
