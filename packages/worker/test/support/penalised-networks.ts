/** Small smooth discriminators that hold every kind of layer between them, to differentiate penalties of. */
import type { LayerSpec, NetworkSpec } from '@gantry/shared';

const convolution = { kernel: 3, stride: 1, bias: true } as const;
const initializer = { kind: 'fan-in-uniform' } as const;

/** Knows classes; residual and inception blocks, and all layers but `pack`. */
export const labelled: NetworkSpec = {
  input: [4, 4, 2],
  initializer,
  layers: [
    { type: 'normalization', name: 'norm', mean: [0.25, -0.5], deviation: [0.75, 1.5] },
    { type: 'conv2d', name: 'conv', filters: 3, ...convolution, stride: 2 },
    { type: 'batchNorm', name: 'bn' },
    { type: 'activation', name: 'tanh', kind: 'tanh' },
    { type: 'upsampling', name: 'up', factor: 2 },
    {
      type: 'residual',
      name: 'wide',
      body: [
        { type: 'groupNorm', name: 'gn', groups: 3 },
        { type: 'activation', name: 'swish', kind: 'swish' },
        { type: 'conv2d', name: 'conv', filters: 4, ...convolution },
      ],
      shortcut: [{ type: 'conv2d', name: 'project', filters: 4, ...convolution, kernel: 1 }],
    },
    { type: 'averagePooling', name: 'pool', size: 2, stride: 2 },
    {
      type: 'residual',
      name: 'same',
      body: [
        { type: 'conv2d', name: 'conv', filters: 4, ...convolution, bias: false },
        { type: 'batchNorm', name: 'bn' },
        { type: 'activation', name: 'sigmoid', kind: 'sigmoid' },
      ],
      shortcut: [],
    },
    {
      type: 'inception',
      name: 'mixed',
      branches: [
        [{ type: 'conv2d', name: 'one', filters: 1, ...convolution, kernel: 1 }],
        [
          { type: 'averagePooling', name: 'pool', size: 3, stride: 1 },
          { type: 'conv2dTranspose', name: 'convt', filters: 2, ...convolution },
        ],
        [],
      ],
    },
    { type: 'minibatchStdDev', name: 'std', group: 4 },
    { type: 'layerNorm', name: 'ln' },
    { type: 'dropout', name: 'drop', rate: 0.25 },
    { type: 'reshape', name: 'flat', shape: [32] },
    { type: 'labelEmbedding', name: 'label', units: 2 },
    { type: 'dense', name: 'dense', units: 5, bias: true },
    { type: 'activation', name: 'softplus', kind: 'softplus' },
    { type: 'projection', name: 'score' },
  ] satisfies readonly LayerSpec[],
};

/** Judges two points at a time; its maxout has kinks, which no difference here is near. */
export const packed: NetworkSpec = {
  input: [2],
  initializer,
  layers: [
    { type: 'pack', name: 'pack', size: 2 },
    { type: 'dense', name: 'dense0', units: 6, bias: true },
    { type: 'batchNorm', name: 'bn' },
    { type: 'activation', name: 'tanh', kind: 'tanh' },
    { type: 'maxout', name: 'maxout', pieces: 2 },
    { type: 'minibatchStdDev', name: 'std', group: 4 },
    { type: 'dense', name: 'dense1', units: 1, bias: true },
  ],
};
