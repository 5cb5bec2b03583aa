import { describe, expect, it } from 'vitest';
import {
  GantryError,
  initialParameters,
  modelSpec,
  networkSchema,
  planModel,
  planNetwork,
  presetConfig,
  presets,
  type LayerSpec,
  type NetworkPlan,
  type PlanContext,
} from '@gantry/shared';

function errorOf(action: () => unknown): GantryError {
  try {
    action();
  } catch (error) {
    if (error instanceof GantryError) return error;
    throw error;
  }
  throw new TypeError('nothing was thrown');
}

const initializer = { kind: 'fan-in-uniform' } as const;
const plan = (
  input: readonly number[],
  layers: readonly LayerSpec[],
  context: Partial<PlanContext> = {},
): NetworkPlan =>
  planNetwork(
    { input: [...input], layers: [...layers], initializer },
    { role: 'discriminator', classes: 0, microbatch: 8, ...context },
  );

const conv = (name: string, filters: number, stride = 1): LayerSpec & { type: 'conv2d' } => ({
  type: 'conv2d',
  name,
  filters,
  kernel: 3,
  stride,
  bias: true,
});
const relu = (name: string) => ({ type: 'activation', name, kind: 'relu' }) as const;

describe('the plan of blocks', () => {
  const blocks = plan(
    [8, 6, 2],
    [
      conv('conv1', 4),
      { type: 'residual', name: 'same', body: [relu('relu'), conv('conv1', 4)], shortcut: [] },
      { type: 'residual', name: 'down', body: [conv('conv1', 6, 2)], shortcut: [conv('project', 6, 2)] },
      {
        type: 'inception',
        name: 'mixed',
        branches: [
          [conv('one', 3)],
          [{ type: 'averagePooling', name: 'pool', size: 3, stride: 1 }, conv('after', 2)],
          [],
        ],
      },
    ],
  );

  it('names what is inside by the block, and what joins it as the block', () => {
    expect(blocks.layers.map(({ name }) => name)).toEqual([
      'conv1',
      'same/relu',
      'same/conv1',
      'same',
      'down/conv1',
      'down/project',
      'down',
      'mixed/one',
      'mixed/pool',
      'mixed/after',
      'mixed',
    ]);
    expect(blocks.parameters.map(({ name }) => name)).toContain('down/project/kernel');
    expect(blocks.activations).toEqual(['same/relu']);
  });

  it('has the shapes that follow', () => {
    const shapes = Object.fromEntries(blocks.layers.map(({ name, output }) => [name, output]));
    expect(shapes).toMatchObject({
      same: [8, 6, 4],
      'down/project': [4, 3, 6],
      down: [4, 3, 6],
      'mixed/pool': [4, 3, 6],
      mixed: [4, 3, 3 + 2 + 6],
    });
    expect(blocks.output).toEqual([4, 3, 11]);
  });

  it('reads what its shortcut and empty branches stand for', () => {
    const inputs = Object.fromEntries(blocks.layers.map(({ name, inputs: from }) => [name, from]));
    expect(inputs['same']).toEqual([2, 0]);
    expect(inputs['down/project']).toEqual([3]);
    expect(inputs['mixed']).toEqual([7, 9, 6]);
  });
});

