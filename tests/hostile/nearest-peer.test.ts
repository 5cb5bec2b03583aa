/**
 * What brought the nearest peer (DISCO) down, or spread to all of its clients, when one client sent it: here it is refused
 * by name, and the coordinator, a process of its own, trains on with its good worker to the same bits.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { presetConfig, planModel, type LeaseMessage } from '@gantry/shared';
import { headField, updateFrame, withPayload, withWord, type Bytes, type Place } from '../support/frames.ts';
import {
  completed,
  differences,
  logged,
  workerReady,
  patience,
  useSystem,
  type Coordinator,
} from '../support/gantry.ts';
import { closeOf, holdBack, RawWorker, type Gate } from '../support/raw-worker.ts';
import { trainUndisturbed } from '../support/undisturbed.ts';

const system = useSystem();
const options = ['--preset', 'digits-small', '--iterations', '6'];
const config = presetConfig('digits-small');
const model = planModel(config);

/** A run with one good worker, kept at its first step while others misbehave. */
let coordinator: Coordinator;
let gate: Gate;

beforeAll(async () => {
  coordinator = await system.start('disturbed', ['--workers', '1', ...options]);
  gate = await holdBack(coordinator);
}, patience);

const join = async (name: string) => {
  const { worker, welcome } = await RawWorker.join(coordinator, name);
  return { worker, place: { config, model, incarnation: welcome.incarnation } };
};

describe('what the nearest peer did not survive', { timeout: patience }, () => {
  it.each<[string, Parameters<typeof closeOf>[0], Bytes]>([
    ['random bytes', 'FRAME_INVALID', Uint8Array.from({ length: 1000 }, (_, i) => (i * 7919) % 251)],
    ['an empty frame', 'FRAME_INVALID', new Uint8Array(0)],
    ['a 200 MB message', 'MESSAGE_TOO_LARGE', new Uint8Array(200e6)],
  ])('%s from one client: it alone is disconnected', async (name, code, bytes) => {
    const { worker } = await join(name);
    worker.send(bytes);
    const { code: close } = await worker.closed;
    // Of a close that comes while it still sends, a peer may see no more than the end of the connection.
    expect(code === 'MESSAGE_TOO_LARGE' ? [1009, 1006] : [closeOf(code).code]).toContain(close);
    const { directory } = coordinator;
    const { worker: id } = await logged(directory, `${name} joined`, (event) => event.name === name);
    const refused = await logged(directory, name, (event) => event.type === 'refused' && event.worker === id);
    expect(refused.code).toBe(code);
  });

  it('weights of a wrong shape, and NaN, from one client each: it is put aside, and nobody else hears of it', async () => {
    const wrongShape = (place: Place, lease: LeaseMessage): Bytes => {
      const frame = updateFrame(place, lease);
      return withPayload(frame, frame.slice(headField.firstBlock, -400));
    };
    const nan = (place: Place, lease: LeaseMessage): Bytes =>
      updateFrame(place, lease, undefined, ({ encoded }) => void encoded.fill(0xff));
    const wrongCount = (place: Place, lease: LeaseMessage): Bytes =>
      withWord(updateFrame(place, lease), headField.examples, 7);
    const bad = [
      { answer: wrongShape, code: 'UPDATE_INVALID' },
      { answer: wrongCount, code: 'UPDATE_INVALID' },
      { answer: nan, code: 'UPDATE_NOT_FINITE' },
    ];
    const peers: Awaited<ReturnType<typeof join>>[] = [];
    /** So fast that it is given all blocks that are free. */
    const getReady = async (name: string): Promise<void> => {
      const peer = await join(name);
      peer.worker.ready(0.001);
      await workerReady(coordinator.directory, name);
      peers.push(peer);
    };
    await workerReady(coordinator.directory, 'this machine 1');
    await getReady('bad 0');
    await gate.open();
    for (const [i, { answer, code }] of bad.entries()) {
      /* oxlint-disable no-await-in-loop -- one after the other: the next one waits when the step is free again */
      const { worker, place } = peers[i];
      const lease = await worker.heard('lease');
      if (i + 1 < bad.length) await getReady(`bad ${i + 1}`);
      worker.send(answer(place, lease));
      expect((await worker.heard('refused')).code).toBe(code);
      expect((await worker.heard('refused')).code).toBe('PUT_ASIDE');
      expect(await worker.closed).toEqual(closeOf('PUT_ASIDE'));
      /* oxlint-enable no-await-in-loop */
    }
    const summary = await completed(coordinator);
    expect(summary.leases.rejected).toBe(bad.length);
    const undisturbed = await trainUndisturbed(coordinator.directory);
    expect(await differences(coordinator.directory, undisturbed)).toEqual([]);
  });
});
