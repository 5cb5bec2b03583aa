/**
 * Networks as plain data, with a schema. A spec says what a network is; `planNetwork` (plan.ts) says what follows
 * from it. Shapes leave the batch dimension out; images are [height, width, channels].
 */
import { z } from 'zod';

const count = (most: number) => z.int().min(1).max(most);
const number = z.number().min(-1e9).max(1e9);
/** Layers are named `conv1`; inside a block they are addressed as `block1/conv1`. */
const name = z
  .string()
  .regex(/^[A-Za-z][\w-]{0,39}$/, 'a name begins with a letter and has letters, digits, - and _, 40 at most');
const shared = {
  name,
  /**
   * False: the layer's parameters take no gradient and are not sent, and batch norm runs on running statistics.
   */
  trainable: z.boolean().optional(),
};

/** How initial values are drawn. `fan-in-uniform` is U(±1/√fan_in), `fan-in-normal` N(0, gain/√fan_in). */
export const initializerSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('constant'), value: number }),
  z.strictObject({ kind: z.literal('normal'), mean: number, deviation: z.number().min(0).max(100) }),
  z.strictObject({ kind: z.literal('fan-in-uniform') }),
  z.strictObject({ kind: z.literal('fan-in-normal'), gain: z.number().min(0).max(100) }),
]);
export type Initializer = z.infer<typeof initializerSchema>;

const activationKinds = ['relu', 'leakyRelu', 'tanh', 'sigmoid', 'elu', 'softplus', 'swish'] as const;
export type ActivationKind = (typeof activationKinds)[number];

const convolution = {
  ...shared,
  filters: count(8192),
  kernel: count(15),
  stride: count(4),
  bias: z.boolean(),
};

const simpleLayers = [
  z.strictObject({ type: z.literal('dense'), ...shared, units: count(1 << 20), bias: z.boolean() }),
  z.strictObject({ type: z.literal('conv2d'), ...convolution }),
  z.strictObject({ type: z.literal('conv2dTranspose'), ...convolution }),
  /** Nearest neighbour: each pixel becomes factor × factor. */
  z.strictObject({ type: z.literal('upsampling'), ...shared, factor: count(8) }),
  /** Means of size × size windows: side by side (stride = size), or around each pixel (stride 1, odd size). */
  z.strictObject({ type: z.literal('averagePooling'), ...shared, size: count(64), stride: count(64) }),
  z.strictObject({ type: z.literal('batchNorm'), ...shared }),
  /** Over all of an example, with a scale and an offset a channel. */
  z.strictObject({ type: z.literal('layerNorm'), ...shared }),
  z.strictObject({ type: z.literal('groupNorm'), ...shared, groups: count(1024) }),
  /** One more channel: the mean standard deviation over `group` consecutive examples. */
  z.strictObject({ type: z.literal('minibatchStdDev'), ...shared, group: count(4096) }),
  z.strictObject({ type: z.literal('dropout'), ...shared, rate: z.number().min(0).lt(1) }),
  /** (x − mean) / deviation by channel, with the data set's constants. */
  z.strictObject({
    type: z.literal('normalization'),
    ...shared,
    mean: z.array(number).min(1).max(4096),
    deviation: z.array(z.number().gt(0).max(1e9)).min(1).max(4096),
  }),
  /** `slope` is leakyRelu's for negative inputs. */
  z.strictObject({
    type: z.literal('activation'),
    ...shared,
    kind: z.enum(activationKinds),
    slope: z.number().gt(0).max(1).optional(),
  }),
  /** Of every `pieces` neighbouring features the greatest (I. Goodfellow et al., "Maxout networks", ICML 2013). */
  z.strictObject({ type: z.literal('maxout'), ...shared, pieces: z.int().min(2).max(64) }),
  z.strictObject({
    type: z.literal('reshape'),
    ...shared,
    shape: z
      .array(count(1 << 24))
      .min(1)
      .max(3),
  }),
  /** `size` consecutive examples become one, side by side in its channels. First layer of a discriminator only. */
  z.strictObject({ type: z.literal('pack'), ...shared, size: count(4096) }),
  /** Appends a learnt vector of the example's class to a vector. */
  z.strictObject({ type: z.literal('labelEmbedding'), ...shared, units: count(4096) }),
  /** A score that knows the class: x·(w + E[class]) + b. */
  z.strictObject({ type: z.literal('projection'), ...shared }),
] as const;
const simpleLayer = z.discriminatedUnion('type', simpleLayers);
const chain = z.array(simpleLayer).max(200);

export const layerSchema = z.discriminatedUnion('type', [
  ...simpleLayers,
  /** body(x) + shortcut(x); an empty shortcut is the identity. */
  z.strictObject({ type: z.literal('residual'), ...shared, body: chain.min(1), shortcut: chain }),
  /** Branches side by side, concatenated along channels; an empty branch is the identity. */
  z.strictObject({ type: z.literal('inception'), ...shared, branches: z.array(chain).min(2).max(16) }),
]);

export const networkSchema = z.strictObject({
  /** Shape of one input example. */
  input: z
    .array(count(1 << 24))
    .min(1)
    .max(3),
  layers: z.array(layerSchema).min(1).max(500),
  /** Initial values of kernels (and, for `fan-in-uniform`, of biases). */
  initializer: initializerSchema,
});

type DeepReadonly<T> = T extends readonly (infer E)[]
  ? readonly DeepReadonly<E>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;

/** A layer that is no block. */
export type SimpleLayerSpec = DeepReadonly<z.infer<typeof simpleLayer>>;
export type LayerSpec = DeepReadonly<z.infer<typeof layerSchema>>;
export type NetworkSpec = DeepReadonly<z.infer<typeof networkSchema>>;

/** A GAN's two networks. */
export interface ModelSpec {
  readonly generator: NetworkSpec;
  readonly discriminator: NetworkSpec;
}

export const volume = (shape: readonly number[]): number => shape.reduce((product, d) => product * d, 1);
