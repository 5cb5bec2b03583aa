/**
 * What a worker sends is the gradient of the loss it reports: along random directions in parameter space, for every
 * loss, penalty and option of the networks, against central differences of the reported loss itself.
 */
import {
  initialParameters,
  initialRunning,
  modelSpec,
  parseConfig,
  phaseNames,
  phaseNumber,
  planModel,
  presets,
  readPlainRecords,
  recordLayout,
  setField,
  type NetworkState,
  type PhaseName,
  type RunConfig,
  type PlainRecord,
} from '@gantry/shared';
import { describe, expect, it } from 'vitest';
import { createCompute } from '../src/compute/backends.ts';
import { exchangeAlone } from '../src/compute/lock-step.ts';
import { createSource } from '../src/data/source.ts';

const ring: RunConfig = {
  ...presets.ring,
  model: { ...presets.ring.model, latent: 2, width: 16, depth: 2 },
  loss: { ...presets.ring.loss, r1: 0 },
  batch: { global: 32, microbatch: 32, block: 1 },
};
/** Wide enough a batch that batch norm is smooth, small enough to be quick. */
const images: RunConfig = {
  ...presets['digits-small'],
  batch: { global: 16, microbatch: 16, block: 1 },
};

const set = (config: RunConfig, ...fields: readonly string[]): RunConfig =>
  parseConfig(
    fields.reduce((changed, field) => {
      const [path, value] = field.split('=');
      return setField(changed, path, value);
    }, config),
  );

/**
 * The same networks with a smooth function in the place of each with kinks, across which a penalty jumps and a
 * difference says nothing. What kinks do is tested layer by layer.
 */
function smooth(config: RunConfig): RunConfig {
  const text = JSON.stringify(modelSpec(config));
  const spec = JSON.parse(
    text.replaceAll(/"(relu|leakyRelu)"/g, '"swish"').replaceAll(',"slope":0.2', ''),
  ) as object;
  const model = { architecture: 'custom', latent: config.model.latent, ...spec };
  return parseConfig({ ...config, freeze: [], model });
}

const source = (config: RunConfig) =>
  createSource(config, null, () => Promise.reject(new TypeError('drawn')));

function initialState(config: RunConfig, network: PhaseName): NetworkState {
  const plan = planModel(config)[network];
  const parameters = new Float32Array(initialParameters(plan, config.seed, phaseNumber[network]));
  // Away from the start, where DCGAN's networks hardly answer.
  const scale = modelSpec(config)[network].initializer.kind === 'normal' ? 4 : 1;
  for (let i = 0; i < parameters.length; i++) parameters[i] *= scale;
  return { parameters, running: new Float32Array(initialRunning(plan)) };
}

type Evaluate = (states: Readonly<Record<PhaseName, NetworkState>>) => Promise<PlainRecord>;

async function withCompute<T>(
  config: RunConfig,
  phase: PhaseName,
  step: number,
  use: (evaluate: Evaluate) => Promise<T>,
  examples = source(config),
): Promise<T> {
  const model = planModel(config);
  const compute = await createCompute('wasm', model, config);
  const layout = recordLayout(model, phase);
  const evaluate: Evaluate = async (states) => {
    for (const network of phaseNames) compute.load(network, states[network]);
    const payload = new Uint8Array(compute.payloadBytes(phase, 1));
    const task = { phase, step, blocks: [0] };
    const sums = await compute.update(task, examples, payload, () => false, exchangeAlone([], 0));
    expect(sums).not.toBeNull();
    return readPlainRecords(layout, payload, 1)[0];
  };
  try {
    return await use(evaluate);
  } finally {
    compute.dispose();
  }
}

/** Largest relative difference over directions, between the gradient sent and the reported loss's central difference. */
async function slopeError(config: RunConfig, phase: PhaseName, step = 0): Promise<number> {
  return withCompute(config, phase, step, async (evaluate) => {
    const states = {
      discriminator: initialState(config, 'discriminator'),
      generator: initialState(config, 'generator'),
    };
    const total = ({ statistics }: PlainRecord): number =>
      statistics[0] + (phase === 'discriminator' ? statistics[1] : 0);
    const { parameters } = states[phase];
    const { gradient } = await evaluate(states);
    const norm = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0));
    let worst = 0;
    for (const sign of [1, -1]) {
      // Mostly along the gradient, where the difference is large beside rounding, and a little beside it.
      const direction = gradient.map(
        (g, i) => g / norm + (sign * 0.5 * (((i * 7919) % 13) - 6)) / 6 / Math.sqrt(gradient.length),
      );
      const along = gradient.reduce((sum, g, i) => sum + g * direction[i], 0);
      const at = async (h: number): Promise<number> => {
        const moved = parameters.map((p, i) => p + (i < direction.length ? h * direction[i] : 0));
        return total(await evaluate({ ...states, [phase]: { ...states[phase], parameters: moved } }));
      };
      const h = 3e-3;
      // oxlint-disable-next-line no-await-in-loop -- one backend, one evaluation at a time
      const slope = ((await at(h)) - (await at(-h))) / (2 * h);
      worst = Math.max(worst, Math.abs(slope - along) / Math.abs(along));
    }
    return worst;
  });
}

