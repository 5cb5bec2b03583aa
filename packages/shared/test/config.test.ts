import { describe, expect, it } from 'vitest';
import {
  examplesPerStep,
  GantryError,
  modelSpec,
  parseConfig,
  parseConfigText,
  planModel,
  presetConfig,
  presetNames,
  setField,
  stalenessFactor,
  unitsPerVersion,
  type RunConfig,
} from '@gantry/shared';

const digits = presetConfig('digits');

function errorOf(action: () => unknown): GantryError {
  try {
    action();
  } catch (error) {
    if (error instanceof GantryError) return error;
    throw error;
  }
  throw new TypeError('nothing was thrown');
}

describe('a configuration', () => {
  it.each(presetNames.filter((name) => name !== 'images-32'))(
    'of preset %s is complete, and its own JSON gives it again',
    (name) => {
      const config = presetConfig(name);
      expect(parseConfig(config)).toEqual(config);
      expect(parseConfigText(JSON.stringify(config), 'there')).toEqual(config);
    },
  );

  it.each<[string, (config: RunConfig) => object, RegExp]>([
    ['an unknown field', (c) => ({ ...c, colour: 1 }), /no field "colour"\. Fields there: .*preset/],
    [
      'an unknown inner field',
      (c) => ({ ...c, batch: { ...c.batch, size: 1 } }),
      /no field "batch.size".*global/,
    ],
    ['a missing field', (c) => ({ ...c, seed: undefined }), /seed cannot be "missing"/],
    ['a seed that is no uint32', (c) => ({ ...c, seed: -1 }), /seed cannot be "-1"/],
    ['a seed that is no integer', (c) => ({ ...c, seed: 1.5 }), /seed cannot be "1.5"/],
    ['a number as text', (c) => ({ ...c, ema: { decay: '0.9' } }), /ema.decay cannot be "0.9"/],
    [
      'statistics that are not there',
      (c) => ({ ...c, batchNorm: { ...c.batchNorm, statistics: 'universal' } }),
      /batchNorm.statistics cannot be "universal".*"microbatch"\|"global"\|"local"/,
    ],
    [
      'a microbatch that does not divide',
      (c) => ({ ...c, batch: { ...c.batch, microbatch: 24 } }),
      /batch.microbatch cannot be "24": it must divide batch.global \(64\)/,
    ],
    [
      'a block that does not divide',
      (c) => ({ ...c, batch: { ...c.batch, block: 3 } }),
      /batch.block cannot be "3".*4 microbatches/,
    ],
  ])('with %s is refused, naming it', (_name, change, message) => {
    expect(errorOf(() => parseConfig(change(digits))).message).toMatch(message);
  });

  it('of before a field was there gets its default', () => {
    const { freeze: _, ...older } = digits;
    expect(parseConfig(older)).toEqual(digits);
  });

  it.each(['r1', 'r2', 'gradientPenalty'] as const)(
    'with %s through exchanged statistics is refused, naming the layer',
    (penalty) => {
      const loss = { ...digits.loss, [penalty]: 1 };
      const global = { ...digits.batchNorm, statistics: 'global' } as const;
      const error = errorOf(() => planModel({ ...digits, loss, batchNorm: global }));
      expect(error.message).toMatch(new RegExp(`loss.${penalty} cannot be "1".*discriminator/bn1`));
      expect(() => planModel({ ...digits, loss })).not.toThrow();
      const model = { ...digits.model, discriminatorBatchNorm: false } as RunConfig['model'];
      expect(() => planModel({ ...digits, loss, batchNorm: global, model })).not.toThrow();
    },
  );

  it('with an unknown layer is refused, naming it', () => {
    const { generator, discriminator } = modelSpec(digits);
    const odd = { ...generator, layers: [{ type: 'lstm', name: 'memory' }] };
    const model = { architecture: 'custom', latent: 64, generator: odd, discriminator };
    expect(errorOf(() => parseConfig({ ...digits, model })).message).toMatch(
      /model\.generator\.layers\.0\.type \(layer "memory"\) cannot be "lstm"/,
    );
  });

  it('freezes by patterns that take no time, however many stars they have', () => {
    const frozen = (pattern: string): number =>
      planModel({ ...digits, freeze: [pattern] }).discriminator.parameterCount -
      planModel({ ...digits, freeze: [pattern] }).discriminator.trainableCount;
    expect(frozen('discriminator/conv*')).toBeGreaterThan(frozen('discriminator/conv1'));
    expect(frozen('*/c*v0')).toBe(544);
    expect(frozen('disc***/conv0')).toBe(544);
    expect(errorOf(() => frozen(`${'*'.repeat(60)}x`)).message).toMatch(/matches none of discriminator/);
    expect(errorOf(() => frozen('discriminator/conv0*0')).message).toMatch(/matches none/);
  });

  it('that is not JSON is refused, naming the place', () => {
    expect(errorOf(() => parseConfigText('{', 'my.json')).message).toMatch(
      /^my.json is not a Gantry configuration/,
    );
  });
});

