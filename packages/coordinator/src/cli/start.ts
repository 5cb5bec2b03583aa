/** `gantry start`: serves the pages, trains, and tells how it goes. */
import { randomInt } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import pino from 'pino';
import { encode } from 'uqr';
import {
  errorText,
  formatBytes,
  gantryError,
  limits,
  planModel,
  type GantryError,
  type RunConfig,
} from '@gantry/shared';
import { createChunks } from '../datasets/chunks.ts';
import { buildPages } from '../pages/build.ts';
import { noActs, readActs, type Acts } from '../run/acts.ts';
import { latestCheckpoint, type Checkpoint } from '../run/checkpoint.ts';
import { defaultRunPath, RunDirectory, type RunLock } from '../run/directory.ts';
import { systemClock } from '../run/clock.ts';
import { RunHistory } from '../run/history.ts';
import { readHistory } from '../run/past.ts';
import type { LetIn } from '../run/registry.ts';
import { Run } from '../run/run.ts';
import type { RunEnd } from '../run/types.ts';
import { createServer } from '../server/server.ts';
import { TensorBoardLog } from '../tensorboard/log.ts';
import { Trainer } from '../training/trainer.ts';
import { banner, joinUrl } from './banner.ts';
import { openCertificate } from './certificate.ts';
import { configure, integer, openConfiguredData, type ConfigOptions } from './configure.ts';
import { newJoinCode, newToken } from '../server/secrets.ts';
import { nameOf } from '../server/sender.ts';
import { lanAddresses } from './lan.ts';
import { startLocalWorkers } from './local-workers.ts';
import { listenOn } from './port.ts';
import { describeFrozen, describeTransfer, openConfiguredSource } from './source.ts';
import { createProgressLine, type ProgressLine } from './progress.ts';

export interface StartOptions extends ConfigOptions {
  readonly workers?: string | undefined;
  readonly waitFor?: string | undefined;
  readonly lobby?: boolean | undefined;
  readonly host?: string | undefined;
  readonly port?: string | undefined;
  readonly run?: string | undefined;
  readonly resume?: boolean | undefined;
  readonly exitWhenDone?: boolean | undefined;
  readonly https?: boolean | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly tensorboard?: boolean | undefined;
  readonly allowHost?: readonly string[] | undefined;
  /** Commander's form of --no-join-code. */
  readonly joinCode?: boolean | undefined;
}

/** Milliseconds between looks at the run for the progress line. */
const lookInterval = 200;

/** @returns the exit code */
export async function start(
  options: StartOptions,
  output: NodeJS.WriteStream = process.stdout,
): Promise<number> {
  // Everything that can be wrong is found before anything is written.
  const workers = integer('--workers', options.workers ?? '1', 0, 64);
  const waitFor = integer('--wait-for', options.waitFor ?? '0', 0, limits.workers);
  const port = options.port === undefined ? undefined : integer('--port', options.port, 1, 65_535);
  const host = options.host ?? '0.0.0.0';
  if (host.trim() === '') throw gantryError('HOST_INVALID', host);
  const names = (options.allowHost ?? []).map(hostName);
  const certificate = await openCertificate(options);
  const originOf = (address: string, at: number): string =>
    originOn(certificate ? 'https' : 'http', address, at);
  const say = (line = ''): void => void output.write(`${line}\n`);
  const prepared = await prepare(options, say);
  const { directory, checkpoint } = prepared;
  const data = await openConfiguredData(prepared.config, dataProgress(say));
  const chunks = data.dataset ? createChunks(data.dataset) : null;
  if (data.dataset) {
    const { dataset } = data;
    const labels = dataset.classes.length > 0 ? `, ${dataset.classes.length} classes` : '';
    say(`Data: ${dataset.size} examples of ${dataset.height}x${dataset.width}x${dataset.channels}${labels}`);
    for (const { path, reason } of dataset.skipped.slice(0, 5)) say(`  skipped ${path}: ${reason}`);
    if (dataset.skipped.length > 0) say(`  ${dataset.skipped.length} images skipped in all`);
  }
  const model = planModel(data.config);
  // A run that goes on has taken what it wanted.
  const source = checkpoint === null ? await openConfiguredSource(data.config) : null;
  const config = source === null ? data.config : { ...data.config, from: source.from };
  if (source !== null) describeTransfer(source, model).forEach(say);
  if (checkpoint === null) describeFrozen(model).forEach(say);
  const pages = await buildPages({ log: say });

  const progress = createProgressLine(output, () => performance.now());
  const log = pino({ level: process.env.GANTRY_LOG ?? 'silent' }, pino.destination(2));
  const notice = (message: string): void => progress.note(`Note: ${message}`);
  const tensorBoard = options.tensorboard === true ? new TensorBoardLog(directory, notice) : null;
  const run = new Run({
    config,
    model,
    data: chunks?.manifest ?? null,
    directory,
    checkpoint,
    history: prepared.history,
    acts: prepared.acts,
    letIn: prepared.letIn,
    sheets: prepared.sheets,
    waitFor,
    lobby: options.lobby === true,
    source: source?.checkpoint ?? null,
    incarnation: randomInt(1, 2 ** 32 - 1),
    secret: [randomInt(2 ** 32), randomInt(2 ** 32)],
    clock: systemClock,
    notice,
    logged: (entry) => tensorBoard?.hear(entry, Date.now()),
  });
  const joinCode = options.joinCode === false ? null : newJoinCode();
  const presenterToken = newToken();
  const tls = certificate;
  const server = await createServer({ run, joinCode, presenterToken, pages, chunks, log, tls, names });
  const listening = await listenOn((where) => server.app.listen(where), host, port);
  const lock = prepared.lock ?? (await directory.begin(config));

  const addresses =
    host === '0.0.0.0' || host === '::' ? lanAddresses() : [{ address: host, name: '', likely: true }];
  const origins = (addresses.length > 0 ? addresses : [{ address: '127.0.0.1', name: 'this machine' }]).map(
    (found) => ({ ...found, origin: originOf(found.address, listening) }),
  );
  const qr = encode(joinUrl(origins[0].origin, joinCode));
  server.feed.invite({
    joinUrls: origins.map(({ origin }) => origin),
    joinCode,
    joinQr: qr.data.map((row) => row.map((dark) => (dark ? '1' : '0')).join('')),
  });
  say(
    banner({
      origins,
      joinCode,
      presenterToken,
      certificate,
      directory: directory.path,
      config,
      workers,
      resumed: checkpoint,
    }),
  );

  run.begin();
  const local = startLocalWorkers(
    workers,
    { url: originOf(localHost(host), listening), joinCode, fingerprint: certificate?.fingerprint ?? null },
    notice,
  );
  const stopWatching = watch(run, progress);
  const { end, asked } = await endOf(run, notice);
  stopWatching();
  progress.end();
  if (end.outcome !== 'diverged') say(report(end, directory));
  const unsaved =
    end.unsaved === null ? null : gantryError('RUN_NOT_SAVED', directory.path, end.unsaved, end.checkpoint);
  if (end.outcome === 'complete' && options.exitWhenDone !== true && !asked) {
    if (unsaved !== null) say(unsaved.message);
    say('The pages stay open. Ctrl-C ends.');
    await interrupted();
  }
  await Promise.all([server.close(), local.stop()]);
  await tensorBoard?.close();
  await lock.release();
  if (end.outcome === 'diverged') {
    throw gantryError('TRAINING_DIVERGED', end.summary.iterations, end.checkpoint);
  }
  if (unsaved !== null) throw unsaved;
  return 0;
}

