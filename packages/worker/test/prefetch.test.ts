/** Examples are drawn ahead while a worker waits, and results are the same as if they were not. */
import {
  coordinatorMessage,
  initialParameters,
  initialRunning,
  parseConfig,
  phaseNames,
  phaseNumber,
  planModel,
  presets,
  readFrame,
  recordBytes,
  recordLayout,
  snapshotFrame,
  workerMessage,
  type CoordinatorMessage,
  type LeaseMessage,
  type NetworkState,
  type PhaseName,
  type RunConfig,
} from '@gantry/shared';
import { describe, expect, it } from 'vitest';
import { createCompute } from '../src/compute/backends.ts';
import { InputDrawing, type Ranges } from '../src/compute/inputs.ts';
import { exchangeAlone } from '../src/compute/lock-step.ts';
import type { RunSource } from '../src/compute/types.ts';
import { createSource } from '../src/data/source.ts';
import type { Platform, Socket } from '../src/session/platform.ts';
import { startSession } from '../src/session/session.ts';

const config: RunConfig = parseConfig({
  ...presets.ring,
  model: { ...presets.ring.model, latent: 2, width: 8, depth: 1 },
  batch: { global: 32, microbatch: 8, block: 2 },
});
const model = planModel(config);

/** The run's source, which tells what is drawn for training: `discriminator 3: 8+8` are eight examples from 8 on. */
function watched(drawn: string[]): RunSource {
  const source = createSource(config, null, () => Promise.reject(new TypeError('drawn data has no chunks')));
  return {
    ...source,
    latents: (phase, step, first, count) => {
      drawn.push(`${phase} ${step}: ${first}+${count}`);
      return source.latents(phase, step, first, count);
    },
  };
}

const state = (network: PhaseName): NetworkState => ({
  parameters: new Float32Array(initialParameters(model[network], 1, phaseNumber[network])),
  running: new Float32Array(initialRunning(model[network])),
});

describe('what is drawn ahead', () => {
  const batches: readonly Ranges[] = [[{ first: 0, count: 8 }], [{ first: 8, count: 8 }]];
  const here = { phase: 'discriminator', step: 3 } as const;
  const always = (): boolean => true;

  it('is used once, by whoever asks for the same', async () => {
    const drawn: string[] = [];
    const source = watched(drawn);
    const inputs = new InputDrawing(config);
    await inputs.prepare(here, batches, source, always);
    expect(drawn).toEqual(['discriminator 3: 0+8', 'discriminator 3: 8+8']);
    const ahead = await inputs.fetch(here, batches[1], source);
    expect(drawn).toHaveLength(2);
    expect(await inputs.fetch(here, batches[1], source)).toEqual(ahead);
    expect(drawn).toHaveLength(3);
    for (const other of [{ ...here, step: 4 }, { ...here, phase: 'generator' } as const]) {
      // One after another, so that what is drawn can be counted.
      // oxlint-disable-next-line no-await-in-loop
      expect(await inputs.fetch(other, batches[0], source)).not.toEqual(ahead);
    }
    expect(drawn).toHaveLength(5);
    await inputs.fetch(here, batches[0], watched(drawn));
    expect(drawn).toHaveLength(6);
  });

  it('is dropped with the next guess', async () => {
    const drawn: string[] = [];
    const source = watched(drawn);
    const inputs = new InputDrawing(config);
    await inputs.prepare(here, batches, source, always);
    await inputs.prepare({ ...here, step: 4 }, batches, source, always);
    await inputs.fetch(here, batches[0], source);
    expect(drawn.filter((what) => what === 'discriminator 3: 0+8')).toHaveLength(2);
  });

  it('stops where something else is wanted', async () => {
    const drawn: string[] = [];
    const source = watched(drawn);
    await new InputDrawing(config).prepare(here, batches, source, () => drawn.length === 0);
    expect(drawn).toEqual(['discriminator 3: 0+8']);
  });

  it('is asked for again where it could not be had', async () => {
    let asked = 0;
    const source: RunSource = {
      ...watched([]),
      real: (step, first, count) => {
        asked += 1;
        return asked === 1
          ? Promise.reject(new TypeError('no network'))
          : watched([]).real(step, first, count);
      },
    };
    const inputs = new InputDrawing(config);
    await inputs.prepare(here, batches.slice(0, 1), source, always);
    expect((await inputs.fetch(here, batches[0], source)).real?.examples).toHaveLength(16);
    expect(asked).toBe(2);
  });

  it.each(phaseNames)('gives the same update (%s)', async (phase) => {
    const drawn: string[] = [];
    const source = watched(drawn);
    const compute = await createCompute('wasm', model, config);
    for (const network of phaseNames) compute.load(network, state(network));
    const task = { phase, step: 3, blocks: [0, 1] };
    const update = async (): Promise<Uint8Array> => {
      const payload = new Uint8Array(2 * recordBytes(recordLayout(model, phase)));
      await compute.update(task, source, payload, () => false, exchangeAlone([], 0));
      return payload;
    };
    const expected = await update();
    drawn.length = 0;
    await compute.prepare(task, source, always);
    expect(drawn).toHaveLength(4);
    expect(await update()).toEqual(expected);
    expect(drawn).toHaveLength(4);
    // Half right: the rest is drawn when it is asked for.
    await compute.prepare({ ...task, blocks: [1] }, source, always);
    expect(await update()).toEqual(expected);
    expect(drawn).toHaveLength(8);
    compute.dispose();
  });
});