describe('setting a field', () => {
  it('changes that field only', () => {
    const changed = setField(digits, 'optimizer.generator.learningRate', '0.001');
    expect(changed.optimizer.generator.learningRate).toBe(0.001);
    expect(changed.optimizer.discriminator).toEqual(digits.optimizer.discriminator);
    expect(digits.optimizer.generator.learningRate).not.toBe(0.001);
    expect(setField(digits, 'batchNorm.statistics', 'local').batchNorm.statistics).toBe('local');
    expect(
      setField(digits, 'optimizer.generator', '{"kind":"sgd","learningRate":0.1,"momentum":0}').optimizer
        .generator.kind,
    ).toBe('sgd');
  });

  it('to another kind of optimizer brings the fields of that kind', () => {
    const sgd = setField(digits, 'optimizer.generator.kind', 'sgd');
    expect(parseConfig(sgd).optimizer.generator).toEqual({ kind: 'sgd', learningRate: 5e-4, momentum: 0 });
    expect(setField(sgd, 'optimizer.generator.momentum', '0.9').optimizer.generator).toMatchObject({
      momentum: 0.9,
    });
    expect(errorOf(() => parseConfig(setField(digits, 'optimizer.generator.kind', 'lion'))).message).toMatch(
      /optimizer.generator.kind/,
    );
  });

  it.each(['optimiser.generator', 'batch.sized', 'seed.low', '', 'constructor', 'batch.__proto__'])(
    'refuses the unknown path "%s"',
    (path) => {
      expect(errorOf(() => setField(digits, path, '1')).code).toBe('CONFIG_FIELD_UNKNOWN');
    },
  );
});

describe('the preset names', () => {
  it('are told when one is wrong', () => {
    expect(errorOf(() => presetConfig('digit')).message).toMatch(
      /--preset cannot be "digit".*ring, grid, digits/,
    );
    expect(errorOf(() => presetConfig('toString')).code).toBe('OPTION_INVALID');
  });
});

describe('model plans', () => {
  const counts = (config: RunConfig): number[] => {
    const model = planModel(config);
    return [model.generator.parameterCount, model.discriminator.parameterCount];
  };

  it('have the parameters of the published configurations', () => {
    // DCGAN-28 of width 32 and latent 64: "234k / 37k"; DCGAN-32 for one channel: 295,873 / 166,817.
    expect(counts(digits)).toEqual([234_177, 36_577]);
    const images = { source: 'images', path: 'x', height: 32, width: 32, channels: 1, classes: 0 } as const;
    expect(counts({ ...digits, data: images })).toEqual([295_873, 166_817]);
    expect(counts(presetConfig('ring'))).toEqual([
      2 * 128 + 128 + 128 * 128 + 128 + 2 * 128 + 2,
      2 * 128 + 128 + 128 * 128 + 128 + 128 + 1,
    ]);
  });

  it('place each parameter once, without gaps', () => {
    for (const plan of Object.values(planModel(digits))) {
      let end = 0;
      for (const { offset, size } of plan.parameters) {
        expect(offset).toBe(end);
        end += size;
      }
      expect(end).toBe(plan.parameterCount);
    }
  });

  it('have no bias directly before a batch norm', () => {
    const { generator, discriminator } = planModel(digits);
    expect(generator.parameters.map(({ name }) => name)).toEqual([
      'dense/kernel', 'bn0/gamma', 'bn0/beta', 'convt1/kernel', 'bn1/gamma', 'bn1/beta', 'convt2/kernel', 'convt2/bias',
    ]); // prettier-ignore
    expect(discriminator.parameters.map(({ name }) => name)).toEqual([
      'conv0/kernel', 'conv0/bias', 'conv1/kernel', 'bn1/gamma', 'bn1/beta', 'dense/kernel', 'dense/bias',
    ]); // prettier-ignore
  });

  it('refuse data that the architecture does not fit, naming layer and shape', () => {
    const odd = { source: 'images', path: 'x', height: 27, width: 27, channels: 1, classes: 0 } as const;
    expect(errorOf(() => planModel({ ...digits, data: odd })).message).toMatch(
      /discriminator\/conv0.*\[27, 27, 1\].*even/,
    );
    expect(errorOf(() => planModel({ ...digits, data: { source: 'ring' } })).message).toMatch(/\[2\].*"mlp"/);
    expect(errorOf(() => planModel({ ...presetConfig('ring'), data: { source: 'digits' } })).message).toMatch(
      /\[28, 28, 1\].*"dcgan"/,
    );
  });
});

