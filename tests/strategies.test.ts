/**
 * Codecs and strategies through the whole system: what travels in few bytes, or seldom, is still a function of the
 * configuration alone, whoever computes it.
 */
import { describe, expect, it } from 'vitest';
import { parseConfig, presetConfig, setField, type RunConfig } from '@gantry/shared';
import type { Platform } from '../packages/worker/src/session/platform.ts';
import { claiming, trainInProcess, type Trained } from './support/in-process.ts';

const set = (preset: string, ...fields: string[]): RunConfig =>
  parseConfig(
    fields.reduce((config, field) => {
      const [path, value] = field.split('=');
      return setField(config, path, value);
    }, presetConfig(preset)),
  );
const few = ['evaluation.samples=16', 'evaluation.every=1000', 'checkpoint.every=1000'];
const digits = (...fields: string[]): RunConfig =>
  set('digits-small', 'schedule.iterations=4', ...few, ...fields);
const ring = (...fields: string[]): RunConfig => set('ring', 'schedule.iterations=8', ...few, ...fields);
const int8 = ['codec.up=int8', 'codec.down=int8'];
const local = ['strategy=local', 'strategy.iterations=2', 'strategy.slots=4'];

const train = (config: RunConfig, speeds: readonly number[]): Promise<Trained> =>
  trainInProcess({ config, platforms: speeds.map(claiming) });

/** Everybody's replica as it was told at the end: version and checksum. */
const replicas = ({ events }: Trained): unknown[] =>
  events.filter(({ type }) => type === 'replica').map(({ version, checksum }) => [version, checksum]);

const tensors = ({ checkpoint }: Trained): unknown => checkpoint?.tensors;

