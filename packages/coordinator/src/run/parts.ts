/** What a run is made of besides the core: the bytes, the files, the connections. */
import { Trainer } from '../training/trainer.ts';
import { driftsOf, type BatchNormDrift } from '../training/batch-norm-drift.ts';
import { Exchanges } from '../training/exchange.ts';
import { Opinions } from '../training/opinions.ts';
import type { LiveSettings, PhaseName } from '@gantry/shared';
import { Archive, type LogEntry } from './archive.ts';
import { Crew } from './crew.ts';
import { RunHistory } from './history.ts';
import { Meter } from './meter.ts';
import { Pictures } from './pictures.ts';
import { Replicas } from './replicas.ts';
import { Sheets } from './sheets.ts';
import type { RunOptions } from './types.ts';

export interface Parts {
  readonly options: RunOptions;
  readonly trainer: Trainer;
  /** Of phases whose network has batch norm, where it is looked at. */
  readonly drift: Readonly<Partial<Record<PhaseName, BatchNormDrift>>>;
  readonly exchanges: Exchanges;
  /** On audited records of the version. */
  readonly opinions: Opinions;
  readonly replicas: Replicas;
  readonly meter: Meter;
  readonly crew: Crew;
  readonly archive: Archive;
  readonly history: RunHistory;
  readonly sheets: Sheets;
  readonly pictures: Pictures;
}

/** @param version - that the run begins, or goes on, with; @param live - settings as the presenter had changed them */
export function createParts(options: RunOptions, version: number, live: LiveSettings): Parts {
  const { config, model, checkpoint, clock, incarnation, directory, notice } = options;
  const now = (): number => clock.now();
  const trainer = new Trainer(config, model);
  if (checkpoint) trainer.restore(checkpoint.tensors, checkpoint.record.optimizerSteps);
  else if (options.source) trainer.adopt(options.source.tensors);
  trainer.tune(live.learningRates);
  const replicas = new Replicas(trainer, config, incarnation, version);
  const meter = new Meter(now, checkpoint?.record);
  const history = options.history ?? new RunHistory();
  const heard = (entry: LogEntry): void => {
    history.hear(entry);
    options.logged?.(entry);
  };
  const date = (): number => clock.date();
  const archive = new Archive(directory, config, notice, checkpoint?.path ?? null, heard, date);
  return {
    options,
    trainer,
    drift: driftsOf(config, trainer.layouts, trainer.replica),
    exchanges: new Exchanges(config, model, now),
    opinions: new Opinions(trainer.layouts),
    replicas,
    meter,
    crew: new Crew(replicas, (bytes) => meter.down(bytes)),
    archive,
    history,
    sheets: new Sheets(archive, model, incarnation, options.sheets ?? []),
    pictures: new Pictures(config),
  };
}
