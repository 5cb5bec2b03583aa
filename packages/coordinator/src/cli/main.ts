/** The `gantry` command. Exit codes: 0 done, 1 something broke, 2 the input was wrong. */
import { Command, CommanderError, Option } from 'commander';
import {
  defaultPreset,
  errorText,
  gantryError,
  GantryError,
  limits,
  presetNames,
  workerName,
} from '@gantry/shared';
import type { ExportOptions } from './export.ts';
import type { LabCommandOptions } from './lab.ts';
import type { MeasureOptions } from './measure.ts';
import type { ReportOptions } from './report.ts';
import { defaultPort } from './port.ts';

const repeated = (value: string, before: readonly string[]): string[] => [...before, value];

function program(exit: (code: number) => void): Command {
  const gantry = new Command('gantry')
    .description('Trains one GAN across many browser tabs.')
    .showHelpAfterError('(--help tells what there is)')
    .exitOverride();

  gantry
    .command('start')
    .description('Serve the pages, and train with everybody who joins.')
    .option('--preset <name>', `what to train: ${presetNames.join(', ')} (default: ${defaultPreset})`)
    .option(
      '--data <path>',
      'real data: IDX files (MNIST), or a folder of images whose subfolders are classes',
    )
    .option(
      '--from <run>',
      "begin with another run's parameters, matched by name and shape: a run directory (its latest checkpoint) or one of its checkpoints",
    )
    .option(
      '--freeze <pattern>',
      "keep layers as they are, as in 'discriminator/conv*'; may be given often",
      repeated,
      [],
    )
    .option('--seed <n>', 'seed of all random numbers; the same seed gives the same result (default: 1)')
    .option('--iterations <n>', "iterations to train (default: the preset's)")
    .option('--workers <n>', 'headless workers on this machine', '1')
    .option('--wait-for <n>', 'begin when this many workers are ready (default: with the first)')
    .option('--lobby', "begin when the presenter's page says so, instead of with the first worker")
    .option('--host <address>', 'address to listen on (default: all interfaces)')
    .option('--port <n>', `port to listen on (default: the first free one from ${defaultPort} on)`)
    .option('--https', 'serve https, with a certificate that this machine makes and keeps')
    .option('--cert <file>', 'serve https with this certificate (PEM), and its --key')
    .option('--key <file>', 'private key of --cert (PEM)')
    .option(
      '--allow-host <name>',
      'a name of this machine that browsers may use, besides its addresses; may be given often',
      repeated,
      [],
    )
    .option('--run <dir>', 'run directory (default: runs/PRESET-DATE-TIME)')
    .option('--resume', 'go on with the run in --run, or with the latest in runs/')
    .option('--tensorboard', "write TensorBoard's event files too, into tensorboard/ in the run directory")
    .option('--exit-when-done', 'end after the last iteration, instead of keeping the pages open')
    .option('--no-join-code', 'let anybody on the network join')
    .option(
      '--config <file or link>',
      "a configuration, which this repeats: a run's config.json, or a link from the Share view",
    )
    .option('--set <path=value>', 'set any field of the configuration; may be given often', repeated, [])
    .allowExcessArguments(false)
    .exitOverride()
    .action(async (options: object) => {
      const { start } = await import('./start.ts');
      exit(await start(options));
    });

  gantry
    .command('verify')
    .description('Check that several workers compute what one computes, step by step. Exit code 1 where not.')
    .option('--preset <name>', `what to verify: ${presetNames.join(', ')} (default: ${defaultPreset})`)
    .option('--config <file or link>', "a configuration: a run's config.json, or a link from the Share view")
    .option('--data <path>', 'real data, as for start')
    .option('--seed <n>', 'seed of all random numbers (default: 1)')
    .option('--set <path=value>', 'set any field of the configuration; may be given often', repeated, [])
    .option('--workers <n>', 'workers that are compared with one', '3')
    .option('--tolerance <x>', 'largest relative error of a tensor', '1e-5')
    .option('--json', 'print the result as JSON, and nothing else')
    .allowExcessArguments(false)
    .exitOverride()
    .action(async (options: object) => {
      const { verify } = await import('./verify.ts');
      exit(await verify(options));
    });

  gantry
    .command('sample')
    .description("Draw examples with a run's latest checkpoint, into a PNG.")
    .argument('<run>', 'run directory, as in runs/NAME')
    .option(
      '--class <name>',
      'what to draw, by name or number: a run that knows classes (default: each in turn)',
    )
    .option('--count <n>', 'how many', '64')
    .option('--seed <n>', "seed of the latent vectors (default: the run's, as in its sample sheets)")
    .option('--out <file>', 'PNG to write (default: RUN-ITERATION….png, here)')
    .allowExcessArguments(false)
    .exitOverride()
    .action(async (run: string, options: object) => {
      const { sample } = await import('./sample.ts');
      exit(await sample(run, options));
    });

  gantry
    .command('measure')
    .description(
      'Tell how good a generator is, in figures: samples of it beside real ones (docs/measures.md).',
    )
    .argument('<run>', 'run directory, as in runs/NAME, one of its checkpoints, or what gantry export wrote')
    .option('--samples <n>', 'how many are generated, and compared with as many real ones', '10000')
    .option('--seed <n>', 'seed of the samples', '1')
    .option('--weights <kind>', 'ema (moving average, as in sample sheets), or raw', 'ema')
    .option('--data <path>', "the run's real data, where it has moved")
    .option('--no-yardstick', 'leave out what real data scores beside real data: half the time')
    .option('--json', 'print the result as JSON, and nothing else')
    .allowExcessArguments(false)
    .exitOverride()
    .action(async (run: string, options: MeasureOptions) => {
      const { measure } = await import('./measure.ts');
      exit(await measure(run, options));
    });

  gantry
    .command('export')
    .description(
      'Write a run for other programs: its generator for TensorFlow.js (with a page that draws) or PyTorch, its curves for TensorBoard.',
    )
    .argument('<run>', 'run directory, as in runs/NAME')
    .requiredOption('--to <dir>', 'directory to write into')
    .option(
      '--format <format>',
      'tfjs (model.json, for tf.loadLayersModel), safetensors (PyTorch), or tensorboard (curves and sheets)',
      'tfjs',
    )
    .option('--weights <kind>', 'ema (moving average, as in sample sheets), or raw', 'ema')
    .option('--force', 'write into a directory that is not empty')
    .allowExcessArguments(false)
    .exitOverride()
    .action(async (run: string, options: ExportOptions) => {
      const { exportRun } = await import('./export.ts');
      exit(await exportRun(run, options));
    });

  gantry
    .command('report')
    .description(
      'Tell a run in one HTML file: curves, sheets, who computed what, configuration. It opens without a server.',
    )
    .argument('<run>', 'run directory, as in runs/NAME')
    .option('--out <file>', 'HTML file to write (default: report.html in the run directory, written anew)')
    .option('--language <code>', 'en or zh (default: that of whoever opens it)')
    .allowExcessArguments(false)
    .exitOverride()
    .action(async (run: string, options: ReportOptions) => {
      const { report } = await import('./report.ts');
      exit(await report(run, options));
    });

  gantry
    .command('lab')
    .description(
      'Run a scenario under a virtual clock: simulated machines, links and faults, real gradients. Writes a report; the same command gives the same result, and goes on where it was interrupted.',
    )
    .argument(
      '[scenario]',
      'a JSON file, or the name of a scenario that comes with Gantry (default: list those)',
    )
    .option('--seeds <range>', 'seeds of each cell, as 1..5 or 1,3,4', '1')
    .option('--out <dir>', 'directory to write into (default: lab/NAME)')
    .option(
      '--set <path=value>',
      'set a field of the configuration or of the scenario (population.…, measure.…); may be given often',
      repeated,
      [],
    )
    .option('--list', 'list the scenarios that come with Gantry')
    .option('--processes <n>', 'cells that are run at once (default: processors of this machine)')
    .allowExcessArguments(false)
    .exitOverride()
    .action(async (scenario: string | undefined, options: LabCommandOptions) => {
      const { lab } = await import('./lab.ts');
      exit(await lab(scenario, options));
    });

  gantry
    .command('lab-cells', { hidden: true })
    .description('Run cells for the process that started this one.')
    .exitOverride()
    .action(async () => {
      const { serveCells } = await import('../lab/cell/cell-process.ts');
      serveCells();
      await new Promise(() => undefined); // ends with the channel
    });

  gantry
    .command('work')
    .description('Work for a coordinator on another machine, without a browser.')
    .argument('<url>', 'its address, as in http://192.168.1.20:7070')
    .option('--code <code>', 'join code (or set GANTRY_JOIN_CODE)')
    .option('--name <name>', 'name to show')
    .option(
      '--fingerprint <sha256>',
      'of its certificate, as gantry start --https prints it; no other is accepted',
    )
    .option('--state <file>', 'keeps who this worker is: started again, it is the same one, with its history')
    .option('--quiet', 'print nothing but errors')
    .addOption(new Option('--attached', 'end with the process that started this one').hideHelp())
    .exitOverride()
    .action(
      async (
        url: string,
        options: {
          code?: string;
          name?: string;
          fingerprint?: string;
          state?: string;
          quiet?: boolean;
          attached?: boolean;
        },
      ) => {
        checkName(options.name);
        const { work } = await import('@gantry/worker/headless');
        exit(
          await work({
            url,
            joinCode: options.code ?? process.env.GANTRY_JOIN_CODE,
            name: options.name,
            fingerprint: options.fingerprint,
            state: options.state,
            quiet: options.quiet === true,
            attached: options.attached === true,
          }),
        );
      },
    );

  gantry
    .command('build')
    .description('Build the pages now, instead of at the next start.')
    .exitOverride()
    .action(async () => {
      const { buildPages } = await import('../pages/build.ts');
      await buildPages({ force: true, log: (line) => process.stdout.write(`${line}\n`) });
    });
  return gantry;
}

/** @throws OPTION_INVALID */
function checkName(name: string | undefined): void {
  if (name === undefined || workerName.safeParse(name).success) return;
  throw gantryError('OPTION_INVALID', '--name', name, `1 to ${limits.name} characters that can be shown`);
}

let code = 0;
try {
  await program((value) => {
    code = value;
  }).parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has said what is wrong; 0 is --help.
    code = error.exitCode === 0 ? 0 : 2;
  } else if (error instanceof GantryError) {
    process.stderr.write(`${error.message}\n`);
    code = error.entry.exit ?? 1;
  } else {
    process.stderr.write(
      `${error instanceof Error ? (error.stack ?? errorText(error)) : errorText(error)}\n`,
    );
    code = 1;
  }
}
// What is written to a pipe goes out later; exiting at once would cut it off.
process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
