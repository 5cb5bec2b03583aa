/**
 * From a network's spec to its plan: blocks unfolded into a list of nodes, shapes, where each parameter lies in the
 * network's flat vector, and which batch-norm layers keep statistics.
 *
 * Layouts are TensorFlow.js's: images [height, width, channels], convolution kernels [kh, kw, in, out],
 * transposed ones [kh, kw, out, in], dense kernels [in, out].
 */
import { gantryError } from '../errors.ts';
import { outputShape, parametersOf } from './layer-shapes.ts';
import type { Initializer, LayerSpec, NetworkSpec, SimpleLayerSpec } from './spec.ts';
import { volume } from './spec.ts';

/** One parameter tensor inside the network's flat float32 vector. */
export interface ParameterEntry {
  /** `layer/parameter`, as in `conv1/kernel` or `block1/conv1/kernel`. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Trainable parameters come first in the vector: their gradient is its first part. */
  readonly offset: number;
  readonly size: number;
  readonly trainable: boolean;
  readonly initializer: Initializer;
  /** Inputs a unit sums over; for the fan-in initializers. */
  readonly fanIn: number;
}

/** One batch-norm layer and its place in the network's flat running statistics: mean [channels], then variance [channels]. */
export interface BatchNormEntry {
  readonly name: string;
  readonly channels: number;
  /**
   * Values a channel per example: height × width, or 1 after a dense layer. Behind a pack, which makes one of several
   * examples, it is their share of it: a fraction.
   */
  readonly positions: number;
  /** Offset of the mean; the variance follows at `offset + channels`. Trainable layers come first. */
  readonly offset: number;
  /** False: it always runs on running statistics, has no moments and does not move. */
  readonly trainable: boolean;
}

/** What joins the branches of a block. */
export type MergeSpec = { readonly type: 'add' } | { readonly type: 'concat' };

/** One node of the network. Each comes after those it reads. */
export interface LayerPlan {
  /** `conv1`; in a block `block1/conv1`; what joins a block has the block's name. */
  readonly name: string;
  readonly spec: SimpleLayerSpec | MergeSpec;
  readonly trainable: boolean;
  /** Nodes that it reads, by index; −1 is the network's input. */
  readonly inputs: readonly number[];
  /** Shape of each of them. */
  readonly inputShapes: readonly (readonly number[])[];
  readonly output: readonly number[];
  readonly batchNorm?: BatchNormEntry;
  /** Whether something before this layer trains, so that its own phase wants the derivative by its input. */
  readonly passesBack: boolean;
}

export interface NetworkPlan {
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly layers: readonly LayerPlan[];
  /** In layer order. */
  readonly parameters: readonly ParameterEntry[];
  readonly parameterCount: number;
  /** Of them, how many numbers train: the first part of the vector. */
  readonly trainableCount: number;
  /** In layer order. */
  readonly batchNorms: readonly BatchNormEntry[];
  /** Length of the flat running statistics: Σ 2 · channels. */
  readonly runningLength: number;
  /** Names of activation layers, in layer order. */
  readonly activations: readonly string[];
  /** Examples that `pack` makes one of; 1 without it. */
  readonly pack: number;
}

export interface ModelPlan {
  readonly generator: NetworkPlan;
  readonly discriminator: NetworkPlan;
}

export interface PlanContext {
  /** `generator` or `discriminator`, for messages. */
  readonly role: string;
  /** Classes of the data; 0 without labels. */
  readonly classes: number;
  /** Examples of a microbatch, which groups must not cross. */
  readonly microbatch: number;
}

/** A parameter before its place is known. */
type Draft = Omit<ParameterEntry, 'offset'>;

/** @throws MODEL_SHAPE, MODEL_NAME_DUPLICATE, CONFIG_FIELD_INVALID */
export function planNetwork(spec: NetworkSpec, context: PlanContext): NetworkPlan {
  const builder = new Builder(spec, context);
  let at = -1;
  for (const layer of spec.layers) at = builder.layer(layer, at);
  return builder.finish();
}

class Builder {
  private readonly spec: NetworkSpec;
  private readonly context: PlanContext;
  private readonly nodes: LayerPlan[] = [];
  private readonly parameters: Draft[] = [];
  private readonly names = new Set<string>();
  private pack = 1;

  constructor(spec: NetworkSpec, context: PlanContext) {
    this.spec = spec;
    this.context = context;
  }

  /** Adds a layer or block that reads node `from`. Returns the index of the node with its output. */
  layer(layer: LayerSpec, from: number): number {
    this.claim(layer.name);
    if (layer.type !== 'residual' && layer.type !== 'inception')
      return this.simple(layer, layer.name, from, true);
    const inside = (chain: readonly SimpleLayerSpec[]): number =>
      chain.reduce((at, inner) => {
        const path = `${layer.name}/${inner.name}`;
        this.claim(path);
        return this.simple(inner, path, at, layer.trainable !== false);
      }, from);
    const ends =
      layer.type === 'residual' ? [inside(layer.body), inside(layer.shortcut)] : layer.branches.map(inside);
    return this.merge(layer.type === 'residual' ? 'add' : 'concat', layer.name, ends);
  }

