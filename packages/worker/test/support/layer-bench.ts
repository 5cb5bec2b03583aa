/** A layer set up alone, with inputs, parameters, labels and random numbers. */
import { planNetwork } from '@gantry/shared';
import { buildLayer, buildMerge } from '../../src/compute/layers/build.ts';
import type {
  Derivatives,
  Forward,
  Layer,
  MergeLayer,
  Pass,
  Wanted,
} from '../../src/compute/layers/layer.ts';
import { rowNoise } from '../../src/compute/noise.ts';
import * as tf from '../../src/compute/tf.ts';
import { points, upload, type Numbers } from './derivatives.ts';
import { layerCases, mergeCases, type LayerCase, type MergeCase } from './layer-cases.ts';

export const classes = 3;
export const epsilon = 1e-3;

export interface Bench {
  readonly layer: MergeLayer;
  readonly inputs: readonly Numbers[];
  readonly directions: readonly Numbers[];
  readonly dOutput: Numbers;
  readonly parameters: ReadonlyMap<string, Numbers>;
  readonly trainable: boolean;
  /** Forward on the inputs as they are now. Inside a tidy. */
  run(): { readonly forward: Forward; readonly pass: Pass };
  readonly backward: (wanted?: Wanted) => Derivatives<readonly tf.Tensor[]>;
  tangent(): tf.Tensor;
  readonly tangentBackward: (wanted?: Wanted) => Derivatives<readonly tf.Tensor[]>;
}

const both: Wanted = { input: true, parameters: true };

export function layerBench({ spec, input, rows, groups = 1, kinked = false }: LayerCase): Bench {
  const draw = points(7);
  const plan = planNetwork(
    {
      input: [...input],
      layers: [spec],
      initializer: { kind: 'fan-in-uniform' },
    },
    { role: 'discriminator', classes, microbatch: rows / groups },
  );
  const [node] = plan.layers;
  const parameters = new Map(plan.parameters.map(({ name, shape }) => [name, draw(shape)]));
  const outputRows = rows / plan.pack;
  const names = (['real', 'fake'] as const).slice(0, groups);
  const noise = rowNoise(
    { seed: 5, phase: 'discriminator', step: 2 },
    Array.from({ length: rows / groups }, (_, i) => i),
    names,
  );
  const running = new Float32Array(plan.runningLength).map((_, i) => 0.25 + i / 8);
  return bench(asMerge(buildLayer(spec, node, 4, epsilon)), {
    inputs: [draw([rows, ...input], kinked)],
    directions: [draw([rows, ...input])],
    dOutput: draw([outputRows, ...plan.output]),
    parameters,
    trainable: spec.trainable !== false,
    pass: () => ({
      parameters: new Map([...parameters].map(([name, numbers]) => [name, upload(numbers)])),
      groups,
      training: true,
      running,
      labels: oneHot(rows),
      noise,
      pooled: null,
    }),
  });
}

export function mergeBench({ type, inputs }: MergeCase): Bench {
  const draw = points(3);
  const rows = 2;
  const [first] = inputs;
  const channels = inputs.reduce((sum, shape) => sum + shape[shape.length - 1], 0);
  const output = type === 'add' ? first : [...first.slice(0, -1), channels];
  return bench(buildMerge(type, { inputShapes: inputs }), {
    inputs: inputs.map((shape) => draw([rows, ...shape])),
    directions: inputs.map((shape) => draw([rows, ...shape])),
    dOutput: draw([rows, ...output]),
    parameters: new Map(),
    trainable: true,
    pass: () => ({
      parameters: new Map(),
      groups: 1,
      training: true,
      running: new Float32Array(0),
      labels: null,
      noise: null,
      pooled: null,
    }),
  });
}

/** Classes 0, 1, 2, 0, … of so many rows. */
export const oneHot = (rows: number): tf.Tensor =>
  tf.tensor2d(
    Array.from({ length: rows }, (_, i) =>
      Array.from({ length: classes }, (_c, c) => Number(i % classes === c)),
    ),
    [rows, classes],
  );

function bench(
  layer: MergeLayer,
  {
    pass: makePass,
    ...rest
  }: Omit<Bench, 'layer' | 'run' | 'backward' | 'tangent' | 'tangentBackward'> & {
    readonly pass: () => Pass;
  },
): Bench {
  const run = (): { readonly forward: Forward; readonly pass: Pass } => {
    const pass = makePass();
    return { forward: layer.forward(rest.inputs.map(upload), pass), pass };
  };
  return {
    layer,
    ...rest,
    run,
    backward: (wanted = both) => {
      const { forward, pass } = run();
      return layer.backward(upload(rest.dOutput), forward.saved, pass, wanted);
    },
    tangent: () => {
      const { forward, pass } = run();
      return layer.tangent(rest.directions.map(upload), forward.saved, pass);
    },
    tangentBackward: (wanted = both) => {
      const { forward, pass } = run();
      const directions = rest.directions.map(upload);
      return layer.tangentBackward(upload(rest.dOutput), directions, forward.saved, pass, wanted);
    },
  };
}

/** A layer of one input as one of a list. */
function asMerge(layer: Layer): MergeLayer {
  const listed = ({ input, parameters }: Derivatives<tf.Tensor>): Derivatives<readonly tf.Tensor[]> => ({
    input: input && [input],
    parameters,
  });
  return {
    forward: ([input], pass) => layer.forward(input, pass),
    backward: (dOutput, saved, pass, wanted) => listed(layer.backward(dOutput, saved, pass, wanted)),
    tangent: ([direction], saved, pass) => layer.tangent(direction, saved, pass),
    tangentBackward: (dOutput, [direction], saved, pass, wanted) =>
      listed(layer.tangentBackward(dOutput, direction, saved, pass, wanted)),
    ...(layer.saturated && { saturated: layer.saturated }),
  };
}

/** Every layer, activation and merge. */
export const benches: readonly (readonly [name: string, make: () => Bench])[] = [
  ...layerCases.map(([name, one]) => [name, () => layerBench(one)] as const),
  ...mergeCases.map(([name, one]) => [name, () => mergeBench(one)] as const),
];

/** All that a layer computes, read back: outputs, tangent, derivatives of both, and saturation. */
export function everything(of: Bench): Float32Array[] {
  const all = tf.tidy(() => {
    const { forward } = of.run();
    const derivatives = [of.backward(), of.tangentBackward()].flatMap(({ input, parameters }) => [
      ...(input ?? []),
      ...parameters.map(([, gradient]) => gradient),
    ]);
    const saturated = of.layer.saturated === undefined ? [] : [of.layer.saturated(forward.saved)];
    return [forward.output, of.tangent(), ...derivatives, ...saturated];
  });
  const values = all.map((tensor) => tensor.dataSync<'float32'>().slice());
  tf.dispose(all);
  return values;
}
