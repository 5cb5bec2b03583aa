/** What a peer on a socket sends wrong is refused by name, and the run of the others does not feel it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  beginRecord,
  headerBytes,
  newFrame,
  plainRecord,
  protocolVersion,
  recordBytes,
  recordLayout,
  sealFrame,
  type LeaseMessage,
  type ModelPlan,
  type WelcomeMessage,
} from '@gantry/shared';
import {
  completed,
  differences,
  eventsOf,
  patience,
  useSystem,
  workerReady,
  type Coordinator,
} from './support/gantry.ts';
import { closeOf, holdBack, RawWorker, type Gate } from './support/raw-worker.ts';

const system = useSystem();
const options = ['--preset', 'digits-small', '--iterations', '6'];

/** A run with one good worker, kept at its first step while others misbehave. */
let coordinator: Coordinator;
let gate: Gate;
let undisturbed = '';

beforeAll(async () => {
  undisturbed = await system.train('undisturbed', ['--workers', '1', ...options]);
  coordinator = await system.start('disturbed', ['--workers', '1', ...options]);
  gate = await holdBack(coordinator);
}, patience);

interface Answered extends Pick<LeaseMessage, 'lease' | 'version' | 'phase'> {
  readonly blocks: readonly number[];
}

/** The frame that answers a lease, its numbers all `value`. */
function answer(
  { incarnation }: WelcomeMessage,
  model: ModelPlan,
  { lease, version, phase, blocks }: Answered,
  value: number,
): Uint8Array<ArrayBuffer> {
  const layout = recordLayout(model, phase);
  const count = blocks.length;
  const frame = newFrame(
    { kind: 'update', codec: 'float32', incarnation, lease, version, phase, count, replica: 0 },
    count * recordBytes(layout),
  );
  blocks.forEach((firstBlock, index) => {
    const head = { firstBlock, blocks: 1, examples: 8 };
    const record = beginRecord(layout, frame.subarray(headerBytes), index * recordBytes(layout), head);
    plainRecord(record).gradient.fill(value);
    record.statistics.fill(value);
  });
  return sealFrame(frame);
}

/** A lease that nobody has. */
const nobodys: Answered = { lease: 999, version: 0, phase: 'discriminator', blocks: [0, 1, 2, 3] };

describe('a worker that sends', () => {
  it.each([
    ['text that is not JSON', 'MESSAGE_INVALID', () => 'GET / HTTP/1.1'],
    ['a message of an unknown type', 'MESSAGE_INVALID', () => '{"type":"shutdown"}'],
    [
      'a second hello',
      'MESSAGE_UNEXPECTED',
      () => `{"type":"hello","protocol":${protocolVersion},"kind":"tab"}`,
    ],
    ['a frame cut off in its header', 'FRAME_INVALID', (frame) => frame.slice(0, 40)],
    ['a frame cut off in its payload', 'FRAME_INVALID', (frame) => frame.slice(0, -4)],
    [
      'a frame with one bit flipped',
      'FRAME_INVALID',
      (frame) => frame.map((byte, at) => (at === frame.length - 1 ? byte ^ 1 : byte)),
    ],
  ] as const satisfies readonly (readonly [
    string,
    Parameters<typeof closeOf>[0],
    (frame: Uint8Array<ArrayBuffer>) => string | Uint8Array,
  ])[])('%s is refused with %s and disconnected', async (name, code, spoil) => {
    const { worker, welcome, model } = await RawWorker.join(coordinator, name.slice(0, 40));
    worker.send(spoil(answer(welcome, model, nobodys, 1)));
    expect(await worker.heard('refused')).toMatchObject({ code });
    expect(await worker.closed).toEqual(closeOf(code));
    expect(worker.unheard('refused')).toBe(0);
  });

  it('a frame before its hello is refused and disconnected', async () => {
    const worker = await RawWorker.connect(coordinator);
    worker.send(new Uint8Array(64));
    expect(await worker.heard('refused')).toMatchObject({ code: 'MESSAGE_UNEXPECTED' });
    expect(await worker.closed).toEqual(closeOf('MESSAGE_UNEXPECTED'));
  });

  it("an update for another worker's lease is refused, and stays", async () => {
    const { worker, welcome, model } = await RawWorker.join(coordinator, 'greedy');
    // The workers by hand that hold the run back have leases 1 (the sheet) and 2 (the step).
    worker.send(answer(welcome, model, { ...nobodys, lease: 2 }, 1));
    const refused = await worker.heard('refused');
    expect(refused.code).toBe('UPDATE_INVALID');
    expect(refused.message).toContain('lease 2');
    await worker.leave();
  });
});

describe('the run of a good worker', () => {
  afterAll(() => coordinator.exit, patience);

  it(
    'ends with the parameters of the undisturbed run, whatever came in between',
    { timeout: patience },
    async () => {
      // Fast enough to be leased the next step, in part or in whole; then it answers with NaN.
      const { worker, welcome, model } = await RawWorker.join(coordinator, 'poisoner');
      await workerReady(coordinator.directory, 'this machine 1');
      worker.ready(0.001);
      await gate.open();
      const lease = await worker.heard('lease');
      worker.send(answer(welcome, model, lease, NaN));
      const refused = await worker.heard('refused');
      expect(refused.code).toBe('PUT_ASIDE');
      expect(refused.message).toContain('not finite');
      expect(await worker.closed).toEqual(closeOf('PUT_ASIDE'));

      const summary = await completed(coordinator);
      expect(summary.leases.rejected).toBe(1);
      expect(await differences(coordinator.directory, undisturbed)).toEqual([]);
      const refusals = (await eventsOf(coordinator.directory)).filter(
        ({ type }) => type === 'lease-rejected',
      );
      expect(refusals).toHaveLength(1);
    },
  );
});
