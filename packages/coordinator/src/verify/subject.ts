/** What `gantry verify` runs of a configuration. */
import { gantryError, type RunConfig } from '@gantry/shared';

/** Iterations of the round that is verified, at most. */
const shortRound = 2;

/**
 * One discriminator step and one generator step, both at the parameters that the run begins with: learning rates are 0,
 * since Adam's first step makes a full step of any gradient, also of one that is mere rounding, and the generator's
 * step would show that instead of its own difference. With the strategy `local`, a short round.
 *
 * @throws VERIFY_IMPOSSIBLE with the strategy `asynchronous`
 */
export function verifiedConfig(config: RunConfig): RunConfig {
  const { discriminator, generator } = config.optimizer;
  const { schedule, evaluation, strategy } = config;
  if (strategy.kind === 'asynchronous') {
    const reason = 'with the strategy asynchronous the result depends on the order in which updates come';
    throw gantryError('VERIFY_IMPOSSIBLE', `${reason}. Take another strategy.`);
  }
  const still = {
    ...config.optimizer,
    discriminator: { ...discriminator, learningRate: 0 },
    generator: { ...generator, learningRate: 0 },
  };
  const local = strategy.kind === 'local';
  return {
    ...config,
    // What is compared of a round is how far its slots moved, all from the same parameters.
    optimizer: local ? config.optimizer : still,
    schedule: {
      ...schedule,
      iterations: local ? Math.min(shortRound, strategy.iterations) : 1,
      unit: 'steps',
      discriminator: 1,
      generator: 1,
      adaptive: { ...schedule.adaptive, enabled: false },
    },
    // An auditor would miss a step, and whoever is there computes right.
    audit: { ...config.audit, probability: 0 },
    // The sheet at the end is not compared: it is 8 bits deep, and follows from what is.
    evaluation: { ...evaluation, samples: 1 },
  };
}
