/**
 * Optimizers as pure `{ init, update }` pairs: all they remember is in the state they are given. `update`
 * writes into `parameters` and `state` instead of making new arrays: a step allocates nothing.
 */
import type { RunConfig } from './config.ts';

export interface OptimizerState {
  /** Steps taken. */
  count: number;
  /** Named vectors of one float32 a parameter; they go into checkpoints under these names. */
  readonly slots: Readonly<Record<string, Float32Array<ArrayBuffer>>>;
}

export interface Optimizer {
  init(size: number): OptimizerState;
  /**
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

/**
 * Adam (D. P. Kingma, J. Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1), with
 * epsilon outside the bias-corrected root as in PyTorch.
 */
export function adam(settings: Extract<Settings, { kind: 'adam' }>): Optimizer {
  const { learningRate, beta1, beta2, epsilon } = settings;
  return {
    init: (size) => ({
      count: 0,
      slots: { firstMoment: new Float32Array(size), secondMoment: new Float32Array(size) },
    }),
    update(parameters, gradient, state, factor) {
      const { firstMoment: m, secondMoment: v } = state.slots;
      state.count += 1;
      const rate = (learningRate * factor) / (1 - beta1 ** state.count);
      const correction = 1 / Math.sqrt(1 - beta2 ** state.count);
      for (let i = 0; i < parameters.length; i++) {
        const g = gradient[i];
        const mean = beta1 * m[i] + (1 - beta1) * g;
        const square = beta2 * v[i] + (1 - beta2) * g * g;
        m[i] = mean;
        v[i] = square;
        parameters[i] -= (rate * mean) / (Math.sqrt(square) * correction + epsilon);
      }
    },
  };
}

/** Stochastic gradient descent with momentum, as PyTorch writes it: u ← μ·u + g, p ← p − lr·u. */
export function sgd(settings: Extract<Settings, { kind: 'sgd' }>): Optimizer {
  const { learningRate, momentum } = settings;
  return {
    init: (size): OptimizerState => ({
      count: 0,
      slots: momentum > 0 ? { velocity: new Float32Array(size) } : {},
    }),
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
    init: (size): OptimizerState => ({
      count: 0,
      slots: momentum > 0 ? { velocity: new Float32Array(size) } : {},
    }),
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
