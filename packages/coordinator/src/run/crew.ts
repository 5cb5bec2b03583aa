/** The connected workers: what each holds of the parameters, and what is sent to them. */
import { gantryError, type CoordinatorMessage, type GantryError } from '@gantry/shared';
import type { Held, Replicas } from './replicas.ts';
import type { WorkerLink } from './types.ts';

interface Member {
  readonly link: WorkerLink;
  held: Held;
  /** Version of the generator's moving average that it has for evaluations; null: none. */
  evaluated: number | null;
}

export class Crew {
  readonly #replicas: Replicas;
  readonly #sent: (bytes: number) => void;
  readonly #members = new Map<number, Member>();

  /** @param sent - told of each frame's size */
  constructor(replicas: Replicas, sent: (bytes: number) => void) {
    this.#replicas = replicas;
    this.#sent = sent;
  }

  /** An earlier connection of the same worker gives way. */
  join(worker: number, link: WorkerLink): void {
    this.#members.get(worker)?.link.close(gantryError('REPLACED'));
    this.#members.set(worker, { link, held: null, evaluated: null });
  }

  has(worker: number): boolean {
    return this.#members.has(worker);
  }

  /** False where the connection had been replaced: then it says nothing about the worker. */
  leave(worker: number, link: WorkerLink): boolean {
    return this.#members.get(worker)?.link === link && this.#members.delete(worker);
  }

  /** Ends its connection, and forgets it at once. */
  remove(worker: number, reason: GantryError): void {
    this.dismiss(worker, reason);
    this.#members.delete(worker);
  }

  /** Ends its connection; its leaving is told when that is closed. */
  dismiss(worker: number, reason: GantryError): void {
    this.#members.get(worker)?.link.close(reason);
  }

  /** What it holds is not what it should be: next it gets a snapshot. */
  distrust(worker: number): void {
    const member = this.#members.get(worker);
    if (member) member.held = null;
  }

  /** Sends the generator as it is to be evaluated, where the worker does not have that of this version. */
  bringEvaluated(worker: number, version: number, frame: () => Uint8Array<ArrayBuffer>): void {
    const member = this.#members.get(worker);
    if (!member || member.evaluated === version) return;
    member.evaluated = version;
    this.sendFrame(worker, frame());
  }

  /** It does not have what it was sent for evaluations. */
  forgetEvaluated(worker: number): void {
    const member = this.#members.get(worker);
    if (member) member.evaluated = null;
  }

  tell(worker: number, message: CoordinatorMessage): void {
    this.#members.get(worker)?.link.sendMessage(message);
  }

  tellAll(message: (worker: number) => CoordinatorMessage): void {
    for (const [worker, { link }] of this.#members) link.sendMessage(message(worker));
  }

  sendFrame(worker: number, frame: Uint8Array<ArrayBuffer>): void {
    const member = this.#members.get(worker);
    if (!member) return; // it left while this was decided; its `left` event follows
    this.#sent(frame.length);
    member.link.sendFrame(frame);
  }

  /** Sends the worker what it lacks of the present version. */
  bring(worker: number): void {
    const member = this.#members.get(worker);
    if (member) member.held = this.#replicas.bring(member.held, (frame) => this.sendFrame(worker, frame));
  }

  bringAll(): void {
    for (const worker of this.#members.keys()) this.bring(worker);
  }
}
