/** Everything that `gantry measure` does with a generator, but for files it is read from and words it is told in. */
import { classesOf, isPlane, type RunConfig } from '@gantry/shared';
import { usualEffort, type Figures } from '@gantry/shared/measures';
import type { Dataset } from '../datasets/dataset.ts';
import { createChunks } from '../datasets/chunks.ts';
import type { Subject } from './subject.ts';

/** What `--json` prints. */
export interface MeasureReport {
  /** Of the generator. */
  readonly path: string;
  readonly preset: string;
  readonly iteration: number;
  readonly weights: Subject['weights'];
  readonly samples: number;
  readonly seed: number;
  /** Of the data; null where none is used. */
  readonly features: { readonly hash: string; readonly accuracy: number } | null;
  readonly measures: Figures;
  /** Real samples against real samples: what no generator can be expected to beat. null where it was not asked for. */
  readonly realData: { readonly samples: number; readonly measures: Figures } | null;
  /** Why figures are worth less than they could be. */
  readonly notes: readonly string[];
}

export interface Task {
  readonly subject: Subject;
  /** The configuration with its data opened. */
  readonly config: RunConfig;
  readonly dataset: Dataset | null;
  /** Wanted: of stored data there may be fewer. */
  readonly samples: number;
  readonly seed: number;
  readonly yardstick: boolean;
  /** Where feature networks are kept; the user's home by default. */
  readonly features?: string | undefined;
}

/** Told what is being done, and its share that is done, 0 to 1. */
export type Stage = (what: string, done: number) => void;

/** FID's bias is small beside most differences from here on. */
const enoughSamples = 10_000;

/** @throws NO_BACKEND, SAMPLES_NOT_FINITE */
export async function measureSubject(task: Task, stage: Stage): Promise<MeasureReport> {
  const { subject, config, dataset, seed, yardstick } = task;
  const worker = await import('@gantry/worker/headless/measure');
  const chunks = dataset && createChunks(dataset);
  const stored = chunks && {
    manifest: chunks.manifest,
    fetchChunk: (index: number) => Promise.resolve(chunks.plainChunk(index)),
  };
  const samples = Math.min(task.samples, dataset?.size ?? Infinity);
  const opened = await worker.openFeatures(config, stored, {
    folder: task.features,
    progress: (done) => stage('Training the feature network of this data, once', done),
  });
  type Draw = ReturnType<typeof worker.realSamples>;
  const watched =
    (what: string, draw: Draw, of: number): Draw =>
    (first, count) => {
      stage(what, first / of);
      return draw(first, count);
    };
  const real = worker.realSamples(config, seed, stored);
  const comparison = { config, features: opened?.network ?? null, samples, seed };
  const against = await worker.measureAgainst({
    ...comparison,
    real: watched('Looking at real samples', real, samples),
  });
  const generated = await worker.openGenerator(config, subject.generator, seed);
  const { figures } = await against(watched('Looking at generated samples', generated, samples));
  // Other real samples: of stored data those that are left, or one half against the other.
  const others = Math.min(samples, Math.floor((dataset?.size ?? Infinity) / 2));
  const again = (): ReturnType<typeof worker.measureAgainst> =>
    others === samples
      ? Promise.resolve(against)
      : worker.measureAgainst({ ...comparison, real, samples: others });
  const realData = yardstick
    ? await (
        await again()
      )(
        watched(
          'Looking at real samples beside real ones',
          (first, count) => real(others + first, count),
          others,
        ),
      )
    : null;
  return {
    path: subject.path,
    preset: config.preset,
    iteration: subject.iteration,
    weights: subject.weights,
    samples,
    seed,
    features: opened && { hash: opened.network.hash, accuracy: opened.accuracy },
    measures: figures,
    realData: realData && { samples: others, measures: realData.figures },
    notes: notesOf(task, samples, others, opened?.accuracy ?? null),
  };
}

function notesOf(
  { config, dataset, samples: wanted, yardstick }: Task,
  samples: number,
  others: number,
  accuracy: number | null,
): string[] {
  const notes: string[] = [];
  const count = (value: number): string => value.toLocaleString('en-US');
  if (dataset !== null && samples < wanted) {
    notes.push(`There are ${count(samples)} real examples: as many were generated, not ${count(wanted)}.`);
  }
  if (yardstick && others < samples) {
    notes.push(
      `Real data beside real data is of ${count(others)} samples each, half of what there is: its FID is higher for that.`,
    );
  }
  if (isPlane(config.data)) return notes;
  if (accuracy === null) {
    const why = classesOf(config.data) === 1 ? 'has one class only' : 'has no labels';
    notes.push(
      `The data ${why}, and there is no feature network without: images are compared as pixels, which tells little of what they show.`,
    );
    return notes;
  }
  if (samples < enoughSamples) {
    notes.push(
      `Fewer than ${count(enoughSamples)} samples: FID is higher than it would be with more. Compare it at equal counts only.`,
    );
  }
  if (samples > usualEffort.neighbourSamples) {
    notes.push(
      `Precision, recall, density and coverage are of the first ${count(usualEffort.neighbourSamples)} samples.`,
    );
  }
  if (accuracy < poorAccuracy) {
    notes.push(
      `The feature network names only ${Math.round(100 * accuracy)}% of examples rightly that it was not trained on: take its figures with care.`,
    );
  }
  if (config.batchNorm.statistics === 'local') {
    notes.push(
      'With batchNorm.statistics "local" the checkpoint has the running statistics that the run began with.',
    );
  }
  return notes;
}

/** Below, features say little of classes. */
const poorAccuracy = 0.8;
