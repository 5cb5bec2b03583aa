/** What is exported computes what we compute: opened by TensorFlow.js itself, for each layer and each architecture. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  drawNormal,
  drawUniform,
  parseConfig,
  planModel,
  planNetwork,
  presetConfig,
  readSafetensors,
  setField,
  volume,
  type NetworkPlan,
  type NetworkSpec,
  type NetworkState,
  type RunConfig,
} from '@gantry/shared';
import { drawExamples } from '@gantry/worker/headless/sample';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildNetwork, forward, through } from '../../worker/src/compute/network.ts';
import * as tf from '../../worker/src/compute/tf.ts';
import { sampleLatents } from '../../worker/src/data/source.ts';
import { layerCases } from '../../worker/test/support/layer-cases.ts';
import { exportRun, type ExportOptions } from '../src/cli/export.ts';
import { latentsOf } from '../src/export/example/latents.ts';
import type { ExportedGenerator } from '../src/export/generator.ts';
import { tfjsFiles, type ExportedFiles } from '../src/export/tfjs.ts';
import { readSafetensorsGenerator, safetensorsFile } from '../src/export/torch.ts';
import { newRun, Said } from './support/new-run.ts';
import { temporaryFolder } from './temporary-data.ts';

/** Numbers that leave no parameter without an effect, and none so large that tanh loses the others. */
function randomState(plan: NetworkPlan): NetworkState {
  const parameters = new Float32Array(plan.parameterCount);
  const running = new Float32Array(plan.runningLength);
  plan.parameters.forEach(({ offset, size, fanIn }, example) => {
    const values = parameters.subarray(offset, offset + size);
    drawNormal({ seed: 1, purpose: 'initial', example }, values);
    for (let i = 0; i < size; i++) values[i] /= Math.sqrt(fanIn);
  });
  drawUniform({ seed: 2, purpose: 'initial' }, running);
  return { parameters, running: running.map((x) => x + 0.5) };
}

const generatorOf = (config: RunConfig): ExportedGenerator => {
  const plan = planModel(config).generator;
  return { config, plan, state: randomState(plan), iteration: 12, weights: 'ema' };
};

/** As a page opens it, but for where its files come from. */
const open = (files: ExportedFiles): Promise<tf.LayersModel> =>
  tf.loadLayersModel('http://export/model.json', {
    fetchFunc: (address) => {
      const name = (address as string).slice('http://export/'.length);
      return Promise.resolve(new Response(files.get(name) as BodyInit));
    },
  });

async function predicted(
  files: ExportedFiles,
  input: readonly number[],
  values: Float32Array,
  labels: Int32Array,
): Promise<Float32Array> {
  const model = await open(files);
  const rows = values.length / volume(input);
  const latents = tf.tensor(values, [rows, ...input]);
  const classes = tf.tensor2d(labels, [labels.length, 1], 'int32');
  const output = model.predict(labels.length > 0 ? [latents, classes] : latents) as tf.Tensor;
  const found = (await output.data()) as Float32Array;
  tf.dispose([latents, classes, output]);
  model.dispose();
  return found;
}