describe('strategies and codecs', () => {
  const configured = (...fields: readonly (readonly [string, string])[]): RunConfig =>
    parseConfig(
      fields.reduce((config, [path, text]) => setField(config, path, text), presetConfig('digits')),
    );

  it('come by name with their usual fields, which stay where they are there', () => {
    const local = configured(['strategy', 'local']);
    expect(local.strategy).toEqual({ kind: 'local', iterations: 16, slots: 4, outer: { learningRate: 1, momentum: 0 } }); // prettier-ignore
    expect(configured(['strategy.kind', 'local'], ['strategy.iterations', '8']).strategy).toMatchObject({
      iterations: 8,
    });
    const classroom = presetConfig('digits-classroom');
    expect(setField(classroom, 'strategy', 'local')).toEqual(classroom);
    expect(setField(classroom, 'strategy', 'synchronous').strategy).toEqual({ kind: 'synchronous' });
    expect([unitsPerVersion(local), examplesPerStep(local)]).toEqual([4, 256]);
    expect([unitsPerVersion(classroom), examplesPerStep(classroom)]).toEqual([32, 2048]);
    expect([unitsPerVersion(presetConfig('digits')), examplesPerStep(presetConfig('digits'))]).toEqual([
      4, 64,
    ]);
  });

  it('are read from runs of before there were others', () => {
    const { codec: _codec, ...rest } = presetConfig('ring');
    const old = { ...rest, strategy: 'synchronous', codec: { up: 'float32', down: 'float32' } };
    expect(parseConfig(old)).toEqual(presetConfig('ring'));
  });

  it.each([
    ['strategy.iterations', '8', /set another strategy before it/],
    ['strategy', 'federated', /strategy/],
    ['codec.up', 'gzip', /codec\.up.*gzip/],
    ['codec.topkShare', '0', /codec\.topkShare/],
  ])('are refused with %s=%s', (path, text, message) => {
    expect(() => configured([path, text])).toThrow(message);
  });

  it.each([
    ['batchNorm.statistics', 'global', /nobody waits for others/],
    ['schedule.adaptive.enabled', 'true', /strategy asynchronous the schedule cannot adapt/],
    ['aggregation.kind', 'median', /strategy\.kind.*each block must come by itself/],
    ['strategy.bound', '-1', /strategy\.bound/],
  ])('overlapping steps are refused with %s=%s', (path, text, message) => {
    expect(() => configured(['strategy', 'asynchronous'], [path, text])).toThrow(message);
  });

  it('have an update that counts less the staler it is, where that is asked for', () => {
    const config = configured(['strategy', 'asynchronous']);
    expect(config.strategy).toEqual({ kind: 'asynchronous', bound: 16, exponent: 0 });
    expect(stalenessFactor(config, 7)).toBe(1);
    const damped = configured(['strategy', 'asynchronous'], ['strategy.exponent', '1']);
    expect([0, 1, 3].map((staleness) => stalenessFactor(damped, staleness))).toEqual([1, 1 / 2, 1 / 4]);
    expect(stalenessFactor(configured(), 0)).toBe(1);
  });

  it.each([
    ['batchNorm.statistics', 'global', /must be microbatch/],
    ['schedule.adaptive.enabled', 'true', /cannot adapt/],
    ['strategy.slots', '0', /strategy\.slots/],
  ])('rounds are refused with %s=%s', (path, text, message) => {
    expect(() => configured(['strategy', 'local'], [path, text])).toThrow(message);
  });
});
