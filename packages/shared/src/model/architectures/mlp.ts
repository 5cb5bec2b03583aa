/** Networks for points. */
import type { RunConfig } from '../../config.ts';
import { gantryError } from '../../errors.ts';
import type { LayerSpec, ModelSpec, NetworkSpec } from '../spec.ts';

type Mlp = Extract<RunConfig['model'], { architecture: 'mlp' }>;

/** Hidden relu layers, the same in both networks. */
export function mlp(model: Mlp, example: readonly number[]): ModelSpec {
  if (example.length !== 1) {
    throw gantryError(
      'MODEL_SHAPE',
      'generator',
      example,
      'architecture "mlp" makes points; images need "dcgan"',
    );
  }
  const network = (input: number, output: number): NetworkSpec => {
    const layers: LayerSpec[] = [];
    for (let i = 0; i < model.depth; i++) {
      layers.push(
        { type: 'dense', name: `dense${i}`, units: model.width, bias: true },
        { type: 'activation', name: `relu${i}`, kind: 'relu' },
      );
    }
    layers.push({ type: 'dense', name: `dense${model.depth}`, units: output, bias: true });
    return { input: [input], layers, initializer: { kind: 'fan-in-uniform' } };
  };
  return { generator: network(model.latent, example[0]), discriminator: network(example[0], 1) };
}
