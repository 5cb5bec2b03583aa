/** What layers compute, on cases small enough to do by hand. */
import { beforeAll, describe, expect, it } from 'vitest';
import { registerWasmKernels } from '../src/compute/kernels/register.ts';
import { maxout } from '../src/compute/layers/maxout.ts';
import { rowNoise, type passes } from '../src/compute/noise.ts';
import * as tf from '../src/compute/tf.ts';
import { close, epsilon, outputs, plain } from './support/outputs.ts';

beforeAll(async () => {
  registerWasmKernels();
  await tf.setBackend('wasm');
});

describe('images', () => {
  const square = [
    [
      [[1], [2]],
      [[3], [4]],
    ],
  ];
  const nine = [
    [
      [[1], [2], [3]],
      [[4], [5], [6]],
      [[7], [8], [9]],
    ],
  ];

  it('grow by repeating each pixel', () => {
    const found = outputs({ type: 'upsampling', name: 'layer', factor: 2 }, square);
    close(found, [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4]);
    close(
      outputs({ type: 'upsampling', name: 'layer', factor: 3 }, [[[[5, 6]]]]),
      Array.from({ length: 18 }, (_, i) => 5 + (i % 2)),
    );
  });

  it('shrink to the means of windows side by side', () => {
    const wide = [
      [
        [[1], [2], [3], [4]],
        [[5], [6], [7], [8]],
      ],
    ];
    close(outputs({ type: 'averagePooling', name: 'layer', size: 2, stride: 2 }, wide), [3.5, 5.5]);
  });

  it('are pooled around each pixel over the pixels that exist', () => {
    const layer = { type: 'averagePooling', name: 'layer', size: 3, stride: 1 } as const;
    close(outputs(layer, square), [2.5, 2.5, 2.5, 2.5]);
    close(outputs(layer, nine), [3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5, 7]);
  });
});

describe('normalising layers', () => {
  it('scale by the constants of each channel', () => {
    const layer = { type: 'normalization', name: 'layer', mean: [1, -2], deviation: [2, 0.5] } as const;
    close(
      outputs(layer, [
        [5, -3],
        [1, -2],
      ]),
      [2, -2, 0, 0],
    );
  });

  it('normalise all of an example, and scale and offset by channel', () => {
    const found = outputs(
      { type: 'layerNorm', name: 'layer' },
      [
        [1, 2, 3, 4],
        [7, 7, 7, 7],
      ],
      {},
      {
        gamma: [1, 1, 1, 2],
        beta: [0, 0, 5, 0],
      },
    );
    const s = 1 / Math.sqrt(1.25 + epsilon);
    close(found, [-1.5 * s, -0.5 * s, 5 + 0.5 * s, 3 * s, 0, 0, 5, 0]);
  });

  it('normalise pixels and channels of an image together', () => {
    const unit = { gamma: [1, 1], beta: [0, 0] };
    const found = outputs(
      { type: 'layerNorm', name: 'layer' },
      [
        [
          [
            [1, 2],
            [3, 4],
          ],
        ],
      ],
      {},
      unit,
    );
    const s = 1 / Math.sqrt(1.25 + epsilon);
    close(found, [-1.5 * s, -0.5 * s, 0.5 * s, 1.5 * s]);
  });

  it('normalise groups of channels apart', () => {
    const unit = { gamma: [1, 1, 1, 1], beta: [0, 0, 0, 0] };
    const layer = { type: 'groupNorm', name: 'layer', groups: 2 } as const;
    const [s, t] = [1, 100].map((variance) => 1 / Math.sqrt(variance + epsilon));
    close(outputs(layer, [[1, 3, 10, 30]], {}, unit), [-s, s, -10 * t, 10 * t]);
    // Channels 0 and 1 are one group over both pixels: 1, 3, 3, 1; 2 and 3 another: 10, 30, 10, 30.
    const image = [
      [
        [
          [1, 3, 10, 30],
          [3, 1, 10, 30],
        ],
      ],
    ];
    close(outputs(layer, image, {}, unit), [-s, s, -10 * t, 10 * t, s, -s, -10 * t, 10 * t]);
  });
});