  private claim(name: string): void {
    if (this.names.has(name)) throw gantryError('MODEL_NAME_DUPLICATE', this.context.role, name);
    this.names.add(name);
  }

  private simple(spec: SimpleLayerSpec, name: string, from: number, blockTrains: boolean): number {
    const { role } = this.context;
    const place = `${role}/${name}`;
    const input = this.shapeOf(from);
    const trainable = blockTrains && spec.trainable !== false;
    const misplaced = this.misplaced(spec, from, name !== spec.name);
    if (misplaced !== null) throw gantryError('MODEL_SHAPE', place, input, misplaced);
    const output = outputShape(spec, input, place, { ...this.context, pack: this.pack });
    if (spec.type === 'pack') this.pack = spec.size;
    const drafts = parametersOf(spec, input, this.spec.initializer, this.context.classes);
    for (const draft of drafts) {
      this.parameters.push({
        ...draft,
        name: `${name}/${draft.name}`,
        size: volume(draft.shape),
        trainable,
      });
    }
    const passesBack = this.trains(from);
    // Its place among the running statistics is known at the end.
    const channels = input[input.length - 1];
    const positions = volume(input) / channels / this.pack;
    const batchNorm =
      spec.type === 'batchNorm' ? { batchNorm: { name, channels, positions, offset: 0, trainable } } : {};
    this.nodes.push({
      name,
      spec,
      trainable: trainable && drafts.length > 0,
      inputs: [from],
      inputShapes: [input],
      output,
      passesBack,
      ...batchNorm,
    });
    return this.nodes.length - 1;
  }

  /** Why a layer cannot be where it is; null where it can. */
  private misplaced({ type }: SimpleLayerSpec, from: number, inBlock: boolean): string | null {
    const { pack } = this;
    const judges = this.context.role === 'discriminator';
    if (type === 'pack' && !(judges && from < 0 && !inBlock)) {
      return 'a pack can only be the first layer of a discriminator';
    }
    if (type === 'minibatchStdDev' && !judges) {
      return 'it belongs into a discriminator; what is generated must not depend on its neighbours';
    }
    if ((type === 'labelEmbedding' || type === 'projection') && pack > 1) {
      return `a pack of ${pack} examples has no one class`;
    }
    return null;
  }

  private merge(type: 'add' | 'concat', name: string, inputs: readonly number[]): number {
    const shapes = inputs.map((from) => this.shapeOf(from));
    const place = `${this.context.role}/${name}`;
    const [first] = shapes;
    for (const shape of shapes) {
      const meets =
        shape.length === first.length &&
        shape.every((side, i) => side === first[i] || (type === 'concat' && i === first.length - 1));
      if (meets) continue;
      const reason = `it has to meet one of shape [${first.join(', ')}]${type === 'concat' ? ' in all but channels' : ''}`;
      throw gantryError('MODEL_SHAPE', place, shape, reason);
    }
    const channels = shapes.reduce((sum, shape) => sum + shape[shape.length - 1], 0);
    const output = type === 'add' ? first : [...first.slice(0, -1), channels];
    const passesBack = inputs.some((from) => this.trains(from));
    this.nodes.push({
      name,
      spec: { type },
      trainable: false,
      inputs,
      inputShapes: shapes,
      output,
      passesBack,
    });
    return this.nodes.length - 1;
  }

  private shapeOf(node: number): readonly number[] {
    return node < 0 ? this.spec.input : this.nodes[node].output;
  }

  /** Whether the node, or one before it, has parameters that train. */
  private trains(node: number): boolean {
    return node >= 0 && (this.nodes[node].trainable || this.nodes[node].passesBack);
  }

  finish(): NetworkPlan {
    const { parameters, nodes, pack } = this;
    const sizeOf = (trainable: boolean): number =>
      parameters.reduce((sum, draft) => sum + (draft.trainable === trainable ? draft.size : 0), 0);
    const trainableCount = sizeOf(true);
    let trained = 0;
    let frozen = trainableCount;
    const placed = parameters.map((draft) => {
      const offset = draft.trainable ? trained : frozen;
      if (draft.trainable) trained += draft.size;
      else frozen += draft.size;
      return { ...draft, offset };
    });
    const { layers, runningLength } = placeBatchNorms(nodes);
    return {
      input: this.spec.input,
      output: nodes[nodes.length - 1].output,
      layers,
      parameters: placed,
      parameterCount: frozen,
      trainableCount,
      batchNorms: layers.flatMap(({ batchNorm }) => batchNorm ?? []),
      runningLength,
      activations: nodes.flatMap(({ spec, name }) => (spec.type === 'activation' ? [name] : [])),
      pack,
    };
  }
}

function placeBatchNorms(nodes: readonly LayerPlan[]): { layers: LayerPlan[]; runningLength: number } {
  const layers = [...nodes];
  let offset = 0;
  for (const trainable of [true, false]) {
    nodes.forEach((node, i) => {
      if (node.batchNorm?.trainable !== trainable) return;
      layers[i] = { ...node, batchNorm: { ...node.batchNorm, offset } };
      offset += 2 * node.batchNorm.channels;
    });
  }
  return { layers, runningLength: offset };
}