interface Prepared {
  readonly config: RunConfig;
  readonly directory: RunDirectory;
  readonly checkpoint: Checkpoint | null;
  readonly history: RunHistory;
  /** What the presenter had done to it. */
  readonly acts: Acts;
  /** Workers that may come back. */
  readonly letIn: readonly LetIn[];
  /** Iterations of sample sheets that are there already. */
  readonly sheets: readonly number[];
  /** Held already where there was something to keep others from. */
  readonly lock: RunLock | null;
}

/** A new run from options, or one to go on with. Writes nothing. */
async function prepare(options: StartOptions, say: (line: string) => void): Promise<Prepared> {
  if (options.resume === true) return resume(options, say);
  const config = await configure(options);
  const directory = new RunDirectory(options.run ?? defaultRunPath(config.preset, new Date()));
  await directory.checkNew();
  return {
    config,
    directory,
    checkpoint: null,
    history: new RunHistory(),
    acts: noActs,
    letIn: [],
    sheets: [],
    lock: null,
  };
}

async function resume(options: StartOptions, say: (line: string) => void): Promise<Prepared> {
  for (const name of ['preset', 'config', 'data', 'seed', 'iterations', 'set', 'from', 'freeze'] as const) {
    const value = options[name];
    if (value !== undefined && value.length > 0) {
      throw gantryError(
        'OPTION_INVALID',
        `--${name}`,
        String(value),
        'without --resume only, which takes the configuration from the run',
      );
    }
  }
  const directory = new RunDirectory(options.run ?? (await latestRun()));
  const config = await directory.readConfig();
  const lock = await directory.lock();
  const tried = new Trainer(config, planModel(config));
  const checkpoint = await latestCheckpoint(
    directory.checkpoints,
    ({ code, message }: GantryError) => {
      const done = code === 'CHECKPOINT_INVALID' ? 'set aside' : 'left as it is';
      say(`Note: ${message} It is ${done}. Going back to the one before.`);
    },
    ({ tensors, record }) => tried.restore(tensors, record.optimizerSteps),
  );
  if (checkpoint === null) say('No checkpoint yet: the run begins anew.');
  const letIn = await directory.readWorkers();
  if (letIn === null) {
    say(
      `Note: ${directory.workers} cannot be read. Workers that joined after the checkpoint need the join code.`,
    );
  }
  const history = checkpoint === null ? new RunHistory() : await past(directory, checkpoint, say);
  const acts = await actsOf(directory, checkpoint, say);
  // Those of steps that were lost are drawn again.
  const sheets = await directory.readSheets(checkpoint?.record.position.iteration ?? -1);
  return { config, directory, checkpoint, history, acts, letIn: letIn ?? [], sheets, lock };
}

