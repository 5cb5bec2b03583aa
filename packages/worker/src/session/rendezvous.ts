/**
 * Where a lease waits for the other workers on its step: it sends what it contributes to an exchange, and goes on with
 * what all of them contributed (`batchNorm.statistics: "global"`).
 */
import {
  exchangeLength,
  exchangesOf,
  floatsAt,
  gantryError,
  headerBytes,
  newFrame,
  sealFrame,
  type Frame,
  type LeaseMessage,
  type ModelPlan,
  type WelcomeMessage,
} from '@gantry/shared';
import type { Exchange } from '../compute/types.ts';

interface Waiting {
  readonly version: number;
  readonly exchange: number;
  /** Numbers that are to come back. */
  readonly length: number;
  resolve(merged: Float32Array<ArrayBuffer> | null): void;
}

export class Rendezvous {
  readonly #send: (frame: Uint8Array<ArrayBuffer>) => void;
  #waiting: Waiting | null = null;

  constructor(send: (frame: Uint8Array<ArrayBuffer>) => void) {
    this.#send = send;
  }

  /** The exchange of a lease. @param cancelled - whether it is called off: then nothing is sent, nor waited for */
  exchangeOf(
    { lease, version, phase }: LeaseMessage,
    { incarnation, config }: WelcomeMessage,
    model: ModelPlan,
    cancelled: () => boolean,
  ): Exchange {
    const specs = exchangesOf(model, phase, config.loss);
    return (exchange, own) => {
      if (cancelled()) return Promise.resolve(null);
      const frame = newFrame(
        {
          kind: 'contribution',
          codec: 'float32',
          incarnation,
          lease,
          version,
          phase,
          count: exchange,
          replica: 0,
        },
        4 * own.length,
      );
      floatsAt(frame, headerBytes, own.length).set(own);
      return new Promise((resolve) => {
        this.#waiting = { version, exchange, length: exchangeLength(specs[exchange]), resolve };
        this.#send(sealFrame(frame));
      });
    };
  }

  /** Takes a `merged` frame; one that nobody waits for is from before its lease was revoked. @throws FRAME_INVALID */
  take({ header: { version, count }, payload }: Frame): void {
    const waiting = this.#waiting;
    if (waiting === null || waiting.version !== version || waiting.exchange !== count) return;
    if (payload.length !== 4 * waiting.length) {
      throw gantryError('FRAME_INVALID', 'payload length', payload.length, 4 * waiting.length);
    }
    this.#waiting = null;
    waiting.resolve(floatsAt(payload, 0, waiting.length));
  }

  /** Whoever waits, waits in vain. */
  callOff(): void {
    this.#waiting?.resolve(null);
    this.#waiting = null;
  }
}
