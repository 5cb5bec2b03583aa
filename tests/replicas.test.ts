/** Replicas on workers stay equal to the coordinator's, to the bit, in every codec and whatever steps a worker missed. */
import { describe, expect, it } from 'vitest';
import {
  drawNormal,
  parseConfig,
  phaseNames,
  planModel,
  presets,
  readFrame,
  replicaChecksum,
  type CodecName,
  type PhaseName,
} from '@gantry/shared';
import { Replicas, type Held } from '../packages/coordinator/src/run/replicas.ts';
import { Trainer } from '../packages/coordinator/src/training/trainer.ts';
import { HeldReplica } from '../packages/worker/src/session/replica.ts';

const configOf = (down: CodecName) =>
  parseConfig({
    ...presets['digits-small'],
    freeze: ['discriminator/conv0'],
    codec: { up: 'float32', down, topkShare: 0.02 },
  });

function bench(down: CodecName) {
  const config = configOf(down);
  const model = planModel(config);
  const trainer = new Trainer(config, model);
  const replicas = new Replicas(trainer, config, 1, 0);
  let version = 0;
  const noise = new Float32Array(4096);
  /** A step that moves everything that trains, by differences of all sizes. */
  const step = (network: PhaseName, size = 0.01): void => {
    version += 1;
    drawNormal({ seed: 1, purpose: 'latent', step: version }, noise);
    const { parameters, running } = trainer.master[network];
    const { trainableCount } = model[network];
    for (let i = 0; i < trainableCount; i++) parameters[i] += size * noise[i % 4096] ** 3;
    for (let i = 0; i < running.length; i++) running[i] += 0.1;
    replicas.advance(network, version);
  };
  const worker = () => {
    const replica = new HeldReplica(model, config);
    let held: Held = null;
    return {
      replica,
      /** Brings it up to date; kinds and codecs of the frames, and their bytes. */
      bring: (lost: (frame: number) => boolean = () => false) => {
        const frames: { kind: string; codec: string; right: boolean }[] = [];
        let bytes = 0;
        held = replicas.bring(held, (sent) => {
          bytes += sent.length;
          if (lost(frames.length)) return;
          const frame = readFrame(sent.slice());
          frames.push({ kind: frame.header.kind, codec: frame.header.codec, right: replica.apply(frame) });
        });
        return { frames, bytes };
      },
    };
  };
  return { trainer, step, worker, version: () => version };
}

describe.each(['float32', 'float16', 'int8', 'topk'] as const)('a replica in %s', (down) => {
  it('is equal after every step, also where some were missed', () => {
    const { trainer, step, worker, version } = bench(down);
    const [steady, rare] = [worker(), worker()];
    steady.bring();
    rare.bring();
    for (let i = 0; i < 24; i++) {
      step(phaseNames[i % 2]);
      expect(steady.bring().frames).toEqual([{ kind: 'delta', codec: down, right: true }]);
      if (i % 3 === 2) expect(rare.bring().frames.every(({ right }) => right)).toBe(true);
    }
    for (const { replica } of [steady, rare, worker()].map((one) => (one.bring(), one))) {
      expect(replica.version).toBe(version());
      expect(replica.checksum()).toBe(replicaChecksum(trainer.replica));
    }
  });

  it('comes nearer to its master where that stands still: what was lost is sent later', () => {
    const { trainer, step } = bench(down);
    if (down === 'float32') {
      expect(trainer.replica).toBe(trainer.master);
      return;
    }
    const distance = (): number =>
      Math.hypot(
        ...trainer.master.generator.parameters.map((p, i) => p - trainer.replica.generator.parameters[i]),
      );
    step('generator');
    const before = distance();
    expect(before).toBeGreaterThan(0);
    step('generator', 0);
    expect(distance()).toBeLessThan(0.9 * before);
  });
});

describe('a worker that missed differences', () => {
  it('gets them where that is less than the values, else the values', () => {
    const { step, worker, trainer } = bench('int8');
    const one = worker();
    const { bytes: snapshot } = one.bring();
    step('generator');
    step('generator');
    const { frames } = one.bring();
    expect(frames.map(({ codec }) => codec)).toEqual(['int8', 'int8']);
    for (let i = 0; i < 9; i++) step('generator');
    const many = one.bring();
    expect(many.frames).toEqual([{ kind: 'delta', codec: 'float32', right: true }]);
    expect(many.bytes).toBeLessThan(snapshot);
    expect(one.replica.checksum()).toBe(replicaChecksum(trainer.replica));
  });

  it('notices that one is not there', () => {
    const { step, worker } = bench('int8');
    const one = worker();
    one.bring();
    step('generator');
    one.bring(() => true);
    step('generator');
    expect(one.bring().frames).toEqual([{ kind: 'delta', codec: 'int8', right: false }]);
    expect(one.replica.version).toBeNull();
  });
});