/** A coordinator that leases when the test says so. */
class FakeCoordinator {
  readonly frames: Uint8Array<ArrayBuffer>[] = [];
  readonly #listeners: Record<string, ((event: never) => void)[]> = {};
  readonly drawn: string[] = [];
  #ready = (): void => undefined;
  readonly ready = new Promise<void>((resolve) => (this.#ready = resolve));

  readonly platform: Platform = {
    candidates: ['wasm'],
    createSource: () => watched(this.drawn),
    fetchBytes: () => Promise.reject(new TypeError('nothing is fetched here')),
    connect: (): Socket => ({
      binaryType: '',
      addEventListener: (type: string, listener: (event: never) => void) => {
        (this.#listeners[type] ??= []).push(listener);
      },
      send: (data) => {
        if (typeof data !== 'string') this.frames.push(data);
        else if (workerMessage.parse(JSON.parse(data)).type === 'ready') this.#ready();
      },
      close: () => undefined,
    }),
  };

  #happen(type: string, event: object = {}): void {
    for (const listener of this.#listeners[type] ?? []) listener(event as never);
  }
  say(message: CoordinatorMessage): void {
    this.#happen('message', { data: JSON.stringify(coordinatorMessage.parse(message)) });
  }
  begin(): Promise<void> {
    this.#happen('open');
    const id = { worker: 1, token: 'token', name: 'one', incarnation: 7 };
    this.say({ type: 'welcome', ...id, config, data: null });
    return this.ready;
  }
  /** The networks as they were in the beginning. */
  snapshot(): void {
    const replica = { discriminator: state('discriminator'), generator: state('generator') };
    const frame = snapshotFrame(replica, { incarnation: 7, version: 0 });
    this.#happen('message', { data: frame.buffer });
  }
}

const until = async (what: () => boolean): Promise<void> => {
  const turn = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, 2));
  for (let tries = 0; tries < 2000 && !what(); tries++) {
    // Looks again only after a turn.
    // oxlint-disable-next-line no-await-in-loop
    await turn();
  }
  expect(what()).toBe(true);
};

describe('a session that is told which step comes next', () => {
  const first: LeaseMessage = {
    type: 'lease',
    lease: 1,
    version: 0,
    phase: 'discriminator',
    step: 0,
    blocks: [1],
  };
  const second: LeaseMessage = { ...first, lease: 2, phase: 'generator' };

  /** Both leases, one after the other; what is drawn before the second, and what is sent. */
  async function run(next: LeaseMessage['next'], ahead: number) {
    const coordinator = new FakeCoordinator();
    const session = startSession(
      { url: 'http://host:1', kind: 'headless' },
      { status: () => undefined, sheet: () => undefined, token: () => undefined },
      coordinator.platform,
    );
    await coordinator.begin();
    coordinator.snapshot();
    coordinator.say({ ...first, ...(next && { next }) });
    await until(() => coordinator.frames.length === 1);
    await until(() => coordinator.drawn.length === 2 + ahead);
    const before = coordinator.drawn.slice(2);
    coordinator.say(second);
    await until(() => coordinator.frames.length === 2);
    const after = coordinator.drawn.slice(2 + ahead);
    session.leave();
    return { before, after, sent: coordinator.frames.map((frame) => readFrame(frame).payload) };
  }

  it('draws its examples before the lease is there, and sends the same', async () => {
    const itself = await run(undefined, 0);
    expect(itself.before).toEqual([]);
    expect(itself.after).toEqual(['generator 0: 16+8', 'generator 0: 24+8']);
    const told = await run({ phase: 'generator', step: 0 }, 2);
    expect(told.before).toEqual(itself.after);
    expect(told.after).toEqual([]);
    expect(told.sent).toEqual(itself.sent);
    const misled = await run({ phase: 'discriminator', step: 1 }, 2);
    expect(misled.after).toEqual(itself.after);
    expect(misled.sent).toEqual(itself.sent);
  });
});
