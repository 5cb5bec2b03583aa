/**
 * Every kind of layer, activation and merge with the shapes it is tested in. The tables are typed by the specs: a new
 * kind without a row does not compile.
 */
import type { ActivationKind, MergeSpec, SimpleLayerSpec } from '@gantry/shared';

export interface LayerCase<S = SimpleLayerSpec> {
  readonly spec: S;
  /** One example's shape. */
  readonly input: readonly number[];
  readonly rows: number;
  /** Batches that lie side by side; 1 if left out. */
  readonly groups?: number;
  /** Its derivatives jump at 0: inputs keep clear of it by more than finite differences step. */
  readonly kinked?: boolean;
}
type Rows<T extends SimpleLayerSpec['type']> = readonly LayerCase<Extract<SimpleLayerSpec, { type: T }>>[];

export interface MergeCase {
  readonly type: MergeSpec['type'];
  /** One example's shape in each branch. */
  readonly inputs: readonly (readonly number[])[];
}

const image = [3, 2, 4] as const;
const vector = [5] as const;
const convolution = { kernel: 3, bias: true } as const;

const activations: Readonly<Record<ActivationKind, readonly { slope?: number; kinked: boolean }[]>> = {
  relu: [{ kinked: true }],
  leakyRelu: [{ kinked: true }, { slope: 0.03, kinked: true }],
  elu: [{ kinked: true }],
  tanh: [{ kinked: false }],
  sigmoid: [{ kinked: false }],
  softplus: [{ kinked: false }],
  swish: [{ kinked: false }],
};

