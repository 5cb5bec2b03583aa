/** Workers that lie, among honest ones, over real sockets and with real gradients: each is found, and told so. */
import { describe, expect, it } from 'vitest';
import {
  headerBytes,
  parseConfig,
  planModel,
  plainRecord,
  presets,
  readFrame,
  readRecords,
  recordPhases,
  sealFrame,
  wireLayouts,
  type RunConfig,
} from '@gantry/shared';
import type { Platform, Socket } from '../packages/worker/src/session/platform.ts';
import { claiming, trainInProcess } from './support/in-process.ts';

const honest = 6;
/** Of 20 blocks a step each of ten has two, or one with a neighbour's. */
const config: RunConfig = parseConfig({
  ...presets.ring,
  model: { ...presets.ring.model, latent: 2, width: 16, depth: 1 },
  batch: { global: 80, microbatch: 4, block: 1 },
  schedule: { ...presets.ring.schedule, iterations: 25 },
  evaluation: { ...presets.ring.evaluation, every: 1000, samples: 16 },
  audit: { probability: 0.2 },
});

type Lie = (gradient: Float32Array, statistics: Float32Array) => void;

/** Changes what an honest worker computed, and seals it again. */
function lying(lie: Lie, of = config): Platform {
  const platform = claiming(1);
  return {
    ...platform,
    connect(url): Socket {
      const socket = platform.connect(url);
      const send = socket.send.bind(socket);
      return Object.assign(socket, {
        send(data: string | Uint8Array<ArrayBuffer>) {
          send(typeof data === 'string' ? data : lieIn(data, lie, of));
        },
      });
    },
  };
}

function lieIn(sent: Uint8Array<ArrayBuffer>, lie: Lie, of: RunConfig): Uint8Array<ArrayBuffer> {
  const { header } = readFrame(sent);
  if (header.kind !== 'update') return sent;
  const frame = sent.slice();
  const all = wireLayouts(planModel(of), of);
  const layouts = recordPhases(header.phase, of).map((phase) => all[phase]);
  const records = readRecords(layouts, frame.subarray(headerBytes), header.count, header.lease);
  for (const record of records.flat()) lie(plainRecord(record).gradient, record.statistics);
  return sealFrame(frame);
}

/** Sends what it computed first, again and again. */
function lazy(): Lie {
  const kept = new Map<number, Float32Array>();
  return (gradient) => {
    const before = kept.get(gradient.length);
    if (before) gradient.set(before);
    else kept.set(gradient.length, gradient.slice());
  };
}

/** Of the size of a gradient, and of nothing else. Linear congruential: any numbers do. */
function madeUp(): Lie {
  let state = 1;
  return (gradient) => {
    for (let i = 0; i < gradient.length; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      gradient[i] = state / 2 ** 31 - 1;
    }
  };
}

const lies: readonly (readonly [name: string, lie: Lie])[] = [
  ['turns signs', (gradient) => gradient.forEach((value, i) => (gradient[i] = -value))],
  ['scales', (gradient) => gradient.forEach((value, i) => (gradient[i] = 10 * value))],
  ['makes numbers up', madeUp()],
  ['repeats old gradients', lazy()],
];

describe('among ten workers', () => {
  it('those that turn signs, scale, make up and repeat gradients are found within 50 steps', async () => {
    const notices: string[] = [];
    const shown: Record<string, string> = {};
    const { events, end } = await trainInProcess({
      config,
      platforms: [...Array.from({ length: honest }, () => claiming(1)), ...lies.map(([, lie]) => lying(lie))],
      notice: (sentence) => notices.push(sentence),
      heard: (name, { quarantined }) => {
        if (quarantined !== null) shown[name] = quarantined;
      },
    });
    const found = events.filter(({ type }) => type === 'worker-quarantined');
    const liars = lies.map((_, i) => `worker ${honest + i + 1}`);
    const names = new Map(
      events.filter(({ type }) => type === 'worker-joined').map(({ worker, name }) => [worker, name]),
    );
    expect(new Set(found.map(({ worker }) => names.get(worker)))).toEqual(new Set(liars));
    expect(found).toHaveLength(liars.length);
    expect(end.summary.workers.quarantined).toBe(lies.length);
    expect(events.filter(({ type }) => type === 'step').at(-1)).toMatchObject({ version: 49 });
    // Its tab shows why, and so does the presenter's terminal.
    for (const name of liars) {
      expect(shown[name]).toMatch(/^Its gradient of blocks? .* differs from what \d+ others computed/);
      expect(notices.some((sentence) => sentence.includes(`${name} is quarantined`))).toBe(true);
    }
  });

  it('a liar is found in rounds, too, which begin anew with both networks', async () => {
    const rounds = parseConfig({
      ...config,
      strategy: { kind: 'local', iterations: 2, slots: 8, outer: { learningRate: 1, momentum: 0 } },
      // Which takes each slot once, or says so.
      aggregation: { kind: 'median' },
      audit: { probability: 1 },
    });
    const scaling = lying((gradient) => gradient.forEach((value, i) => (gradient[i] = 1000 * value)), rounds);
    const { end, run } = await trainInProcess({
      config: rounds,
      platforms: [claiming(1), claiming(1), claiming(1), scaling],
      notice: () => undefined,
    });
    expect(end.outcome).toBe('complete');
    expect(end.summary.workers.quarantined).toBe(1);
    expect(run.state.workers.get(4)?.quarantined).not.toBeNull();
    expect(run.state.position.iteration).toBe(rounds.schedule.iterations);
  });
});
