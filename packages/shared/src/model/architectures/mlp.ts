/** Networks for points. */
import type { RunConfig } from '../../config.ts';
import { gantryError } from '../../errors.ts';
import type { LayerSpec, ModelSpec, NetworkSpec } from '../spec.ts';
import { batchNormIf, packIf, relu } from './parts.ts';

type Mlp = Extract<RunConfig['model'], { architecture: 'mlp' }>;

/** Hidden layers of one network. */
interface Hidden {
  readonly width: number;
  readonly depth: number;
  /** Linear functions of which a unit is the greatest; 1: relu. */
  readonly pieces: number;
  readonly batchNorm: boolean;
}

/** Hidden layers, the same in both networks where the configuration does not tell them apart. */
export function mlp(model: Mlp, example: readonly number[]): ModelSpec {
  if (example.length !== 1) {
    throw gantryError(
      'MODEL_SHAPE',
      'generator',
      example,
      'architecture "mlp" makes points; images need "dcgan"',
    );
  }
  const { width, depth, discriminator, generatorBatchNorm: batchNorm, pack, latent } = model;
  const plain = { width, depth, pieces: 1, batchNorm: false };
  return {
    generator: network(latent, { ...plain, batchNorm }, example[0]),
    discriminator: network(example[0], { ...plain, ...discriminator }, 1, packIf(pack)),
  };
}

function network(
  input: number,
  { width, depth, pieces, batchNorm }: Hidden,
  output: number,
  first: readonly LayerSpec[] = [],
): NetworkSpec {
  const hidden = Array.from({ length: depth }, (_, i): LayerSpec[] => [
    // What batch norm adds takes the bias's place.
    { type: 'dense', name: `dense${i}`, units: width * pieces, bias: !batchNorm },
    ...batchNormIf(batchNorm, `bn${i}`),
    pieces === 1 ? relu(`relu${i}`) : { type: 'maxout', name: `maxout${i}`, pieces },
  ]);
  const last: LayerSpec = { type: 'dense', name: `dense${depth}`, units: output, bias: true };
  return {
    input: [input],
    layers: [...first, ...hidden.flat(), last],
    initializer: { kind: 'fan-in-uniform' },
  };
}