describe('one configuration', { timeout: 60_000 }, () => {
  it.each([
    ['float16 both ways', digits('codec.up=float16', 'codec.down=float16')],
    ['int8 both ways', digits(...int8)],
    ['a sparse way down', digits('codec.down=topk')],
    ['rounds of slots', digits(...local)],
    ['rounds of slots in int8, with outer momentum', ring(...local, ...int8, 'strategy.outer.momentum=0.5')],
  ])('trains to the same bits with one worker and with three, with %s', async (_name, config) => {
    const alone = await train(config, [1]);
    const shared = await train(config, [1, 2, 1]);
    expect(tensors(shared)).toEqual(tensors(alone));
    // Replicas are equal to the bit.
    expect(new Set(replicas(shared).map(String)).size).toBe(1);
    expect(replicas(shared)).toHaveLength(3);
    const worked = [...shared.run.state.workers.values()].filter(({ microbatches }) => microbatches > 0);
    expect(worked.length).toBeGreaterThan(1);
  });

  it.each([
    ['steps', digits('codec.up=topk', 'codec.down=topk', 'codec.topkShare=0.05')],
    ['rounds', ring(...local, 'codec.up=topk')],
  ])('trains in sparse updates, one for each lease, whose errors are fed back: %s', async (_name, config) => {
    let accepted = 0;
    const listening = (): Platform => {
      const platform = claiming(1);
      return {
        ...platform,
        connect(url) {
          const socket = platform.connect(url);
          socket.addEventListener('message', ({ data }) => {
            if (typeof data === 'string' && data.startsWith('{"type":"accepted"')) accepted += 1;
          });
          return socket;
        },
      };
    };
    const { run, end, events } = await trainInProcess({ config, platforms: [listening(), listening()] });
    // Each update that counted is told of, so that its errors can be fed back: all leases but for the two sheets.
    expect(accepted).toBe(end.summary.leases.completed - 2);
    expect(end.outcome).toBe('complete');
    expect(end.summary.leases.rejected).toBe(0);
    expect(replicas({ run, end, events, checkpoint: null })).toHaveLength(2);
    expect(new Set(replicas({ run, end, events, checkpoint: null }).map(String)).size).toBe(1);
    const plain = await train({ ...config, codec: { ...config.codec, up: 'float32' } }, [1, 1]);
    expect(end.summary.bytes.up).toBeLessThan(0.4 * plain.end.summary.bytes.up);
  });

  it.each([
    ['float32', ring('strategy=asynchronous', 'strategy.bound=3', 'schedule.iterations=30')],
    ['int8 both ways', digits('strategy=asynchronous', ...int8)],
    ['sparse updates', ring('strategy=asynchronous', 'codec.up=topk', 'codec.topkShare=0.1')],
  ])('applies steps as they come, each once, and says how stale they were: %s', async (_name, config) => {
    const { end, events, checkpoint } = await train(config, [1, 1, 1]);
    const { iterations } = config.schedule;
    const steps = events.filter(({ type }) => type === 'step');
    expect(steps.map(({ version }) => version)).toEqual(Array.from({ length: 2 * iterations }, (_, i) => i));
    for (const phase of ['discriminator', 'generator']) {
      const numbers = steps.filter((line) => line.phase === phase).map(({ step }) => Number(step));
      expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: iterations }, (_, i) => i));
    }
    const staleness = steps.map((line) => Number(line.staleness));
    // The first applied is not; most overlap with others.
    expect(staleness[0]).toBe(0);
    expect(staleness.filter((versions) => versions > 0).length).toBeGreaterThan(iterations / 2);
    expect(end.outcome).toBe('complete');
    expect(end.summary.leases).toMatchObject({ rejected: 0, stale: 0 });
    expect(checkpoint?.record.ahead).toMatchObject({ again: [], next: { iteration: iterations } });
    expect(new Set(replicas({ events } as Trained).map(String)).size).toBe(1);
  });

  it('goes on with steps that had not been applied, where steps overlap', async () => {
    const config = ring('strategy=asynchronous', 'schedule.iterations=12', 'checkpoint.every=2');
    const begun = await trainInProcess({
      config,
      platforms: [1, 1, 1].map(claiming),
      stopAfter: (run) => run.state.version >= 9,
    });
    const rest = await trainInProcess({ config, platforms: [claiming(1)], checkpoint: begun.checkpoint });
    const numbers = [...begun.events, ...rest.events]
      .filter(({ type }) => type === 'step')
      .map((line) => `${String(line.phase)} ${String(line.step)}`);
    expect(numbers).toHaveLength(24);
    expect(new Set(numbers).size).toBe(24);
    expect(rest.end.outcome).toBe('complete');
  });

  it('goes on where its end had cut a round short', async () => {
    const short = ring(...local, 'strategy.iterations=5', 'schedule.iterations=8');
    const begun = await train(short, [1]);
    expect(begun.checkpoint?.record).toMatchObject({ version: 2, position: { iteration: 8 } });
    const { end } = await trainInProcess({
      config: { ...short, schedule: { ...short.schedule, iterations: 21 } },
      platforms: [claiming(1)],
      checkpoint: begun.checkpoint,
    });
    expect(end.outcome).toBe('complete');
    expect(end.summary.leases.rejected).toBe(0);
    expect(end.summary.iterations).toBe(21);
  });

  it.each([
    ['int8 both ways', digits(...int8)],
    ['rounds of slots', ring(...local, ...int8, 'strategy.outer.momentum=0.5')],
  ])('goes on from a checkpoint as if it had never stopped, with %s', async (_name, config) => {
    const whole = await train(config, [1]);
    const begun = await trainInProcess({
      config,
      platforms: [claiming(1)],
      stopAfter: (run) => run.state.position.iteration >= 2,
    });
    expect(begun.end.outcome).toBe('stopped');
    expect(begun.end.summary.iterations).toBeLessThan(config.schedule.iterations);
    const rest = await trainInProcess({
      config,
      platforms: [claiming(1), claiming(1)],
      checkpoint: begun.checkpoint,
    });
    expect(tensors(rest)).toEqual(tensors(whole));
  });
});
