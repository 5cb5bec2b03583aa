/**
 * Networks as plain data. A spec says what a network is; `planNetwork` says what follows from it: shapes,
 * where each parameter lies in the network's flat vector, and which batch-norm layers keep statistics.
 *
 * Layouts are TensorFlow.js's: images [height, width, channels], convolution kernels [kh, kw, in, out],
 * transposed ones [kh, kw, out, in], dense kernels [in, out]. Shapes here leave the batch dimension out.
 */
import { gantryError } from '../errors.ts';

/** How initial values are drawn. `fan-in-uniform` is U(±1/√fan_in), for kernels and their biases alike. */
export type Initializer =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'normal'; readonly mean: number; readonly deviation: number }
  | { readonly kind: 'fan-in-uniform' };

export type ActivationKind = 'relu' | 'leakyRelu' | 'tanh';

export type LayerSpec =
  | { readonly type: 'dense'; readonly name: string; readonly units: number; readonly bias: boolean }
  | {
      readonly type: 'conv2d' | 'conv2dTranspose';
      readonly name: string;
      readonly filters: number;
      readonly kernel: number;
      readonly stride: number;
      readonly bias: boolean;
    }
  | { readonly type: 'batchNorm'; readonly name: string }
  /** `slope` is leakyRelu's for negative inputs. */
  | {
      readonly type: 'activation';
      readonly name: string;
      readonly kind: ActivationKind;
      readonly slope?: number;
    }
  | { readonly type: 'reshape'; readonly name: string; readonly shape: readonly number[] };

export interface NetworkSpec {
  /** Shape of one input example. */
  readonly input: readonly number[];
  readonly layers: readonly LayerSpec[];
  /** Initial values of kernels (and, for `fan-in-uniform`, of biases). */
  readonly initializer: Initializer;
}

/** One parameter tensor inside the network's flat float32 vector. */
export interface ParameterEntry {
  /** `layer/parameter`, as in `conv1/kernel`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly size: number;
  readonly initializer: Initializer;
  /** Inputs a unit sums over; for `fan-in-uniform`. */
  readonly fanIn: number;
}

/** One batch-norm layer and its place in the network's flat running statistics: mean [channels], then variance [channels]. */
export interface BatchNormEntry {
  readonly name: string;
  readonly channels: number;
  /** Values a channel per example: height × width, or 1 after a dense layer. */
  readonly positions: number;
  /** Offset of the mean; the variance follows at `offset + channels`. */
  readonly offset: number;
}

export interface LayerPlan {
  readonly spec: LayerSpec;
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly parameters: Readonly<Record<string, ParameterEntry>>;
  readonly batchNorm?: BatchNormEntry;
}

export interface NetworkPlan {
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly layers: readonly LayerPlan[];
  readonly parameters: readonly ParameterEntry[];
  readonly parameterCount: number;
  readonly batchNorms: readonly BatchNormEntry[];
  /** Length of the flat running statistics: Σ 2 · channels. */
  readonly runningLength: number;
}

export const volume = (shape: readonly number[]): number => shape.reduce((product, d) => product * d, 1);

/**
 * Infers shapes and lays out parameters in layer order.
 *
 * @param role - `generator` or `discriminator`, for messages
 * @throws MODEL_SHAPE, MODEL_NAME_DUPLICATE
 */
export function planNetwork(spec: NetworkSpec, role: string): NetworkPlan {
  const layers: LayerPlan[] = [];
  const parameters: ParameterEntry[] = [];
  const batchNorms: BatchNormEntry[] = [];
  const names = new Set<string>();
  let shape = spec.input;
  let offset = 0;
  let runningLength = 0;

  for (const layer of spec.layers) {
    if (names.has(layer.name)) throw gantryError('MODEL_NAME_DUPLICATE', role, layer.name);
    names.add(layer.name);
    const place = `${role}/${layer.name}`;
    const input = shape;
    const own: Record<string, ParameterEntry> = {};
    const parameter = (
      name: string,
      dims: readonly number[],
      initializer: Initializer,
      fanIn: number,
    ): void => {
      const entry = {
        name: `${layer.name}/${name}`,
        shape: dims,
        offset,
        size: volume(dims),
        initializer,
        fanIn,
      };
      offset += entry.size;
      own[name] = entry;
      parameters.push(entry);
    };
    const bias = (units: number, fanIn: number): void =>
      parameter(
        'bias',
        [units],
        spec.initializer.kind === 'fan-in-uniform' ? spec.initializer : { kind: 'constant', value: 0 },
        fanIn,
      );
    let batchNorm: BatchNormEntry | undefined;

    switch (layer.type) {
      case 'dense': {
        if (input.length !== 1)
          throw gantryError('MODEL_SHAPE', place, input, 'a dense layer takes a vector');
        parameter('kernel', [input[0], layer.units], spec.initializer, input[0]);
        if (layer.bias) bias(layer.units, input[0]);
        shape = [layer.units];
        break;
      }
      case 'conv2d': {
        const [height, width, channels] = image(place, input);
        parameter(
          'kernel',
          [layer.kernel, layer.kernel, channels, layer.filters],
          spec.initializer,
          layer.kernel ** 2 * channels,
        );
        if (layer.bias) bias(layer.filters, layer.kernel ** 2 * channels);
        shape = [Math.ceil(height / layer.stride), Math.ceil(width / layer.stride), layer.filters];
        break;
      }
      case 'conv2dTranspose': {
        const [height, width, channels] = image(place, input);
        parameter(
          'kernel',
          [layer.kernel, layer.kernel, layer.filters, channels],
          spec.initializer,
          layer.kernel ** 2 * channels,
        );
        if (layer.bias) bias(layer.filters, layer.kernel ** 2 * channels);
        shape = [height * layer.stride, width * layer.stride, layer.filters];
        break;
      }
      case 'batchNorm': {
        const channels = input[input.length - 1];
        // The scale starts near one, as in DCGAN (Radford et al. 2016), where kernels start normal.
        const scale: Initializer =
          spec.initializer.kind === 'normal'
            ? { kind: 'normal', mean: 1, deviation: spec.initializer.deviation }
            : { kind: 'constant', value: 1 };
        parameter('gamma', [channels], scale, channels);
        parameter('beta', [channels], { kind: 'constant', value: 0 }, channels);
        batchNorm = {
          name: layer.name,
          channels,
          positions: volume(input) / channels,
          offset: runningLength,
        };
        runningLength += 2 * channels;
        batchNorms.push(batchNorm);
        break;
      }
      case 'reshape': {
        if (volume(layer.shape) !== volume(input)) {
          throw gantryError('MODEL_SHAPE', place, input, `it does not fill [${layer.shape.join(', ')}]`);
        }
        shape = layer.shape;
        break;
      }
      case 'activation':
        break;
    }
    layers.push({ spec: layer, input, output: shape, parameters: own, ...(batchNorm && { batchNorm }) });
  }
  return {
    input: spec.input,
    output: shape,
    layers,
    parameters,
    parameterCount: offset,
    batchNorms,
    runningLength,
  };
}

function image(place: string, shape: readonly number[]): readonly [number, number, number] {
  if (shape.length !== 3)
    throw gantryError('MODEL_SHAPE', place, shape, 'a convolution takes [height, width, channels]');
  return [shape[0], shape[1], shape[2]];
}
