/** Runs without compute: as many parameters as wanted, in both networks alike, and a block for each worker. */
import { parseConfig, presets, setField, type RunConfig } from '@gantry/shared';

type Given = Extract<RunConfig['model'], { architecture: 'custom' }>['generator'];

const dense = (input: number, units: readonly number[]): Given => ({
  input: [input],
  layers: units.flatMap((size, i) => [
    { type: 'dense' as const, name: `dense${i}`, units: size, bias: true },
    ...(i < units.length - 1
      ? [{ type: 'activation' as const, name: `relu${i}`, kind: 'relu' as const }]
      : []),
  ]),
  initializer: { kind: 'fan-in-uniform' },
});

/** Networks of points with exactly so many parameters each. */
const sizes = {
  300_520: { latent: 32, generator: [518, 544, 2], discriminator: [329, 422, 378, 1] },
  1_000_000: { latent: 43, generator: [968, 986, 2], discriminator: [673, 746, 662, 1] },
} as const;
export type ModelSize = keyof typeof sizes;

/**
 * @param blocks - of a step
 * @param set - assignments, as for `--set`
 * @throws GantryError where the configuration is refused
 */
export function denseRun(size: ModelSize, blocks: number, set: readonly string[]): RunConfig {
  const { latent, generator, discriminator } = sizes[size];
  const slow = { kind: 'adam', learningRate: 1e-9, beta1: 0.5, beta2: 0.999, epsilon: 1e-8 } as const;
  let config: RunConfig = {
    ...presets.ring,
    preset: 'bench',
    model: {
      architecture: 'custom',
      latent,
      generator: dense(latent, generator),
      discriminator: dense(2, discriminator),
    },
    loss: { ...presets.ring.loss, r1: 0 },
    // What comes up is no gradient of anything: nothing shall run away.
    optimizer: { discriminator: slow, generator: slow, decayFrom: 1 },
    batch: { global: blocks, microbatch: 1, block: 1 },
    schedule: { ...presets.ring.schedule, iterations: 100_000_000 },
    checkpoint: { ...presets.ring.checkpoint, every: 1_000_000 },
    evaluation: { ...presets.ring.evaluation, every: 1_000_000 },
    // Nor would two workers agree on what neither has computed: audits would find all of them.
    audit: { probability: 0 },
  };
  for (const assignment of set) {
    const equals = assignment.indexOf('=');
    config = setField(config, assignment.slice(0, equals), assignment.slice(equals + 1));
  }
  return parseConfig(config);
}