/** To float32 rounding, which grows with the numbers that were added. */
function close(found: Float32Array, expected: Float32Array): void {
  expect(found.length).toBe(expected.length);
  const scale = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 1);
  found.forEach((x, i) => expect(Math.abs(x - expected[i]), `[${i}]`).toBeLessThan(2e-6 * scale));
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('a layer that TensorFlow.js opens', () => {
  const judging = ['minibatchStdDev', 'pack'];
  const cases = layerCases.filter(([, { spec }]) => ![...judging, 'projection'].includes(spec.type));

  it.each(cases)('computes the same: %s', async (_name, { spec, input, rows }) => {
    const context = { role: 'generator', classes: 3, microbatch: rows };
    const network = { input, layers: [spec], initializer: { kind: 'fan-in-uniform' } } as NetworkSpec;
    const plan = planNetwork(network, context);
    const state = randomState(plan);
    const config = presetConfig('digits');
    const { epsilon } = config.batchNorm;
    const values = new Float32Array(rows * volume(input));
    drawNormal({ seed: 3, purpose: 'latent' }, values);
    const labelled = spec.type === 'labelEmbedding';
    const labels = Int32Array.from({ length: labelled ? rows : 0 }, (_, i) => (i + 1) % 3);

    const expected = tf.tidy(() => {
      const named = plan.parameters.map(({ name, shape, offset, size }): [string, tf.Tensor] => [
        name,
        tf.tensor(state.parameters.subarray(offset, offset + size), [...shape]),
      ]);
      const trace = through(
        forward(buildNetwork(plan, epsilon), tf.tensor(values, [rows, ...input]), {
          parameters: new Map(named),
          groups: 1,
          training: false,
          running: state.running,
          labels: labelled ? tf.oneHot(tf.tensor1d(labels, 'int32'), 3).toFloat() : null,
          noise: null,
          pooled: null,
        }),
      );
      return trace.output.dataSync() as Float32Array;
    });
    const files = tfjsFiles({ config, plan, state, iteration: 0, weights: 'ema' });
    close(await predicted(files, input, values, labels), expected);
  });

  it('is refused by name where there is none, with what to do', () => {
    const config = presetConfig('digits');
    const network = {
      input: [4],
      layers: [{ type: 'projection', name: 'score' }],
      initializer: { kind: 'fan-in-uniform' },
    } as const;
    const plan = planNetwork(network, { role: 'generator', classes: 3, microbatch: 1 });
    const generator = { config, plan, state: randomState(plan), iteration: 0, weights: 'ema' } as const;
    expect(() => tfjsFiles(generator)).toThrow(/"generator\/score" of type projection.*safetensors/);
    expect(() => safetensorsFile(generator)).not.toThrow();
  });
});

/** A preset's configuration with some fields set, as with `--set`. */
const configOf = (preset: string, fields: Readonly<Record<string, string>> = {}): RunConfig =>
  parseConfig(
    Object.entries(fields).reduce(
      (config, [path, value]) => setField(config, path, value),
      presetConfig(preset),
    ),
  );

const small = { 'model.width': '8', 'model.latent': '6' };
const architectures: readonly (readonly [string, RunConfig])[] = [
  ['mlp', configOf('ring', { 'model.width': '8' })],
  ['dcgan', configOf('digits', small)],
  ['dcgan with classes', configOf('digits-conditional', small)],
  ['residual', configOf('digits-residual', small)],
  ['inception', configOf('digits-inception', small)],
  ['deep', configOf('deep-plain', { ...small, 'model.depth': '4' })],
  ['deep, residual', configOf('deep-residual', { ...small, 'model.depth': '4' })],
];

