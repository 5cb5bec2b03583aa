/** A backend that computes nothing: it takes its time, and what it sends has the right size. Its gradients are zero. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  beginRecord,
  examplesPerBlock,
  hasWholeRecords,
  recordBytes,
  recordLayout,
  type ModelPlan,
  type PhaseName,
  type RecordLayout,
  type RunConfig,
} from '@gantry/shared';
import type { Chosen } from '../../packages/worker/src/compute/backends.ts';
import type {
  Cancelled,
  Compute,
  ExampleSource,
  LeaseTask,
  Sums,
} from '../../packages/worker/src/compute/types.ts';

export class IdleCompute implements Compute {
  readonly backend = 'wasm';
  readonly threads = 1;
  readonly lost = new Promise<void>(() => undefined);
  readonly pace: number;
  readonly #config: RunConfig;
  readonly #layouts: Readonly<Record<PhaseName, RecordLayout>>;
  readonly #whole: boolean;

  /** @param pace - milliseconds that it sleeps a microbatch; 0: whoever simulates it takes care of time */
  constructor(model: ModelPlan, config: RunConfig, pace: number) {
    this.pace = pace;
    this.#config = config;
    this.#layouts = {
      discriminator: recordLayout(model, 'discriminator'),
      generator: recordLayout(model, 'generator'),
    };
    this.#whole = hasWholeRecords(config) || config.strategy.kind === 'local';
  }

  payloadBytes(phase: PhaseName, blocks: number): number {
    return recordBytes(this.#layouts[phase]) * (this.#whole ? 1 : blocks);
  }

  async update(
    { phase, blocks }: LeaseTask,
    _source: ExampleSource,
    payload: Uint8Array<ArrayBuffer>,
    cancelled: Cancelled,
  ): Promise<Sums | null> {
    const { batch } = this.#config;
    const microbatches = blocks.length * batch.block;
    if (this.pace > 0) await sleep(this.pace * microbatches);
    if (await cancelled()) return null;
    const layout = this.#layouts[phase];
    const records = this.#whole ? [blocks] : blocks.map((block) => [block]);
    records.forEach((part, i) => {
      const head = {
        firstBlock: part[0],
        blocks: part.length,
        examples: part.length * examplesPerBlock(batch),
      };
      const { encoded, statistics } = beginRecord(layout, payload, i * recordBytes(layout), head);
      encoded.fill(0);
      statistics.fill(0);
    });
    return { records: records.length, microbatches };
  }

  load(): void {
    // It has no use for parameters.
  }
  prepare(): Promise<void> {
    return Promise.resolve();
  }
  generate(_state: unknown, latents: Float32Array): Promise<Float32Array<ArrayBuffer>> {
    throw new TypeError(`Draws nothing (${latents.length} latents)`);
  }
  judge(): never {
    throw new TypeError('Judges nothing');
  }
  tensors(): number {
    return 0;
  }
  dispose(): void {
    // It has nothing.
  }
}

/** As if it had passed its test. */
export const chosen = (compute: IdleCompute): Chosen => ({
  compute,
  sheetsOnly: false,
  tests: [{ backend: compute.backend, passed: true, milliseconds: 2 * compute.pace }],
  millisecondsPerMicrobatch: compute.pace,
});
