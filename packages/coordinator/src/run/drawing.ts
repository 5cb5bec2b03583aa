/** What is drawn beside training: from what, by whom, and where it goes. The run's sample sheets, and pictures asked for. */
import { checkPicture, isPlane, type Frame, type Picture } from '@gantry/shared';
import type { CoreEffect, EvaluationTask, Lease } from '../core/types.ts';
import type { CoreLoop } from './core-loop.ts';
import type { Parts } from './parts.ts';
import type { Captured } from './sheets.ts';

export class Drawing {
  readonly #parts: Parts;
  readonly #loop: CoreLoop;

  constructor(parts: Parts, loop: CoreLoop) {
    this.#parts = parts;
    this.#loop = loop;
  }

  /**
   * Asks for a picture of the generator that the latest sample sheet shows. A newer one overtakes those that wait.
   *
   * @param ask - as whoever waits for it calls it
   * @throws MESSAGE_INVALID
   */
  ask(ask: number, picture: Picture): void {
    const { sheets, pictures, options } = this.#parts;
    checkPicture(picture, options.config);
    const from = sheets.kept ?? this.#captured(this.#loop.state.version, this.#loop.state.position.iteration);
    sheets.keep(from);
    const { version, iteration } = from;
    this.#loop.dispatch({
      type: 'picture-wanted',
      at: options.clock.now(),
      picture: pictures.add(ask, picture, from),
      version,
      iteration,
      microbatches: Math.ceil(picture.samples.length / options.config.batch.microbatch),
    });
  }

  /** Keeps what a sheet is to be drawn from. */
  capture({ version, iteration }: Extract<CoreEffect, { type: 'capture' }>): void {
    this.#parts.sheets.capture(this.#captured(version, iteration));
  }

  /** The networks as they are now. Copies. */
  #captured(version: number, iteration: number): Captured {
    const { trainer, options } = this.#parts;
    return {
      version,
      iteration,
      generator: trainer.evaluationState(),
      discriminator: isPlane(options.config.data) ? trainer.discriminatorState() : null,
    };
  }

  /** Sends a worker what it takes, and its lease. */
  lease({ worker, id: lease }: Lease, { iteration, picture: number }: EvaluationTask): void {
    const { crew, sheets, pictures, options } = this.#parts;
    const asked = number === null ? null : pictures.of(number);
    const from = number === null ? sheets.of(iteration) : (asked?.from ?? null);
    if (from === null) {
      // The worker must not wait for what it is never sent.
      const reason = `nothing was kept for what is to be drawn of iteration ${iteration}`;
      const at = options.clock.now();
      this.#loop.dispatch({ type: 'gave-back', at, worker, lease, cause: 'failed', reason });
      return;
    }
    const { version, generator, discriminator } = from;
    crew.bringEvaluated(worker, version, () => sheets.frame('generator', generator, version));
    if (asked === null && discriminator !== null) {
      crew.sendFrame(worker, sheets.frame('discriminator', discriminator, version));
    }
    const samples = this.samplesOf(number);
    crew.tell(worker, { type: 'evaluate', lease, version, iteration, samples, picture: asked?.picture });
  }

  /** Samples of the picture of this number; null: of a sample sheet. */
  samplesOf(picture: number | null): number {
    const { pictures, options } = this.#parts;
    if (picture === null) return options.config.evaluation.samples;
    return pictures.of(picture)?.picture.samples.length ?? 0;
  }

  /** @param frame - the `evaluation` that has come */
  accept(
    { iteration, picture }: Extract<CoreEffect, { type: 'accept-evaluation' }>,
    frame: Frame | null,
  ): void {
    if (picture === null) this.#parts.sheets.accept(frame, iteration);
    else this.#parts.pictures.finish(picture, frame);
  }

  drop({ picture, failed }: Extract<CoreEffect, { type: 'drop-picture' }>): void {
    if (failed) this.#parts.pictures.finish(picture, null);
    else this.#parts.pictures.drop(picture);
  }
}