const kinds = ['non-saturating', 'least-squares', 'hinge', 'wasserstein', 'relativistic'] as const;
const cases: readonly (readonly [name: string, config: RunConfig])[] = [
  ...kinds.map((kind) => [kind, set(ring, `loss.kind=${kind}`)] as const),
  ['R1', set(ring, 'loss.r1=2')],
  ['R2', set(ring, 'loss.r2=2')],
  ['a gradient penalty', set(ring, 'loss.kind=wasserstein', 'loss.gradientPenalty=10')],
  [
    'all penalties, lazily',
    set(ring, 'loss.r1=1', 'loss.r2=1', 'loss.gradientPenalty=1', 'loss.penaltyEvery=4'),
  ],
  ['R3GAN', set(ring, 'loss.kind=relativistic', 'loss.r1=1', 'loss.r2=1')],
  ['images with batch norm', images],
  ['R1 beside batch norm', set(images, 'loss.r1=1')],
  ['relativistic pairs of images', set(images, 'loss.kind=relativistic')],
];

describe.each(cases)('%s', (_name, config) => {
  it.each(phaseNames)('sends the gradient of the loss that it reports in the %s phase', async (phase) => {
    expect(await slopeError(smooth(config), phase)).toBeLessThan(5e-3);
  });
});

const optionCases: readonly (readonly [name: string, config: RunConfig])[] = [
  ['class labels', set(images, 'model.conditional=true', 'loss.r1=1')],
  ['minibatch standard deviation', set(images, 'model.minibatchStdDev=4', 'loss.r1=1')],
  ['packs', set(images, 'model.pack=2', 'loss.kind=wasserstein', 'loss.gradientPenalty=1')],
  [
    'packs of points',
    set(ring, 'model.pack=2', 'model.generatorBatchNorm=true', 'loss.r1=1', 'loss.gradientPenalty=1'),
  ],
  ['dropout', set(images, 'model.dropout=0.4', 'loss.r1=1')],
  ['residual blocks', set(images, 'model.architecture=residual', 'loss.r1=1')],
  ['inception blocks', set(images, 'model.architecture=inception', 'loss.gradientPenalty=1')],
  [
    'a frozen layer',
    set(images, 'freeze=["discriminator/conv1","generator/bn0","generator/convt1"]', 'loss.r1=1'),
  ],
];

describe.each(optionCases)('%s', (_name, config) => {
  it.each(phaseNames)('send the gradient of the loss that is reported in the %s phase', async (phase) => {
    expect(await slopeError(smooth(config), phase)).toBeLessThan(5e-3);
  });
});

describe('a block that counts more than others', () => {
  const config = set(ring, 'loss.r1=1', 'loss.kind=relativistic');
  const states = {
    discriminator: initialState(ring, 'discriminator'),
    generator: initialState(ring, 'generator'),
  };
  const record = (of: RunConfig, phase: PhaseName, weight: number): Promise<PlainRecord> =>
    withCompute(of, phase, 0, (evaluate) => evaluate(states), {
      ...source(of),
      weight: () => Promise.resolve(weight),
    });

  it.each(phaseNames)('has so many times the gradient, loss and penalty in the %s phase', async (phase) => {
    const [once, thrice] = [await record(config, phase, 1), await record(config, phase, 3)];
    const losses = phase === 'discriminator' ? 2 : 1;
    const sums = ({ gradient, statistics }: PlainRecord): number[] => [
      ...gradient,
      ...statistics.subarray(0, losses),
    ];
    const expected = sums(once);
    sums(thrice).forEach((value, i) => {
      expect(Math.abs(value - 3 * expected[i])).toBeLessThan(1e-4 * (1 + Math.abs(value)));
    });
    // What is counted is counted once.
    expect(thrice.statistics.slice(losses)).toEqual(once.statistics.slice(losses));
  });

  it('counts as others in a phase without real examples, whose blocks are all alike', async () => {
    const plain = set(ring, 'loss.kind=hinge');
    expect(await record(plain, 'generator', 3)).toEqual(await record(plain, 'generator', 1));
  });
});