describe('impossible specs', () => {
  it.each<[string, readonly number[], readonly LayerSpec[], Partial<PlanContext>, RegExp]>([
    [
      'a residual block whose branches do not meet',
      [8, 8, 2],
      [{ type: 'residual', name: 'block', body: [conv('conv', 4)], shortcut: [] }],
      {},
      /"discriminator\/block" cannot take an input of shape \[8, 8, 2\].*\[8, 8, 4\]/,
    ],
    [
      'an inception block whose branches do not meet',
      [8, 8, 2],
      [{ type: 'inception', name: 'block', branches: [[conv('a', 4)], [conv('b', 4, 2)]] }],
      {},
      /"discriminator\/block" cannot take an input of shape \[4, 4, 4\].*\[8, 8, 4\] in all but channels/,
    ],
    [
      'a dense layer on images',
      [8, 8, 2],
      [{ type: 'dense', name: 'dense', units: 1, bias: true }],
      {},
      /"discriminator\/dense" cannot take an input of shape \[8, 8, 2\].*vector/,
    ],
    [
      'an image layer on vectors inside a block',
      [4],
      [{ type: 'residual', name: 'block', body: [conv('conv', 4)], shortcut: [] }],
      {},
      /"discriminator\/block\/conv" cannot take an input of shape \[4\].*image/,
    ],
    [
      'a reshape that does not fill',
      [6],
      [{ type: 'reshape', name: 'map', shape: [2, 2, 2] }],
      {},
      /"discriminator\/map".*\[6\].*\[2, 2, 2\]/,
    ],
    [
      'windows that do not divide an image',
      [6, 5, 1],
      [{ type: 'averagePooling', name: 'pool', size: 2, stride: 2 }],
      {},
      /"discriminator\/pool".*\[6, 5, 1\].*windows of 2/,
    ],
    [
      'windows that overlap by half',
      [6, 6, 1],
      [{ type: 'averagePooling', name: 'pool', size: 4, stride: 2 }],
      {},
      /stride 4, or stride 1 and an odd size/,
    ],
    [
      'groups that do not divide channels',
      [6],
      [{ type: 'groupNorm', name: 'gn', groups: 4 }],
      {},
      /"discriminator\/gn".*\[6\].*4 groups do not divide 6 channels/,
    ],
    [
      'pieces that do not divide features',
      [8],
      [{ type: 'maxout', name: 'max', pieces: 3 }],
      {},
      /"discriminator\/max".*3 pieces do not divide 8 features/,
    ],
    [
      'constants for other channels',
      [4, 4, 3],
      [{ type: 'normalization', name: 'norm', mean: [0], deviation: [1] }],
      {},
      /constants for 1 channels/,
    ],
    [
      'a group that crosses microbatches',
      [4],
      [{ type: 'minibatchStdDev', name: 'std', group: 3 }],
      {},
      /"discriminator\/std".*3 examples do not divide a microbatch of 8/,
    ],
    [
      'a group that crosses microbatches of packs',
      [4],
      [
        { type: 'pack', name: 'pack', size: 4 },
        { type: 'minibatchStdDev', name: 'std', group: 4 },
      ],
      {},
      /4 packs do not divide a microbatch of 2 of them/,
    ],
    [
      'a standard deviation over what is generated',
      [4],
      [{ type: 'minibatchStdDev', name: 'std', group: 4 }],
      { role: 'generator' },
      /"generator\/std".*discriminator/,
    ],
    [
      'a pack that crosses microbatches',
      [2],
      [{ type: 'pack', name: 'pack', size: 3 }],
      {},
      /"discriminator\/pack".*3 examples do not divide a microbatch of 8/,
    ],
    [
      'a pack that is not first',
      [2],
      [relu('relu'), { type: 'pack', name: 'pack', size: 2 }],
      {},
      /"discriminator\/pack".*only be the first layer of a discriminator/,
    ],
    [
      'a pack that is first in a block only',
      [2],
      [{ type: 'inception', name: 'block', branches: [[{ type: 'pack', name: 'pack', size: 2 }], []] }],
      {},
      /"discriminator\/block\/pack".*only be the first/,
    ],
    [
      'a pack in a generator',
      [2],
      [{ type: 'pack', name: 'pack', size: 2 }],
      { role: 'generator' },
      /"generator\/pack".*only be the first layer of a discriminator/,
    ],
    [
      'classes where the data has none',
      [2],
      [{ type: 'labelEmbedding', name: 'label', units: 2 }],
      {},
      /"discriminator\/label".*needs labels, and the data has none/,
    ],
    [
      'the class of a pack',
      [2],
      [
        { type: 'pack', name: 'pack', size: 2 },
        { type: 'projection', name: 'score' },
      ],
      { classes: 3 },
      /"discriminator\/score".*a pack of 2 examples has no one class/,
    ],
  ])('%s', (_what, input, layers, context, message) => {
    const error = errorOf(() => plan(input, layers, context));
    expect(error.code).toBe('MODEL_SHAPE');
    expect(error.message).toMatch(message);
  });

  it.each<[string, readonly LayerSpec[], string]>([
    ['two layers', [relu('a'), relu('a')], '"a"'],
    [
      'a block and a layer',
      [relu('a'), { type: 'residual', name: 'a', body: [relu('b')], shortcut: [] }],
      '"a"',
    ],
    [
      'two branches of a block',
      [{ type: 'inception', name: 'a', branches: [[relu('b')], [relu('b')]] }],
      '"a/b"',
    ],
  ])('two of one name: %s', (_what, layers, name) => {
    const error = errorOf(() => plan([4], layers));
    expect(error.code).toBe('MODEL_NAME_DUPLICATE');
    expect(error.message).toContain(name);
    expect(error.message).toContain('discriminator');
  });

  it('a layer type that there is not', () => {
    const network = (type: string) => ({ input: [2], layers: [{ type, name: 'a' }], initializer });
    expect(networkSchema.safeParse(network('batchNorm')).success).toBe(true);
    const result = networkSchema.safeParse(network('spectralNorm'));
    expect(result.error?.issues[0].path).toEqual(['layers', 0, 'type']);
  });
});