describe('a generator that TensorFlow.js opens', () => {
  it.each(architectures)('draws what ours draws: %s', async (_name, config) => {
    const generator = generatorOf(config);
    const conditional = 'conditional' in config.model && config.model.conditional;
    const labels = Int32Array.from({ length: conditional ? 5 : 0 }, (_, i) => 9 - i);
    const expected = await drawExamples(config, generator.state, 5, 7, labels);
    await tf.setBackend('cpu');
    const latents = sampleLatents({ ...config, seed: 7 }, 5);
    close(await predicted(tfjsFiles(generator), [config.model.latent], latents, labels), expected);
  });

  it('says of itself what it is', async () => {
    const model = await open(tfjsFiles(generatorOf(configOf('digits-conditional', small))));
    expect(model.getUserDefinedMetadata()).toMatchObject({
      preset: 'digits-conditional',
      iteration: 12,
      weights: 'ema',
      latent: 6,
      example: [28, 28, 1],
      classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
      configHash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
    model.dispose();
  });
});

describe('a generator for PyTorch', () => {
  const generator = generatorOf(configOf('digits-residual', { ...small, 'model.conditional': 'true' }));
  const { tensors, metadata } = readSafetensors(safetensorsFile(generator));
  const { plan, state } = generator;
  const ours = (name: string) => {
    const entry = plan.parameters.find((each) => each.name === name);
    if (entry === undefined) throw new TypeError(`${name} is no parameter`);
    return { shape: entry.shape, data: state.parameters.subarray(entry.offset, entry.offset + entry.size) };
  };

  it('comes back as it was', () => {
    const back = readSafetensorsGenerator(safetensorsFile(generator));
    expect(back).toEqual({ config: generator.config, state, iteration: 12, weights: 'ema' });
  });

  it('has each parameter and statistic under its name there', () => {
    const names = [...tensors.keys()];
    expect(names.length).toBe(plan.parameters.length + 2 * plan.batchNorms.length);
    expect(names).toEqual(
      expect.arrayContaining([
        'label.weight',
        'dense.weight',
        'block0.bn0.running_mean',
        'block0.bn0.running_var',
        'block0.conv0.weight',
        'conv.bias',
      ]),
    );
    const [{ offset, channels }] = plan.batchNorms;
    expect(tensors.get('block0.bn0.running_var')?.data).toEqual(
      state.running.slice(offset + channels, offset + 2 * channels),
    );
  });

  it('has kernels with its axes: [out, in, height, width] and [out, in]', () => {
    const [kernel, conv] = [ours('block1/conv0/kernel'), tensors.get('block1.conv0.weight')];
    const [height, width, inside, outside] = kernel.shape;
    expect(conv?.shape).toEqual([outside, inside, height, width]);
    const at = [outside - 1, 2, 0, 1];
    const [o, i, y, x] = at;
    expect(conv?.data[((o * inside + i) * height + y) * width + x]).toBe(
      kernel.data[((y * width + x) * inside + i) * outside + o],
    );
    const [dense, weight] = [ours('dense/kernel'), tensors.get('dense.weight')];
    const [from, to] = dense.shape;
    expect(weight?.shape).toEqual([to, from]);
    expect(weight?.data[5 * from + 2]).toBe(dense.data[2 * to + 5]);
  });

  it('says what it is, and with which layers it is computed', () => {
    expect(metadata).toMatchObject({ format: 'pt', iteration: '12', weights: 'ema', latent: '6' });
    expect(parseConfig(JSON.parse(metadata.config))).toEqual(generator.config);
    expect(JSON.parse(metadata.layers)).toHaveLength(plan.layers.length);
  });
});

/** A run of which only a first checkpoint is there, and what the command says of it. */
async function exported(options: Partial<ExportOptions> = {}) {
  const folder = await temporaryFolder();
  const run = await newRun(configOf('ring'), join(folder, 'run'));
  const to = join(folder, 'to');
  const said = new Said();
  const code = await exportRun(run, { to, format: 'safetensors', ...options }, said);
  return { code, to, run, said };
}

describe('gantry export', () => {
  it('writes a model with a page that draws from it, TensorFlow.js included', async () => {
    const { code, to, said } = await exported({ format: 'tfjs' });
    expect(code).toBe(0);
    expect(new Set(await readdir(to))).toEqual(
      new Set(['model.json', 'weights.bin', 'index.html', 'example.js', 'example.css', 'tf.min.js']),
    );
    const page = await readFile(join(to, 'index.html'), 'utf8');
    expect(page).toContain('src="./tf.min.js"');
    expect(page).not.toMatch(/https?:\/\//);
    expect(said.text).toContain('npx serve');
  });

  it('takes the moving average, or the raw parameters where asked', async () => {
    const read = async ({ to }: { readonly to: string }) =>
      readSafetensors(await readFile(join(to, 'generator.safetensors'))).metadata.weights;
    expect(await read(await exported())).toBe('ema');
    expect(await read(await exported({ weights: 'raw' }))).toBe('raw');
  });

  it('writes over nothing unless forced, and says what is wrong', async () => {
    const { run, to, said } = await exported();
    await expect(exportRun(run, { to }, said)).rejects.toThrow(/--to cannot be.*--force/);
    expect(await exportRun(run, { to, format: 'safetensors', force: true }, said)).toBe(0);
    await expect(exportRun(run, { to, format: 'onnx' }, said)).rejects.toThrow(
      'Option --format cannot be "onnx". Allowed: tfjs, safetensors, tensorboard.',
    );
    await expect(exportRun(to, { to }, said)).rejects.toThrow(/no run in it/);
  });
});

describe("the example page's latent vectors", () => {
  it('are those of gantry sample for every seed, and do not depend on how many are drawn', () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), fc.integer({ min: 1, max: 9 }), (seed, count) => {
        const latent = 5;
        const model = { ...presetConfig('digits').model, latent };
        expect(latentsOf(seed, count, latent)).toEqual(sampleLatents({ seed, model }, count));
        expect(latentsOf(seed, count + 3, latent).slice(0, count * latent)).toEqual(
          latentsOf(seed, count, latent),
        );
      }),
      { numRuns: 50, seed: 1 },
    );
  });
});
