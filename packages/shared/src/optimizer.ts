/**
 * Optimizers as pure `{ init, update }` pairs: all they remember is in the state they are given. `update`
 * writes into `parameters` and `state` instead of making new arrays: a step allocates nothing.
 */
import type { RunConfig } from './config.ts';
import { adamStep } from './step/step.ts';

export interface OptimizerState {
  /** Steps taken. */
  count: number;
  /** By slot, a vector of one float32 a parameter; they go into checkpoints under these names. */
  readonly slots: Readonly<Record<string, Float32Array<ArrayBuffer>>>;
}

export interface Optimizer {
  /** Names of the vectors that it remembers. */
  readonly slots: readonly string[];
  /** @param vectors - by slot, zeros to remember in, float32 [size]; made where not given */
  init(size: number, vectors?: readonly Float32Array<ArrayBuffer>[]): OptimizerState;
  /**
   * Vectors of any kind serve; those of one memory (`newVectors`) are faster.
   *
   * @param parameters - float32 [size], written
   * @param gradient - float32 [size], of the mean loss
   * @param factor - factor on the configured learning rate, 0 to 1
   */
  update(parameters: Float32Array, gradient: Float32Array, state: OptimizerState, factor: number): void;
}

type Settings = RunConfig['optimizer']['generator'];

export function createOptimizer(settings: Settings): Optimizer {
  return settings.kind === 'adam' ? adam(settings) : sgd(settings);
}

/** What optimizers with these slots have in common. */
const remembering = (slots: readonly string[]): Pick<Optimizer, 'slots' | 'init'> => ({
  slots,
  init: (size, vectors = slots.map(() => new Float32Array(size))) => ({
    count: 0,
    slots: Object.fromEntries(slots.map((slot, i) => [slot, vectors[i]])),
  }),
});

/**
 * Adam (D. P. Kingma, J. Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1), with
 * epsilon outside the bias-corrected root as in PyTorch.
 */
export function adam(settings: Extract<Settings, { kind: 'adam' }>): Optimizer {
  const { learningRate, beta1, beta2, epsilon } = settings;
  return {
    ...remembering(['firstMoment', 'secondMoment']),
    update(parameters, gradient, state, factor) {
      const { firstMoment, secondMoment } = state.slots;
      state.count += 1;
      const rate = (learningRate * factor) / (1 - beta1 ** state.count);
      const correction = 1 / Math.sqrt(1 - beta2 ** state.count);
      const factors = { beta1, beta2, rate, correction, epsilon };
      adamStep({ parameters, firstMoment, secondMoment }, gradient, factors);
    },
  };
}

/** Stochastic gradient descent with momentum, as PyTorch writes it: u ← μ·u + g, p ← p − lr·u. */
export function sgd(settings: Extract<Settings, { kind: 'sgd' }>): Optimizer {
  const { learningRate, momentum } = settings;
  return {
    ...remembering(momentum > 0 ? ['velocity'] : []),
    update(parameters, gradient, state, factor) {
      const velocity = (state.slots as { velocity?: Float32Array }).velocity;
      const rate = learningRate * factor;
      state.count += 1;
      for (let i = 0; i < parameters.length; i++) {
        let move = gradient[i];
        if (velocity) {
          move += momentum * velocity[i];
          velocity[i] = move;
        }
        parameters[i] -= rate * move;
      }
    },
  };
}

/**
 * The outer step of the strategy `local`: SGD with Nesterov momentum on the averaged change Δ of the parameters, taken
 * as a negative gradient: u ← μ·u + Δ, p ← p + lr·(Δ + μ·u) (A. Douillard et al., "DiLoCo: distributed
 * low-communication training of language models", 2023, algorithm 1). With lr 1 and μ 0 it adds the average.
 */
export function outerStep({ learningRate, momentum }: OuterSettings): Optimizer {
  return {
    ...remembering(momentum > 0 ? ['velocity'] : []),
    update(parameters, change, state) {
      const velocity = (state.slots as { velocity?: Float32Array }).velocity;
      state.count += 1;
      for (let i = 0; i < parameters.length; i++) {
        let move = change[i];
        if (velocity) {
          velocity[i] = momentum * velocity[i] + change[i];
          move += momentum * velocity[i];
        }
        parameters[i] += learningRate * move;
      }
    },
  };
}
type OuterSettings = Extract<RunConfig['strategy'], { kind: 'local' }>['outer'];
