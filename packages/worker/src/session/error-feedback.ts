/**
 * What the codec `topk` leaves out is added to the next gradient that this worker sends, so that nothing is lost for ever
 * (S. U. Stich, J.-B. Cordonnier, M. Jaggi, "Sparsified SGD with memory", NeurIPS 2018). It is taken for left out only
 * once the coordinator has accepted what was sent: an update that came too late changes nothing.
 */
import type { PhaseName } from '@gantry/shared';

type Errors = Partial<Record<PhaseName, Float32Array<ArrayBuffer>>>;

export class ErrorFeedback {
  #errors: Errors = {};
  /** As they are if the lease is accepted. */
  #next: { readonly lease: number; readonly errors: Errors } | null = null;

  /** Adds what was left out before. @param gradient - float32 [trainableCount], written */
  correct(phase: PhaseName, gradient: Float32Array): void {
    const errors = this.#errors[phase];
    if (errors === undefined) return;
    for (let i = 0; i < gradient.length; i++) gradient[i] += errors[i];
  }

  /** @param left - the corrected gradient less what of it is sent; copied */
  keep(lease: number, phase: PhaseName, left: Float32Array): void {
    if (this.#next?.lease !== lease) this.#next = { lease, errors: {} };
    this.#next.errors[phase] = left.slice();
  }

  /** What was sent over an earlier connection is not told of any more. */
  forget(): void {
    this.#next = null;
  }

  accept(lease: number): void {
    if (this.#next?.lease !== lease) return;
    this.#errors = { ...this.#errors, ...this.#next.errors };
    this.#next = null;
  }
}
