/** Which backends a machine has, whether they compute right, and which is fastest on the run's own model. */
import { errorText, gantryError, type BackendTest, type ModelPlan, type RunConfig } from '@gantry/shared';
import { registerWasmKernels } from './kernels/register.ts';
import {
  drawingTolerance,
  knownAnswerError,
  knownConfig,
  knownModel,
  tolerance,
} from './known-answer/error.ts';
import * as tf from './tf.ts';
import { setThreads } from './threads.ts';
import { TfCompute } from './tf-compute.ts';
import { timeMicrobatches, timingConfig } from './timing.ts';
import type { BackendName, Compute } from './types.ts';

/** A backend that has not finished its test by then is not used: some browsers' WebGL never answers. */
const testMilliseconds = 120_000;
/** Longest reason a test may carry on the wire. */
const reasonLength = 300;

/** A backend, and with how many threads, if it has them. */
interface Candidate {
  readonly backend: BackendName;
  readonly threads: number;
}
/** Of the wasm backend that there is, or was. */
let threadsNow = 0;

/**
 * @param threads - of wasm
 * @throws NO_BACKEND where it does not start
 */
export async function createCompute(
  backend: BackendName,
  model: ModelPlan,
  config: RunConfig,
  threads = 1,
): Promise<Compute> {
  if (backend === 'wasm') {
    registerWasmKernels();
    if (threads !== threadsNow) {
      discard(backend);
      setThreads(threads);
      threadsNow = threads;
    }
  }
  let reason = 'it does not start';
  try {
    if (await tf.setBackend(backend)) {
      const there = backend === 'wasm' ? tf.getThreadsCount() : threads;
      if (there === threads) return new TfCompute(backend, model, config, threads);
      reason = `it has ${there} threads instead of ${threads}`;
    }
  } catch (error) {
    reason = errorText(error);
  }
  throw gantryError('NO_BACKEND', `${backend}: ${reason}`);
}

export interface Chosen {
  /** On the fastest backend that passed; else on one that can draw; null where there is none. */
  readonly compute: Compute | null;
  /** Whether it did not pass, and can only draw. */
  readonly sheetsOnly: boolean;
  readonly tests: readonly BackendTest[];
  /** Mean over the two phases; 0 where none passed. */
  readonly millisecondsPerMicrobatch: number;
}

/**
 * Tests the candidates one after another: each computes a known gradient, then is timed on the run's model. Whatever
 * goes wrong is said in its test, never thrown.
 *
 * @param threads - numbers of them that wasm is tested with
 * @param onProgress - called with each candidate before its test
 */
export async function testBackends(
  candidates: readonly BackendName[],
  model: ModelPlan,
  config: RunConfig,
  threads: readonly number[] = [1],
  onProgress?: (backend: BackendName) => void,
): Promise<Chosen> {
  const tests: BackendTest[] = [];
  const all = candidates.flatMap((backend): Candidate[] =>
    backend === 'wasm' ? threads.map((count) => ({ backend, threads: count })) : [{ backend, threads: 1 }],
  );
  for (const candidate of all) {
    onProgress?.(candidate.backend);
    // One at a time: together they would slow each other.
    // oxlint-disable-next-line no-await-in-loop
    tests.push(await inTime(candidate, testBackend(candidate, model, config)));
  }
  const passed = tests.filter((test) => test.passed);
  const [best] = (passed.length > 0 ? passed : tests.filter(({ draws }) => draws)).sort(
    (a, b) => (a.milliseconds ?? Infinity) - (b.milliseconds ?? Infinity),
  );
  for (const { backend } of tests) if (backend !== best?.backend) discard(backend);
  if (best === undefined) return { compute: null, sheetsOnly: false, tests, millisecondsPerMicrobatch: 0 };
  return {
    compute: await createCompute(best.backend, model, config, best.threads),
    sheetsOnly: !best.passed,
    tests,
    millisecondsPerMicrobatch: (best.milliseconds ?? 0) / 2,
  };
}

async function testBackend(candidate: Candidate, model: ModelPlan, config: RunConfig): Promise<BackendTest> {
  const { backend, threads } = candidate;
  try {
    const known = await createCompute(backend, knownModel, knownConfig, threads);
    const error = await knownAnswerError(known);
    known.dispose();
    const wrong = error <= tolerance ? null : gantryError('KNOWN_ANSWER_WRONG', backend, error).message;
    if (wrong !== null && !(error <= drawingTolerance)) {
      return { ...named(candidate), passed: false, reason: wrong, ...(Number.isFinite(error) && { error }) };
    }
    const timed = await createCompute(backend, model, timingConfig(config), threads);
    const milliseconds = await timeMicrobatches(timed, model);
    timed.dispose();
    const verdict =
      wrong === null ? { passed: true } : ({ passed: false, draws: true, reason: wrong } as const);
    return { ...named(candidate), ...verdict, error, milliseconds };
  } catch (error) {
    return { ...named(candidate), passed: false, reason: errorText(error).slice(0, reasonLength) };
  }
}

const named = ({ backend, threads }: Candidate): Pick<BackendTest, 'backend' | 'threads'> => ({
  backend,
  ...(threads > 1 && { threads }),
});

async function inTime(candidate: Candidate, test: Promise<BackendTest>): Promise<BackendTest> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<BackendTest>((resolve) => {
    const reason = `no result within ${testMilliseconds / 1000} s`;
    timer = setTimeout(() => resolve({ ...named(candidate), passed: false, reason }), testMilliseconds);
  });
  const result = await Promise.race([test, late]);
  clearTimeout(timer);
  return result;
}

/** Frees what a backend holds, since a page has few WebGL contexts, and leaves it to be tested again by a later run. */
export function discard(backend: BackendName): void {
  if (!(backend in tf.engine().registry)) return;
  const factory = tf.findBackendFactory(backend);
  try {
    tf.removeBackend(backend);
  } catch {
    // A backend whose context is lost may fail to free what was lost with it; then it is only forgotten.
    delete tf.engine().registry[backend];
  }
  tf.registerBackend(backend, factory);
}
