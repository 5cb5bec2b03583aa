/** A socket that speaks the workers' protocol by hand: takes leases, and answers them with given bytes. */
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import {
  limits,
  planModel,
  protocolVersion,
  type LeaseMessage,
  type PhaseName,
  type WelcomeMessage,
} from '@gantry/shared';
import { monotonic } from '../harness/monotonic.ts';
import { recordsOf, UpdateTemplate, type RawLease } from './update-template.ts';

/** Shared by the connections of a process: one frame of each phase and cut. */
export class Templates {
  readonly #made = new Map<string, UpdateTemplate>();

  of({ config, incarnation }: WelcomeMessage, phase: PhaseName, lease: RawLease): UpdateTemplate {
    const lengths = recordsOf(config, lease).map(({ length }) => length);
    const key = `${phase} ${lengths.join()}`;
    let template = this.#made.get(key);
    if (template === undefined) {
      template = new UpdateTemplate(config, planModel(config), phase, incarnation, lengths);
      this.#made.set(key, template);
    }
    return template;
  }
}

export class RawConnection {
  /** What answers the latest lease; null where none is to be answered. */
  prepared: readonly Uint8Array<ArrayBuffer>[] | null = null;
  /** When the latest lease, which comes after what it needs, was here. */
  leasedAt = 0;
  /** Whether leases are answered at once. */
  automatic = false;
  onLease: () => void = () => undefined;
  readonly #socket: WebSocket;
  readonly #raw: Socket;
  readonly #templates: Templates;
  #welcome: WelcomeMessage;

  static async open(
    url: string,
    templates: Templates,
    welcome: WelcomeMessage | null,
  ): Promise<RawConnection> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/socket`, {
      perMessageDeflate: false,
      maxPayload: limits.frame,
    });
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    if (welcome !== null) return new RawConnection(socket, templates, welcome);
    socket.send(JSON.stringify({ type: 'hello', protocol: protocolVersion, kind: 'headless' }));
    const found = await new Promise<WelcomeMessage>((resolve) => {
      const listen = (data: WebSocket.RawData, isBinary: boolean): void => {
        if (isBinary) return;
        const message = JSON.parse((data as Buffer).toString()) as { type: string };
        if (message.type !== 'welcome') return;
        socket.off('message', listen);
        resolve(message as WelcomeMessage);
      };
      socket.on('message', listen);
    });
    return new RawConnection(socket, templates, found);
  }

  private constructor(socket: WebSocket, templates: Templates, welcome: WelcomeMessage) {
    this.#socket = socket;
    // Whole frames are written, made beforehand: past the library, which would mask each of them anew.
    this.#raw = (socket as unknown as Record<'_socket', Socket>)['_socket'];
    this.#templates = templates;
    this.#welcome = welcome;
    socket.on('message', (data, isBinary) => {
      // Frames only count as received: parameters are nothing to a worker that does not compute.
      if (!isBinary) this.#take((data as Buffer).toString());
    });
  }

  get welcome(): WelcomeMessage {
    return this.#welcome;
  }

  ready(): void {
    this.#socket.send(
      JSON.stringify({ type: 'ready', backend: 'wasm', tests: [], millisecondsPerMicrobatch: 1 }),
    );
  }

  #take(text: string): void {
    if (!text.startsWith('{"type":"lease"')) return;
    this.leasedAt = monotonic();
    const lease = JSON.parse(text) as LeaseMessage;
    this.prepared = this.#templates.of(this.#welcome, lease.phase, lease).partsFor(lease);
    if (this.automatic) this.answer();
    this.onLease();
  }

  answer(): void {
    const parts = this.prepared;
    this.prepared = null;
    if (parts !== null) this.write(parts);
  }

  write(parts: readonly Uint8Array<ArrayBuffer>[]): void {
    this.#raw.cork();
    for (const part of parts) this.#raw.write(part);
    this.#raw.uncork();
  }

  /** Writes, and resolves when the system has taken it all. */
  async drained(part: Uint8Array<ArrayBuffer>): Promise<void> {
    if (!this.#raw.write(part)) await new Promise((resolve) => this.#raw.once('drain', resolve));
  }
}
