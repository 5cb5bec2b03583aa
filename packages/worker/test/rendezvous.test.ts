import { describe, expect, it } from 'vitest';
import {
  exchangeLength,
  exchangesOf,
  floatsAt,
  headerBytes,
  newFrame,
  planModel,
  presetConfig,
  readFrame,
  sealFrame,
  type Frame,
  type LeaseMessage,
  type WelcomeMessage,
} from '@gantry/shared';
import { Rendezvous } from '../src/session/rendezvous.ts';

const config = presetConfig('digits-small');
const model = planModel(config);
const lengths = exchangesOf(model, 'generator', config.loss).map(exchangeLength);
const welcome: WelcomeMessage = {
  type: 'welcome',
  worker: 1,
  token: 'token',
  name: 'one',
  incarnation: 7,
  config,
  data: null,
};
const lease: LeaseMessage = {
  type: 'lease',
  lease: 5,
  version: 3,
  phase: 'generator',
  step: 1,
  blocks: [0, 2],
};

function setUp() {
  const sent: Frame[] = [];
  const rendezvous = new Rendezvous((frame) => sent.push(readFrame(frame)));
  let cancelled = false;
  const exchange = rendezvous.exchangeOf(lease, welcome, model, () => cancelled);
  return { sent, rendezvous, exchange, cancel: () => (cancelled = true) };
}

function merged(count: number, values: Float32Array, version = 3): Frame {
  const frame = newFrame(
    {
      kind: 'merged',
      codec: 'float32',
      incarnation: 7,
      lease: 0,
      version,
      phase: 'generator',
      count,
      replica: 0,
    },
    values.byteLength,
  );
  floatsAt(frame, headerBytes, values.length).set(values);
  return readFrame(sealFrame(frame));
}
const own = (index: number): Float32Array<ArrayBuffer> =>
  new Float32Array(2 * lengths[index]).map((_, i) => i);

describe('a rendezvous', () => {
  it('sends what the lease contributes, and goes on with what all did', async () => {
    const { sent, rendezvous, exchange } = setUp();
    for (const index of [0, 1]) {
      const waiting = exchange(index, own(index));
      expect(sent[index].header).toMatchObject({ kind: 'contribution', lease: 5, version: 3, count: index });
      expect(floatsAt(sent[index].payload, 0, 2 * lengths[index])).toEqual(own(index));
      const answer = new Float32Array(lengths[index]).fill(0.5);
      rendezvous.take(merged(index, answer));
      // oxlint-disable-next-line no-await-in-loop -- one exchange after the other
      expect(await waiting).toEqual(answer);
    }
  });

  it('takes no answer to another exchange or version, nor one that nobody waits for', async () => {
    const { rendezvous, exchange } = setUp();
    rendezvous.take(merged(0, new Float32Array(lengths[0])));
    const waiting = exchange(1, own(1));
    rendezvous.take(merged(0, new Float32Array(lengths[0]).fill(1)));
    rendezvous.take(merged(1, new Float32Array(lengths[1]).fill(2), 2));
    rendezvous.take(merged(1, new Float32Array(lengths[1]).fill(3)));
    expect((await waiting)?.[0]).toBe(3);
  });

  it('refuses an answer of the wrong size', () => {
    const { rendezvous, exchange } = setUp();
    void exchange(0, own(0));
    expect(() => rendezvous.take(merged(0, new Float32Array(lengths[0] + 1)))).toThrow(
      expect.objectContaining({ code: 'FRAME_INVALID' }),
    );
  });

  it('lets go of a lease that is called off, and sends nothing more for it', async () => {
    const { sent, rendezvous, exchange, cancel } = setUp();
    const waiting = exchange(0, own(0));
    cancel();
    rendezvous.callOff();
    expect(await waiting).toBeNull();
    expect(await exchange(1, own(1))).toBeNull();
    expect(sent).toHaveLength(1);
  });
});