describe('layers across examples', () => {
  it('append the mean standard deviation of each group', () => {
    const layer = { type: 'minibatchStdDev', name: 'layer', group: 2 } as const;
    // Deviations 1 and √1e-8 of the first two, √1e-8 and 2 of the others.
    const found = outputs(layer, [
      [1, 10],
      [3, 10],
      [0, 0],
      [0, 4],
    ]);
    close(found, [1, 10, 0.50005, 3, 10, 0.50005, 0, 0, 1.00005, 0, 4, 1.00005]);
    const image = outputs(layer, [[[[1], [2]]], [[[3], [2]]]]);
    close(image, [1, 0.50005, 2, 0.50005, 3, 0.50005, 2, 0.50005]);
  });

  it('take the greatest of neighbouring features, with the slope of the first of equals', () => {
    const layer = { type: 'maxout', name: 'layer', pieces: 3 } as const;
    close(
      outputs(layer, [
        [1, 3, 2, -1, -3, -2],
        [5, 5, 5, 0, 0, 1],
      ]),
      [3, -1, 5, 1],
    );
    const slopes = tf.tidy(() => {
      const built = maxout(3);
      const { saved } = built.forward(tf.tensor2d([[5, 5, 5, 0, 0, 1]]), plain);
      const { input } = built.backward(tf.tensor2d([[2, 3]]), saved, plain, {
        input: true,
        parameters: false,
      });
      return input?.dataSync();
    });
    close([...(slopes ?? [])], [2, 0, 0, 0, 0, 3]);
  });

  it('pack consecutive examples, the first one’s channels first', () => {
    const layer = { type: 'pack', name: 'layer', size: 2 } as const;
    close(
      outputs(layer, [
        [1, 2],
        [3, 4],
        [5, 6],
        [7, 8],
      ]),
      [1, 2, 3, 4, 5, 6, 7, 8],
    );
    const images = [
      [
        [
          [1, 2],
          [3, 4],
        ],
      ],
      [
        [
          [5, 6],
          [7, 8],
        ],
      ],
    ];
    close(outputs(layer, images), [1, 2, 5, 6, 3, 4, 7, 8]);
  });
});

describe('layers that know classes', () => {
  const labels = (): tf.Tensor =>
    tf.tensor2d([
      [0, 1],
      [1, 0],
    ]);

  it('append the vector of the example’s class', () => {
    const embedding = [
      [10, 20],
      [30, 40],
    ];
    const found = outputs(
      { type: 'labelEmbedding', name: 'layer', units: 2 },
      [[1], [2]],
      { labels: labels() },
      {
        embedding,
      },
    );
    close(found, [1, 30, 40, 2, 10, 20]);
  });

  it('score by the sum of a common weight and one of the class', () => {
    const parameters = {
      kernel: [[1], [2]],
      bias: [0.5],
      embedding: [
        [10, 0],
        [0, 100],
      ],
    };
    const layer = { type: 'projection', name: 'layer' } as const;
    // Class 1: 3 + 2·4 + 100·4; class 0: 5 + 2·6 + 10·5
    close(
      outputs(
        layer,
        [
          [3, 4],
          [5, 6],
        ],
        { labels: labels() },
        parameters,
      ),
      [411.5, 67.5],
    );
  });

  it('say so where classes are missing', () => {
    const layer = { type: 'labelEmbedding', name: 'layer', units: 1 } as const;
    expect(() => outputs(layer, [[1]], {}, { embedding: [[1], [2]] })).toThrow(
      expect.objectContaining({ code: 'INTERNAL', message: expect.stringContaining('layer needs classes') }),
    );
  });
});

describe('dropout', () => {
  const layer = { type: 'dropout', name: 'layer', rate: 0.3 } as const;
  const features = 2000;
  const ones = (rows: number): tf.TensorLike =>
    Array.from({ length: rows }, () => Array<number>(features).fill(1));
  const noise = (examples: readonly number[], groups: readonly (keyof typeof passes)[] = ['real']) => ({
    noise: rowNoise({ seed: 1, phase: 'discriminator', step: 4 }, examples, groups),
  });

  it('drops the share that it says, and scales what stays', () => {
    const found = outputs(layer, ones(4), noise([0, 1, 2, 3]));
    const kept = found.filter((x) => x !== 0);
    close(
      kept,
      kept.map(() => 1 / 0.7),
    );
    // 8000 draws: a deviation of 0.0051.
    expect(Math.abs(kept.length / found.length - 0.7)).toBeLessThan(0.02);
  });

  it('drops the same of an example whoever has it, and others in other passes and layers', () => {
    const together = outputs(layer, ones(3), noise([5, 6, 7]));
    const alone = outputs(layer, ones(1), noise([6]));
    expect(alone).toEqual(together.slice(features, 2 * features));
    expect(outputs(layer, ones(1), noise([7]))).not.toEqual(alone);
    expect(outputs(layer, ones(1), noise([6], ['fake']))).not.toEqual(alone);
    expect(outputs(layer, ones(1), noise([6]), {}, 1)).not.toEqual(alone);
    const both = outputs(layer, ones(2), { ...noise([6], ['real', 'fake']), groups: 2 });
    expect(both.slice(0, features)).toEqual(alone);
    expect(both.slice(features)).toEqual(outputs(layer, ones(1), noise([6], ['fake'])));
  });

  it('does nothing in evaluation, or at rate 0', () => {
    close(outputs(layer, [[1, 2]], { training: false }), [1, 2]);
    close(outputs({ ...layer, rate: 0 }, [[1, 2]]), [1, 2]);
  });

  it('says so where it has no random numbers', () => {
    expect(() => outputs(layer, [[1, 2]])).toThrow(/layer drops values/);
  });
});