const layers: { readonly [T in SimpleLayerSpec['type']]: Rows<T> } = {
  dense: [
    { spec: { type: 'dense', name: 'layer', units: 3, bias: true }, input: vector, rows: 2 },
    { spec: { type: 'dense', name: 'layer', units: 2, bias: false }, input: vector, rows: 3 },
  ],
  conv2d: [
    {
      spec: { type: 'conv2d', name: 'layer', filters: 2, stride: 1, ...convolution },
      input: [3, 4, 2],
      rows: 2,
    },
    {
      spec: { type: 'conv2d', name: 'layer', filters: 3, kernel: 4, stride: 2, bias: false },
      input: [4, 4, 1],
      rows: 2,
    },
  ],
  conv2dTranspose: [
    {
      spec: { type: 'conv2dTranspose', name: 'layer', filters: 2, stride: 2, ...convolution },
      input: [2, 3, 2],
      rows: 2,
    },
    {
      spec: { type: 'conv2dTranspose', name: 'layer', filters: 1, kernel: 4, stride: 1, bias: false },
      input: [3, 2, 3],
      rows: 2,
    },
  ],
  upsampling: [
    { spec: { type: 'upsampling', name: 'layer', factor: 2 }, input: [2, 3, 2], rows: 2 },
    { spec: { type: 'upsampling', name: 'layer', factor: 1 }, input: image, rows: 1 },
  ],
  averagePooling: [
    { spec: { type: 'averagePooling', name: 'layer', size: 2, stride: 2 }, input: [4, 2, 3], rows: 2 },
    { spec: { type: 'averagePooling', name: 'layer', size: 3, stride: 1 }, input: [3, 4, 2], rows: 2 },
    { spec: { type: 'averagePooling', name: 'layer', size: 5, stride: 1 }, input: [3, 3, 1], rows: 2 },
    { spec: { type: 'averagePooling', name: 'layer', size: 1, stride: 1 }, input: image, rows: 1 },
  ],
  maxout: [
    { spec: { type: 'maxout', name: 'layer', pieces: 2 }, input: [6], rows: 2 },
    { spec: { type: 'maxout', name: 'layer', pieces: 3 }, input: [3], rows: 2, groups: 2 },
  ],
  batchNorm: [
    { spec: { type: 'batchNorm', name: 'layer' }, input: [2, 2, 2], rows: 4, groups: 2 },
    { spec: { type: 'batchNorm', name: 'layer' }, input: [3], rows: 8, groups: 2 },
    { spec: { type: 'batchNorm', name: 'layer', trainable: false }, input: [3], rows: 4 },
  ],
  layerNorm: [
    { spec: { type: 'layerNorm', name: 'layer' }, input: image, rows: 2 },
    { spec: { type: 'layerNorm', name: 'layer' }, input: vector, rows: 3 },
  ],
  groupNorm: [
    { spec: { type: 'groupNorm', name: 'layer', groups: 2 }, input: image, rows: 2 },
    { spec: { type: 'groupNorm', name: 'layer', groups: 2 }, input: [8], rows: 2 },
  ],
  minibatchStdDev: [
    { spec: { type: 'minibatchStdDev', name: 'layer', group: 4 }, input: [2, 1, 3], rows: 8, groups: 2 },
    { spec: { type: 'minibatchStdDev', name: 'layer', group: 4 }, input: [3], rows: 8 },
  ],
  dropout: [
    { spec: { type: 'dropout', name: 'layer', rate: 0.4 }, input: image, rows: 2 },
    { spec: { type: 'dropout', name: 'layer', rate: 0.4 }, input: vector, rows: 4, groups: 2 },
  ],
  normalization: [
    {
      spec: { type: 'normalization', name: 'layer', mean: [0.5, -1], deviation: [0.5, 3] },
      input: [2, 2, 2],
      rows: 2,
    },
    {
      spec: { type: 'normalization', name: 'layer', mean: [0.5, 2], deviation: [2, 3] },
      input: [2],
      rows: 3,
    },
  ],
  activation: Object.entries(activations).flatMap(([kind, rows]) =>
    rows.map(({ kinked, ...slope }) => ({
      spec: { type: 'activation', name: 'layer', kind: kind as ActivationKind, ...slope }, // its own keys
      input: vector,
      rows: 3,
      kinked,
    })),
  ),
  reshape: [
    { spec: { type: 'reshape', name: 'layer', shape: [2, 2, 3] }, input: [12], rows: 2 },
    { spec: { type: 'reshape', name: 'layer', shape: [24] }, input: image, rows: 1 },
  ],
  pack: [
    { spec: { type: 'pack', name: 'layer', size: 2 }, input: [2, 3, 2], rows: 4, groups: 2 },
    { spec: { type: 'pack', name: 'layer', size: 4 }, input: [2], rows: 8 },
  ],
  labelEmbedding: [{ spec: { type: 'labelEmbedding', name: 'layer', units: 2 }, input: [3], rows: 4 }],
  projection: [{ spec: { type: 'projection', name: 'layer' }, input: vector, rows: 4, groups: 2 }],
};

export const layerCases: readonly (readonly [name: string, LayerCase])[] = Object.values(layers)
  .flat()
  .map((one: LayerCase) => {
    const { type, name: _name, ...rest } = one.spec;
    const settings = Object.entries(rest).map(([key, value]) => `${key} ${JSON.stringify(value)}`);
    return [[type, ...settings, `of [${one.input.join(', ')}]`].join(' '), one];
  });

const merges: Readonly<Record<MergeSpec['type'], readonly (readonly (readonly number[])[])[]>> = {
  add: [
    [image, image],
    [vector, vector, vector],
  ],
  concat: [
    [
      [2, 2, 1],
      [2, 2, 3],
      [2, 2, 2],
    ],
    [[2], [3]],
  ],
};

export const mergeCases: readonly (readonly [name: string, MergeCase])[] = Object.entries(merges).flatMap(
  ([type, rows]) =>
    rows.map((inputs): [string, MergeCase] => [
      `${type} of ${inputs.map((shape) => `[${shape.join(', ')}]`).join(' and ')}`,
      { type: type as MergeSpec['type'], inputs }, // its own keys
    ]),
);
