/** `gantry verify`: whether K workers compute what one computes. */
import { gantryError, planModel } from '@gantry/shared';
import { createChunks } from '../datasets/chunks.ts';
import { compare } from '../verify/compare.ts';
import { observe, type Observation } from '../verify/observe.ts';
import { verifiedConfig } from '../verify/subject.ts';
import { verifyTable, verifyWords } from '../verify/table.ts';
import { openConfiguredSource } from './source.ts';
import { configure, integer, openConfiguredData, type ConfigOptions } from './configure.ts';

export interface VerifyOptions extends ConfigOptions {
  readonly workers?: string | undefined;
  readonly tolerance?: string | undefined;
  readonly json?: boolean | undefined;
}

/**
 * Prints the verdict on standard output, and how it goes on standard error.
 *
 * @returns the exit code: 0 within tolerance, 1 beyond
 * @throws OPTION_INVALID, CONFIG_*, DATA_INVALID, VERIFY_IMPOSSIBLE
 */
export async function verify(options: VerifyOptions): Promise<number> {
  const workers = integer('--workers', options.workers ?? '3', 1, 64);
  const tolerance = positive('--tolerance', options.tolerance ?? '1e-5');
  const tell = (line: string): void => void process.stderr.write(`${line}\n`);
  const { config: opened, dataset } = await openConfiguredData(await configure(options), () => undefined);
  const config = verifiedConfig(opened);
  const source = (await openConfiguredSource(config))?.checkpoint ?? null;
  const subject = { config, model: planModel(config), chunks: dataset && createChunks(dataset), source };
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  const what =
    config.strategy.kind === 'local' ? 'One round' : 'One discriminator step and one generator step';
  const run = async (count: number): Promise<Observation> => {
    tell(`${what} of "${config.preset}" on ${count} ${count === 1 ? 'worker' : 'workers'}...`);
    const began = performance.now();
    const observed = await observe(subject, count, (note) => tell(`Note: ${note}`), interruption.signal);
    tell(`  done in ${((performance.now() - began) / 1000).toFixed(1)} s`);
    return observed;
  };
  const report = compare(config, await run(1), await run(workers), workers, tolerance);
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify(report, null, 2)}\n`
      : `${verifyTable(report)}\n\n${verifyWords(report)}\n`,
  );
  return report.withinTolerance ? 0 : 1;
}

/** @throws OPTION_INVALID */
function positive(option: string, text: string): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (!(value >= 0 && value < Infinity)) {
    throw gantryError('OPTION_INVALID', option, text, 'a number from 0 on, as in 1e-5');
  }
  return value;
}
