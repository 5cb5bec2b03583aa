/**
 * What the presenter has done to a run and lasts: settings, who may join, and whether the run still is what its configuration
 * and its seed make of it. Read from the lines of the log, of which a crash leaves more than of the latest checkpoint.
 */
import { asConfigured, presenterAction, type LiveSettings, type PresenterAction } from '@gantry/shared';
import type { Disk } from './disk.ts';
import { linesOf, readEntry, type LoggedEntry } from './log-lines.ts';

export interface Acts {
  readonly live: LiveSettings;
  /** Nobody new is let in. */
  readonly locked: boolean;
  /** Settings were changed, or a worker was made to send wrong gradients: whoever repeats the run gets another one. */
  readonly altered: boolean;
}

export const noActs: Acts = { live: asConfigured, locked: false, altered: false };

/** Of the log's lines, those that tell of them. */
export const actsType = 'presenter-acted';

export function afterAct(acts: Acts, action: PresenterAction): Acts {
  switch (action.type) {
    case 'train-only':
      return changed(acts, { only: action.phase });
    case 'set-lengths':
      return changed(acts, { lengths: action.lengths });
    case 'set-learning-rates':
      return changed(acts, { learningRates: action.rates });
    case 'lock-joining':
      return { ...acts, locked: action.locked };
    case 'play-fault':
      return action.fault.kind === 'corrupt' ? { ...acts, altered: true } : acts;
    case 'pause':
    case 'go-on':
    case 'advance':
    case 'slow-motion':
    case 'stop-faults':
    case 'pardon':
    case 'rename':
    case 'remove':
    case 'draw':
      return acts;
  }
}

/** Back to the configuration is no change by itself. */
const changed = (acts: Acts, change: Partial<LiveSettings>): Acts => ({
  ...acts,
  live: { ...acts.live, ...change },
  altered: acts.altered || Object.values(change).some((value) => value !== null),
});

/** @param entry - of `actsType` */
export function afterEntry(acts: Acts, { action, ...entry }: LoggedEntry): Acts {
  const {
    time: _time,
    version: _version,
    iteration: _iteration,
    ...fields
  } = entry as Record<string, unknown>;
  const read = presenterAction.safeParse({ ...fields, type: action });
  return read.success ? afterAct(acts, read.data) : acts;
}

/**
 * @param path - of `events.jsonl`; where there is none, nothing was done
 * @param before - as the checkpoint has it that the run goes on from
 * @throws what the disk throws
 */
export async function readActs(path: string, before: Acts, disk: Disk): Promise<Acts> {
  let acts = before;
  for await (const lines of linesOf(path, disk)) {
    for (const line of lines) {
      const entry = readEntry(line, [actsType]);
      if (entry !== null) acts = afterEntry(acts, entry);
    }
  }
  return acts;
}