describe('lazy regularisation', () => {
  it('penalises every so-manieth step, as many times as strong', async () => {
    const every = set(ring, 'loss.r1=1');
    const lazy = set(ring, 'loss.r1=1', 'loss.penaltyEvery=4');
    const states = {
      discriminator: initialState(ring, 'discriminator'),
      generator: initialState(ring, 'generator'),
    };
    const penalty = (config: RunConfig, step: number): Promise<number> =>
      withCompute(config, 'discriminator', step, async (evaluate) => (await evaluate(states)).statistics[1]);
    expect(await penalty(lazy, 8)).toBeCloseTo(4 * (await penalty(every, 8)), 4);
    expect(await penalty(every, 8)).toBeGreaterThan(0);
    for (const step of [5, 6, 7]) {
      // oxlint-disable-next-line no-await-in-loop -- one backend, one evaluation at a time
      expect(await penalty(lazy, step)).toBe(0);
    }
  });
});

describe('relativistic pairs', () => {
  it('take in a generator step the real examples of the discriminator step of its number', async () => {
    const config = set(ring, 'loss.kind=relativistic');
    const asked: [number, number, number][] = [];
    const own = source(config);
    const model = planModel(config);
    const compute = await createCompute('wasm', model, config);
    for (const network of phaseNames) compute.load(network, initialState(config, network));
    const watched = {
      ...own,
      real: (step: number, first: number, count: number) => {
        asked.push([step, first, count]);
        return own.real(step, first, count);
      },
    };
    const payload = new Uint8Array(compute.payloadBytes('generator', 1));
    const task = { phase: 'generator', step: 5, blocks: [0] } as const;
    await compute.update(task, watched, payload, () => false, exchangeAlone([], 0));
    compute.dispose();
    expect(asked).toEqual([[5, 0, 32]]);
  });
});

describe('what is counted', () => {
  it.each([
    ['alone', 'model.pack=1'],
    ['in packs', 'model.pack=2'],
  ])('is a share of saturated outputs, where examples are judged %s', async (_name, pack) => {
    const config = set(images, pack, 'diagnostics.every=1');
    const model = planModel(config);
    const states = {
      discriminator: initialState(config, 'discriminator'),
      generator: initialState(config, 'generator'),
    };
    // All that reaches the last activation is far below 0 for a quarter of the channels, far above for the others.
    const bias = model.discriminator.parameters.find(({ name }) => name === 'bn1/beta');
    const gamma = model.discriminator.parameters.find(({ name }) => name === 'bn1/gamma');
    for (const entry of [bias, gamma]) expect(entry).toBeDefined();
    const relu = JSON.stringify(modelSpec(config)).replaceAll('"leakyRelu","slope":0.2', '"relu"');
    const custom = parseConfig({
      ...config,
      model: { architecture: 'custom', latent: config.model.latent, ...(JSON.parse(relu) as object) },
    });
    const { parameters } = states.discriminator;
    const { offset = 0, size = 0 } = bias ?? {};
    parameters.fill(0, gamma?.offset, (gamma?.offset ?? 0) + size);
    for (let i = 0; i < size; i++) parameters[offset + i] = i % 4 === 0 ? -1 : 1;
    const { statistics } = await withCompute(custom, 'discriminator', 0, (evaluate) => evaluate(states));
    const layout = recordLayout(planModel(custom), 'discriminator');
    const last = statistics[layout.metricsLength + layout.saturationLength - 1];
    expect(last / 16).toBeCloseTo(0.25, 5);
  });

  it("is a pack's penalty once for each of its examples", async () => {
    const dense = (name: string, units: number) => ({ type: 'dense', name, units, bias: true });
    const initializer = { kind: 'constant', value: 0.5 };
    const config = parseConfig({
      ...ring,
      loss: { ...ring.loss, r1: 3 },
      model: {
        architecture: 'custom',
        latent: 2,
        generator: { input: [2], initializer, layers: [dense('make', 2)] },
        discriminator: {
          input: [2],
          initializer,
          layers: [{ type: 'pack', name: 'pack', size: 2 }, dense('judge', 1)],
        },
      },
    });
    const states = {
      discriminator: initialState(config, 'discriminator'),
      generator: initialState(config, 'generator'),
    };
    const { statistics } = await withCompute(config, 'discriminator', 0, (evaluate) => evaluate(states));
    // Each pack's score has the gradient of its four weights of 1/2: (3/2)·4·(1/4), and a mean over packs is no less.
    expect(statistics[1] / 32).toBeCloseTo(1.5, 5);
  });
});
