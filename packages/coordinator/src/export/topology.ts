/**
 * From a generator's plan to TensorFlow.js's layers. What has no layer of its own there is composed of several, which are
 * named after ours with a dot: no name of ours has one. What cannot be composed is refused.
 *
 * Kernels need no change: our layouts are TensorFlow.js's.
 */
import { gantryError, type LayerPlan, type NetworkPlan, type NetworkState } from '@gantry/shared';
import { parameterPlaces } from '../training/transfer.ts';
import { KerasGraph } from './keras.ts';

export interface KerasModel {
  readonly topology: object;
  readonly weights: KerasGraph['weights'];
}

/** @param epsilon - of normalising layers @throws EXPORT_LAYER */
export function kerasModel(plan: NetworkPlan, state: NetworkState, epsilon: number): KerasModel {
  return new Translation(plan, state, epsilon).model();
}

class Translation {
  readonly #graph = new KerasGraph();
  readonly #plan: NetworkPlan;
  readonly #state: NetworkState;
  readonly #epsilon: number;
  readonly #parameters: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Vector }>;
  readonly #latent: string;
  /** Input of class numbers, once a layer has asked for it. */
  #label: string | null = null;

  constructor(plan: NetworkPlan, state: NetworkState, epsilon: number) {
    this.#plan = plan;
    this.#state = state;
    this.#epsilon = epsilon;
    this.#parameters = new Map(
      parameterPlaces(plan, '').map(({ name, shape, offset, size }) => [
        name.slice(1),
        { shape, data: state.parameters.slice(offset, offset + size) },
      ]),
    );
    this.#latent = this.#graph.input('latent.input', plan.input, 'float32');
  }

  model(): KerasModel {
    const names: string[] = [];
    for (const layer of this.#plan.layers) {
      const from = layer.inputs.map((index) => (index < 0 ? this.#latent : names[index]));
      names.push(this.#node(layer, from));
    }
    const inputs = this.#label === null ? [this.#latent] : [this.#latent, this.#label];
    return {
      topology: this.#graph.topology(inputs, names[names.length - 1]),
      weights: this.#graph.weights,
    };
  }

  /** @returns the name of the layer with its output */
  #node(layer: LayerPlan, from: readonly string[]): string {
    const { name, spec, trainable, output } = layer;
    const add = (kind: string, config: Config = {}): string =>
      this.#graph.layer(kind, name, from, { ...config, trainable });
    const convolution = ({ filters, kernel, stride, bias }: Convolution): Config => ({
      filters,
      kernel_size: [kernel, kernel],
      strides: [stride, stride],
      padding: 'same',
      use_bias: bias,
    });
    switch (spec.type) {
      case 'dense':
        this.#take(name, 'kernel', 'bias');
        return add('Dense', { units: spec.units, use_bias: spec.bias });
      case 'conv2d':
        this.#take(name, 'kernel', 'bias');
        return add('Conv2D', convolution(spec));
      case 'conv2dTranspose':
        this.#take(name, 'kernel', 'bias');
        return add('Conv2DTranspose', convolution(spec));
      case 'upsampling':
        return add('UpSampling2D', { size: [spec.factor, spec.factor], interpolation: 'nearest' });
      case 'averagePooling': {
        const [pool_size, strides] = [spec.size, spec.stride].map((side) => [side, side]);
        return add('AveragePooling2D', {
          pool_size,
          strides,
          padding: spec.stride === spec.size ? 'valid' : 'same',
        });
      }
      case 'batchNorm':
        return this.#batchNorm(layer, from);
      case 'layerNorm':
        return this.#groupNorm(layer, 1, from);
      case 'groupNorm':
        return this.#groupNorm(layer, spec.groups, from);
      case 'normalization': {
        const variance = Float32Array.from(spec.deviation, (each) => each ** 2);
        return this.#affine(name, from, { mean: Float32Array.from(spec.mean), variance });
      }
      case 'dropout':
        return add('Dropout', { rate: spec.rate });
      case 'activation':
        return spec.kind === 'leakyRelu'
          ? add('LeakyReLU', { alpha: spec.slope ?? usualSlope })
          : add('Activation', { activation: spec.kind });
      case 'reshape':
        return add('Reshape', { target_shape: output });
      case 'labelEmbedding':
        return this.#labelEmbedding(layer, spec.units, from);
      case 'add':
        return add('Add');
      case 'concat':
        return add('Concatenate', { axis: -1 });
      case 'maxout':
        return this.#maxout(name, spec.pieces, output[0], from);
      case 'minibatchStdDev':
      case 'pack':
      case 'projection':
        throw gantryError('EXPORT_LAYER', `generator/${name}`, spec.type);
    }
  }

  /** Its parameters of these names, where it has them, as weights of the same names. */
  #take(name: string, ...parameters: readonly string[]): void {
    for (const parameter of parameters) {
      const found = this.#parameters.get(`${name}/${parameter}`);
      if (found) this.#graph.weight(name, parameter, found.shape, found.data);
    }
  }

  #batchNorm({ name, batchNorm, trainable }: LayerPlan, from: readonly string[]): string {
    if (batchNorm === undefined) throw gantryError('INTERNAL', `${name} was planned without a place`);
    const { offset, channels } = batchNorm;
    const [mean, variance] = [offset, offset + channels].map((at) =>
      this.#state.running.slice(at, at + channels),
    );
    this.#take(name, 'gamma', 'beta');
    return this.#affine(name, from, { mean, variance, epsilon: this.#epsilon, scaled: true, trainable });
  }

  /** (x − mean)/√(variance + ε) by channel, then, where `scaled`, γ and β, which have been added by then. */
  #affine(
    name: string,
    from: readonly string[],
    { mean, variance, epsilon = 0, scaled = false, trainable = false }: Affine,
  ): string {
    this.#graph.weight(name, 'moving_mean', [mean.length], mean);
    this.#graph.weight(name, 'moving_variance', [variance.length], variance);
    const config = { axis: -1, epsilon, center: scaled, scale: scaled, trainable };
    return this.#graph.layer('BatchNormalization', name, from, config);
  }

  /** Groups of channels apart, normalised, put together again; then a batch norm that only scales and offsets. */
  #groupNorm({ name, output: shape, trainable }: LayerPlan, groups: number, from: readonly string[]): string {
    const graph = this.#graph;
    const channels = shape[shape.length - 1];
    const positions = shape.slice(0, -1).reduce((product, side) => product * side, 1);
    const swap = { dims: [2, 1, 3] };
    const apart = graph.layer('Reshape', `${name}.groups`, from, {
      target_shape: [positions, groups, channels / groups],
    });
    const first = graph.layer('Permute', `${name}.apart`, [apart], swap);
    const normalised = graph.layer('LayerNormalization', `${name}.normalised`, [first], {
      axis: [2, 3],
      epsilon: this.#epsilon,
      center: false,
      scale: false,
    });
    const back = graph.layer('Permute', `${name}.together`, [normalised], swap);
    const whole = graph.layer('Reshape', `${name}.whole`, [back], { target_shape: shape });
    this.#take(name, 'gamma', 'beta');
    const [mean, variance] = [new Float32Array(channels), new Float32Array(channels).fill(1)];
    return this.#affine(name, [whole], { mean, variance, scaled: true, trainable });
  }

  /** Units' pieces one below the other, of which the greatest stays. */
  #maxout(name: string, pieces: number, units: number, from: readonly string[]): string {
    const graph = this.#graph;
    const apart = graph.layer('Reshape', `${name}.pieces`, from, { target_shape: [units, pieces] });
    const below = graph.layer('Permute', `${name}.below`, [apart], { dims: [2, 1] });
    return graph.layer('GlobalMaxPooling1D', name, [below]);
  }

  #labelEmbedding({ name, trainable }: LayerPlan, units: number, from: readonly string[]): string {
    const graph = this.#graph;
    this.#label ??= graph.input('label.input', [1], 'int32');
    const embedding = this.#parameters.get(`${name}/embedding`);
    if (embedding === undefined) throw gantryError('INTERNAL', `${name} was planned without an embedding`);
    const [classes] = embedding.shape;
    const looked = graph.layer('Embedding', `${name}.embedding`, [this.#label], {
      input_dim: classes,
      output_dim: units,
      trainable,
    });
    graph.weight(looked, 'embeddings', embedding.shape, embedding.data);
    const flat = graph.layer('Flatten', `${name}.flat`, [looked]);
    return graph.layer('Concatenate', name, [...from, flat], { axis: -1 });
  }
}

type Vector = Float32Array<ArrayBuffer>;
type Config = Readonly<Record<string, unknown>>;
interface Convolution {
  readonly filters: number;
  readonly kernel: number;
  readonly stride: number;
  readonly bias: boolean;
}
interface Affine {
  readonly mean: Vector;
  readonly variance: Vector;
  readonly epsilon?: number;
  readonly scaled?: boolean;
  readonly trainable?: boolean;
}

/** Of leakyRelu, where the spec has none. */
const usualSlope = 0.2;