/** What the presenter had done, also after the checkpoint; where that cannot be read, as the checkpoint has it. */
async function actsOf(
  directory: RunDirectory,
  checkpoint: Checkpoint | null,
  say: (line: string) => void,
): Promise<Acts> {
  const before = { ...noActs, live: checkpoint?.record.live ?? noActs.live };
  try {
    return await readActs(directory.events, before, directory.disk);
  } catch (error) {
    say(
      `Note: ${directory.events} cannot be read (${errorText(error)}). Settings are those of the checkpoint.`,
    );
    return before;
  }
}

/** The course of the run so far, for its curves: what cannot be read is no reason not to go on. */
async function past(
  directory: RunDirectory,
  { record }: Checkpoint,
  say: (line: string) => void,
): Promise<RunHistory> {
  const reach = { version: record.version, iteration: record.position.iteration };
  try {
    return await readHistory(directory.events, reach, directory.disk);
  } catch (error) {
    say(`Note: ${directory.events} cannot be read (${errorText(error)}). Curves begin with this step.`);
    return new RunHistory();
  }
}

/** The run in `runs/` that was begun last. @throws OPTION_INVALID where there is none */
async function latestRun(): Promise<string> {
  const names = await readdir('runs').catch(() => []);
  const begun = await Promise.all(
    names.map(async (name) => {
      const path = join('runs', name);
      const found = await stat(join(path, 'config.json')).catch(() => null);
      return { path, at: found?.mtimeMs ?? -1 };
    }),
  );
  const [latest] = begun.filter(({ at }) => at >= 0).toSorted((a, b) => b.at - a.at);
  if (latest === undefined) {
    throw gantryError('OPTION_INVALID', '--resume', '', 'with --run DIR, or where runs/ holds a run');
  }
  return latest.path;
}

function dataProgress(say: (line: string) => void): (done: number, total: number) => void {
  let told = 0;
  return (done, total) => {
    const tenth = Math.floor((10 * done) / total);
    if (total < 200 || tenth === told) return;
    told = tenth;
    say(`Reading images: ${done} of ${total}`);
  };
}

/** IPv6 addresses stand in brackets. */
const originOn = (scheme: 'http' | 'https', host: string, port: number): string =>
  `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;

/** @throws OPTION_INVALID */
function hostName(text: string): string {
  const name = nameOf(text);
  if (name !== null && /^[\w.-]+$/.test(text)) return name;
  throw gantryError(
    'OPTION_INVALID',
    '--allow-host',
    text,
    'a name without a port, as in laptop.school.example',
  );
}

/** Local workers reach the server where it listens. */
const localHost = (host: string): string => (host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host);

function watch(run: Run, progress: ProgressLine): () => void {
  const look = (): void =>
    progress.update({
      status: run.status,
      iteration: run.state.position.iteration,
      iterations: run.config.schedule.iterations,
      discriminatorLoss: run.meter.losses.discriminator,
      generatorLoss: run.meter.losses.generator,
      examplesPerSecond: run.examplesPerSecond || null,
      workers: run.workersReady,
      waitFor: run.state.waitFor,
      secondsLeft: run.secondsLeft,
    });
  const timer = setInterval(look, lookInterval);
  return () => {
    clearInterval(timer);
    look();
  };
}

/**
 * Resolves at the run's end. The first Ctrl-C asks it to stop after this step, a second one ends at once.
 *
 * @returns `asked`: to stop, be it in the instant of finishing, when there is nothing left to stop
 */
async function endOf(
  run: Run,
  warn: (message: string) => void,
): Promise<{ readonly end: RunEnd; readonly asked: boolean }> {
  let asked = false;
  const onSignal = (): void => {
    if (asked) process.exit(130);
    asked = true;
    warn('Finishing this step, then writing a checkpoint. Ctrl-C again ends at once, without.');
    run.stop();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    const end = await run.ended;
    return { end, asked };
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

const interrupted = (): Promise<void> =>
  new Promise((done) => {
    process.once('SIGINT', () => done());
    process.once('SIGTERM', () => done());
  });

function report(end: RunEnd, directory: RunDirectory): string {
  const { summary } = end;
  const { modes, highQuality } = summary.metrics;
  const quality =
    modes === undefined || highQuality === undefined
      ? ''
      : `, ${modes} modes captured, ${(100 * highQuality).toFixed(1)} % of high quality`;
  const traffic = `${formatBytes(summary.bytes.up)} up, ${formatBytes(summary.bytes.down)} down`;
  const lines = [
    end.outcome === 'complete'
      ? `Done: ${summary.iterations} iterations in ${summary.seconds.toFixed(1)} s${quality}; ${traffic}.`
      : `Stopped after ${summary.iterations} iterations.`,
  ];
  if (end.checkpoint !== null) lines.push(`Checkpoint: ${end.checkpoint}`);
  if (end.outcome !== 'complete')
    lines.push(`Go on with: npm start -- --resume --run ${quoted(directory.path)}`);
  return lines.join('\n');
}

const quoted = (path: string): string => (/\s/.test(path) ? `"${path}"` : path);