it.each([
  [1, 405_201],
  [2, 407_201],
])("has the parameters of PacGAN's networks for points, in packs of %i", (pack, judging) => {
  const discriminator = { width: 200, depth: 3, pieces: 5 };
  const model = { architecture: 'mlp', latent: 2, width: 400, depth: 4, generatorBatchNorm: true } as const;
  const batch = { global: 100, microbatch: 100, block: 1 };
  const planned = planModel({ ...presets.ring, batch, model: { ...model, discriminator, pack } });
  expect(planned.generator.parameterCount).toBe(484_802);
  expect(planned.discriminator.parameterCount).toBe(judging);
  expect(planned.discriminator.pack).toBe(pack);
});

it('counts the values behind a pack by example: as a fraction', () => {
  const { batchNorms } = plan(
    [4, 3, 1],
    [
      { type: 'pack', name: 'pack', size: 4 },
      { type: 'batchNorm', name: 'bn' },
    ],
  );
  expect(batchNorms[0]).toMatchObject({ channels: 4, positions: 3 });
});

describe('freezing', () => {
  const config = presetConfig('digits');
  const frozen = (freeze: readonly string[]) => ({ ...config, freeze: [...freeze] });
  const trainable = (freeze: readonly string[]): string[] => {
    const { discriminator, generator } = planModel(frozen(freeze));
    return [discriminator, generator].flatMap(({ parameters }, i) =>
      parameters.flatMap(({ name, trainable: trains }) => (trains ? [] : [`${'dg'[i]} ${name}`])),
    );
  };

  it('is by patterns over paths', () => {
    expect(trainable(['discriminator/conv0'])).toEqual(['d conv0/kernel', 'd conv0/bias']);
    const convolutions = trainable(['discriminator/conv*']);
    expect(convolutions).toContain('d conv1/kernel');
    expect(convolutions.every((name) => name.startsWith('d conv'))).toBe(true);
    expect(trainable(['generator/*0', 'discriminator/dense'])).toEqual(
      expect.arrayContaining(['g bn0/gamma', 'd dense/kernel']),
    );
  });

  it('refuses a pattern that matches nothing, and lists the layers', () => {
    const error = errorOf(() => modelSpec(frozen(['discriminator/conv*', 'discriminator/conf*'])));
    expect(error.code).toBe('CONFIG_FIELD_INVALID');
    expect(error.message).toMatch(
      /freeze cannot be "discriminator\/conf\*".*discriminator\/conv0.*generator\/dense/,
    );
  });

  it('of a block is of all inside, and leaves patterns for what is inside their match', () => {
    const discriminator = {
      input: [28, 28, 1],
      initializer,
      layers: [
        { type: 'residual', name: 'block', body: [conv('one', 1), conv('two', 1)], shortcut: [] },
        { type: 'reshape', name: 'flat', shape: [784] },
        { type: 'dense', name: 'dense', units: 1, bias: true },
      ] satisfies LayerSpec[],
    };
    const { generator } = modelSpec(config);
    const custom = {
      ...config,
      // A spec is read-only, and a configuration's type is not.
      model: { architecture: 'custom', latent: config.model.latent, generator, discriminator } as never,
    };
    const frozenBy = (freeze: string[]): string[] =>
      planModel({ ...custom, freeze }).discriminator.parameters.flatMap(({ name, trainable: trains }) =>
        trains ? [] : [name],
      );
    expect(frozenBy(['discriminator/block/two'])).toEqual(['block/two/kernel', 'block/two/bias']);
    const all = ['block/one/kernel', 'block/one/bias', 'block/two/kernel', 'block/two/bias'];
    expect(frozenBy(['discriminator/block'])).toEqual(all);
    expect(frozenBy(['discriminator/block', 'discriminator/block/two'])).toEqual(all);
  });

  it('puts what trains first in the vector, and changes no initial value', () => {
    const free = planModel(config).discriminator;
    const part = planModel(frozen(['discriminator/conv0', 'discriminator/bn*'])).discriminator;
    expect(part.parameterCount).toBe(free.parameterCount);
    expect(part.trainableCount).toBeLessThan(free.trainableCount);
    for (const { offset, size, trainable: trains } of part.parameters) {
      expect(trains ? offset + size <= part.trainableCount : offset >= part.trainableCount).toBe(true);
    }
    const [before, after] = [free, part].map((of) => {
      const values = initialParameters(of, 7, 0);
      return Object.fromEntries(
        of.parameters.map(({ name, offset, size }) => [name, values.slice(offset, offset + size)]),
      );
    });
    expect(after).toEqual(before);
  });

  it('ends the way back where nothing before trains', () => {
    const { discriminator } = planModel(frozen(['discriminator/conv0']));
    const passes = Object.fromEntries(discriminator.layers.map(({ name, passesBack }) => [name, passesBack]));
    expect(passes).toMatchObject({
      conv0: false,
      leakyRelu0: false,
      conv1: false,
      leakyRelu1: true,
      dense: true,
    });
  });
});
