/**
 * The networks that came for evaluations. The generator's moving average is kept: what is drawn of the same version later
 * comes without it.
 */
import {
  applyNetwork,
  emptyReplica,
  type Frame,
  type ModelPlan,
  type NetworkState,
  type PhaseName,
} from '@gantry/shared';

/** Never changed once they are there: what is being drawn goes on when others come. */
export type EvaluatedNetworks = Readonly<Record<PhaseName, NetworkState | null>>;

interface Held {
  readonly version: number;
  readonly state: NetworkState;
}

export class Evaluated {
  readonly #held: Record<PhaseName, Held | null> = { generator: null, discriminator: null };

  forget(): void {
    this.#held.generator = null;
    this.#held.discriminator = null;
  }

  /** @param frame - an `ema` or a `discriminator`; a damaged one leaves nothing @throws FRAME_INVALID */
  take(model: ModelPlan, frame: Frame): void {
    const { kind, version } = frame.header;
    const network = kind === 'ema' ? 'generator' : 'discriminator';
    const { [network]: state } = emptyReplica(model);
    this.#held[network] = applyNetwork(model[network], state, frame) ? { version, state } : null;
  }

  /** Those of a version; null for one that is not there. */
  of(version: number): EvaluatedNetworks {
    const at = (network: PhaseName): NetworkState | null => {
      const held = this.#held[network];
      return held?.version === version ? held.state : null;
    };
    return { generator: at('generator'), discriminator: at('discriminator') };
  }
}
