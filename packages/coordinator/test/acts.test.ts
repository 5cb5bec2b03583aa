/** What the presenter did to a run, as its log tells it after a crash: whatever came after the latest checkpoint as well. */
import { describe, expect, it } from 'vitest';
import { asConfigured, type PresenterAction } from '@gantry/shared';
import { afterAct, noActs, readActs, type Acts } from '../src/run/acts.ts';
import { MemoryDisk } from './support/memory-disk.ts';

const path = '/run/events.jsonl';
const rates = { discriminator: 0.01, generator: 0.001 };
const lengths = { discriminator: 2, generator: 1 };

/** @param before - as the checkpoint has it */
async function read(lines: readonly (object | string)[], before: Acts = noActs): Promise<Acts> {
  const disk = new MemoryDisk();
  await disk.makeDirectory('/run');
  const file = await disk.open(path, 'a');
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify({ time: 1, ...line })));
  await file.write(new TextEncoder().encode(`${text.join('\n')}\n`));
  return readActs(path, before, disk);
}
/** As a run logs it. */
const line = ({ type, ...rest }: PresenterAction) => ({
  type: 'presenter-acted',
  action: type,
  ...rest,
  version: 7,
  iteration: 3,
});

describe('what the presenter did', () => {
  it('is what came last of each setting; what the log has no line of stays as the checkpoint has it', async () => {
    const before = { ...noActs, live: { ...asConfigured, only: 'generator', lengths } as const };
    const acts = await read(
      [
        line({ type: 'set-learning-rates', rates: { discriminator: 1, generator: 1 } }),
        line({ type: 'set-learning-rates', rates }),
        line({ type: 'train-only', phase: 'discriminator' }),
        line({ type: 'train-only', phase: null }),
        line({ type: 'lock-joining', locked: true }),
      ],
      before,
    );
    expect(acts).toEqual({
      live: { only: null, lengths, learningRates: rates },
      locked: true,
      altered: true,
    });
  });

  it('is nothing where there is no log, and what is torn or of another shape counts for nothing', async () => {
    expect(await readActs(path, noActs, new MemoryDisk())).toEqual(noActs);
    const torn = JSON.stringify({ time: 1, ...line({ type: 'lock-joining', locked: true }) }).slice(0, -3);
    const odd = {
      type: 'presenter-acted',
      action: 'set-lengths',
      lengths: { discriminator: 0, generator: -1 },
    };
    expect(await read([odd, torn])).toEqual(noActs);
  });

  it('makes of the run what its configuration does not say, even where it was taken back', async () => {
    const tried = [line({ type: 'set-lengths', lengths }), line({ type: 'set-lengths', lengths: null })];
    expect(await read(tried)).toEqual({ ...noActs, altered: true });
  });

  const alters: readonly (readonly [PresenterAction, boolean])[] = [
    [{ type: 'train-only', phase: 'generator' }, true],
    [{ type: 'play-fault', worker: 1, fault: { kind: 'corrupt' } }, true],
    [{ type: 'play-fault', worker: 1, fault: { kind: 'freeze', seconds: 3 } }, false],
    [{ type: 'set-learning-rates', rates: null }, false],
    [{ type: 'slow-motion', milliseconds: 100 }, false],
    [{ type: 'pause' }, false],
    [{ type: 'remove', worker: 1 }, false],
  ];
  it.each(alters)('%j', (action, altered) => {
    expect(afterAct(noActs, action).altered).toBe(altered);
  });
});
