/**
 * Light workers, many to a process: they speak the protocol, and answer each lease at once with a frame that is valid and
 * holds zeros. Nothing is computed, so what they are at is the coordinator.
 */
import { WebSocket } from 'ws';
import {
  alignedRuns,
  beginRecord,
  examplesPerBlock,
  hasWholeRecords,
  headerBytes,
  newFrame,
  planModel,
  protocolVersion,
  recordBytes,
  sealFrame,
  wireLayouts,
  readFrame,
  sheetBytes,
  type CoordinatorMessage,
  type EvaluateMessage,
  type LeaseMessage,
  type PhaseName,
  type WelcomeMessage,
  type WorkerMessage,
} from '@gantry/shared';
import type { Coordinator } from './gantry.ts';

export interface Light {
  /** Of an earlier visit. */
  readonly token?: string | undefined;
  /** Whether it answers its nth lease of a step, the first being 1; all of them without it. */
  readonly answers?: (nth: number) => boolean;
  /** Whether it says that it can work; else it only looks on. */
  readonly ready?: boolean;
  /** Milliseconds that it seems to compute for a block. At 0 the coordinator finds that links are all that takes time. */
  readonly pace?: number;
}

type Message<T extends CoordinatorMessage['type']> = Extract<CoordinatorMessage, { type: T }>;

export class LightWorker {
  /** Resolves with its welcome. */
  readonly joined: Promise<WelcomeMessage>;
  /** Milliseconds from the first knock to the welcome. */
  knocking = 0;
  /** How its connection ended: a close code. */
  readonly closed: Promise<number>;
  /** Leases of steps that it was given. */
  leases = 0;
  /** Kinds and codecs of the frames that it was sent, as in "delta int8". */
  readonly frames: string[] = [];
  /** The last that it was told of the run. */
  progress: Message<'progress'> | null = null;
  readonly #socket: WebSocket;
  readonly #answers: (nth: number) => boolean;
  readonly #pace: number;
  #welcome: WelcomeMessage | null = null;

  constructor(
    { url, joinCode }: Pick<Coordinator, 'url'> & Partial<Pick<Coordinator, 'joinCode'>>,
    name: string,
    { token, answers = () => true, ready = true, pace = 0 }: Light = {},
  ) {
    const began = performance.now();
    const socket = new WebSocket(`${url.replace('http', 'ws')}/socket`, { perMessageDeflate: false });
    this.#socket = socket;
    this.#answers = answers;
    this.#pace = pace;
    socket.on('open', () =>
      this.#say({
        type: 'hello',
        protocol: protocolVersion,
        kind: 'headless',
        name,
        ...(joinCode === undefined ? {} : { joinCode }),
        ...(token === undefined ? {} : { token }),
      }),
    );
    this.closed = new Promise((resolve) => socket.once('close', resolve));
    this.joined = new Promise((resolve, reject) => {
      socket.once('error', reject);
      socket.once('close', (code) => reject(new TypeError(`${name} was not let in: ${code}`)));
      socket.on('message', (data, isBinary) => {
        const bytes = data as Buffer;
        if (isBinary) this.#look(bytes);
        else this.#take(JSON.parse(bytes.toString()) as CoordinatorMessage, ready);
        if (this.#welcome === null || this.knocking > 0) return;
        this.knocking = performance.now() - began;
        resolve(this.#welcome);
      });
    });
  }

  leave(): void {
    this.#say({ type: 'bye' });
  }

  /** As when its process is killed: no word, and the system ends the connection. */
  vanish(): void {
    this.#socket.terminate();
  }

  #take(message: CoordinatorMessage, ready: boolean): void {
    if (message.type === 'welcome') {
      this.#welcome = message;
      if (ready)
        this.#say({
          type: 'ready',
          backend: 'wasm',
          tests: [],
          millisecondsPerMicrobatch: Math.max(1, this.#pace),
        });
    } else if (message.type === 'progress') {
      this.progress = message;
    } else if (this.#welcome !== null && message.type === 'lease') {
      this.leases += 1;
      if (!this.#answers(this.leases)) return;
      const took = this.#pace * message.blocks.length;
      const frame = answerTo(this.#welcome, message, took);
      if (took === 0) this.#send(frame);
      else setTimeout(() => this.#send(frame), took);
    } else if (this.#welcome !== null && message.type === 'evaluate') {
      this.#send(sheetFor(this.#welcome, message));
    }
  }

  /** Parameters are nothing to a worker that does not compute. */
  #look(bytes: Buffer): void {
    const { kind, codec } = readFrame(new Uint8Array(bytes)).header;
    this.frames.push(`${kind} ${codec}`);
  }

  #say(message: WorkerMessage): void {
    this.#send(JSON.stringify(message));
  }

  #send(data: string | Uint8Array): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(data);
  }
}

/** Layouts of a run's records, made once: planning a model takes longer than answering. */
const layouts = new Map<string, ReturnType<typeof wireLayouts>>();

function layoutOf({ config }: WelcomeMessage, phase: PhaseName) {
  const key = JSON.stringify(config);
  const found = layouts.get(key) ?? wireLayouts(planModel(config), config);
  layouts.set(key, found);
  return found[phase];
}

/** The frame that answers a lease of a step: neighbouring blocks joined, all numbers zero. */
function answerTo(
  welcome: WelcomeMessage,
  { lease, version, phase, blocks }: LeaseMessage,
  took: number,
): Uint8Array {
  const layout = layoutOf(welcome, phase);
  const { incarnation, config } = welcome;
  const runs = layout.joins ? alignedRuns(blocks) : blocks.map((block) => [block]);
  const parts = hasWholeRecords(config) ? [blocks] : runs;
  const count = parts.length;
  const frame = newFrame(
    { kind: 'update', codec: 'float32', incarnation, lease, version, phase, count, replica: 0 },
    parts.reduce((sum, { length }) => sum + recordBytes(layout, length), 0),
  );
  let at = 0;
  for (const part of parts) {
    const examples = part.length * examplesPerBlock(config.batch);
    // What a new frame holds is zeros already.
    beginRecord(layout, frame.subarray(headerBytes), at, {
      firstBlock: part[0],
      blocks: part.length,
      examples,
    });
    at += recordBytes(layout, part.length);
  }
  return sealFrame(frame, Math.round(1000 * took));
}

/** A sample sheet of nothing. */
function sheetFor(
  { incarnation, config }: WelcomeMessage,
  { lease, version, samples }: EvaluateMessage,
): Uint8Array {
  return sealFrame(
    newFrame(
      {
        kind: 'evaluation',
        codec: 'float32',
        incarnation,
        lease,
        version,
        phase: 'generator',
        count: samples,
        replica: 0,
      },
      sheetBytes(config.data, samples),
    ),
  );
}
