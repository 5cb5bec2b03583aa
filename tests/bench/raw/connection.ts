/** A socket that speaks the workers' protocol by hand: takes leases, and answers them with given bytes. */
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import {
  hasWholeRecords,
  limits,
  planModel,
  protocolVersion,
  wireLayouts,
  type LeaseMessage,
  type ModelPlan,
  type RunConfig,
  type WelcomeMessage,
} from '@gantry/shared';
import { recordsOf } from '../../../packages/coordinator/src/core/audited-records.ts';
import { monotonic } from '../harness/monotonic.ts';
import { UpdateTemplate } from './update-template.ts';

/** Shared by the connections of a process, which are all of one run: one frame of each phase and cut. */
export class Templates {
  readonly #made = new Map<string, UpdateTemplate>();
  #run: { readonly model: ModelPlan; readonly cut: Parameters<typeof recordsOf>[0] } | null = null;

  /** The frame that answers a lease. */
  partsFor({ config, incarnation }: WelcomeMessage, lease: LeaseMessage): Uint8Array<ArrayBuffer>[] {
    this.#run ??= plannedRun(config);
    const { model, cut } = this.#run;
    const records = recordsOf(cut, lease.blocks);
    const lengths = records.map(({ length }) => length);
    const key = `${lease.phase} ${lengths.join()}`;
    let template = this.#made.get(key);
    if (template === undefined) {
      template = new UpdateTemplate(config, model, lease.phase, incarnation, lengths);
      this.#made.set(key, template);
    }
    return template.partsFor(lease, records);
  }
}

function plannedRun(config: RunConfig) {
  const model = planModel(config);
  const { joins } = wireLayouts(model, config).discriminator;
  return { model, cut: { joins, wholeLeases: hasWholeRecords(config) } };
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
    this.prepared = this.#templates.partsFor(this.#welcome, lease);
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
