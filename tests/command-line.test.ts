/**
 * The command line at its edges: what is wrong is said in one sentence that names it, with the exit code of
 * the error registry, and leaves nothing behind.
 */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorRegistry, presetConfig } from '@gantry/shared';
import { pictureFrom } from './support/doorstep.ts';
import { freePort, patience, until, useSystem, type Exit } from './support/gantry.ts';

const system = useSystem();

/** Listens on a port for as long as the tests run; on 0 for any. */
const listeners: Server[] = [];
async function occupy(port: number): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  listeners.push(server);
  return (server.address() as AddressInfo).port;
}

/** IDX of 10 images of 28x28 that ends after the first few pixels. */
const truncatedIdx = Buffer.from('000008030000000a0000001c0000001c0102030405', 'hex');

/** Folder of one test, with things to stumble over. */
async function folderWithTraps(name: string): Promise<string> {
  const folder = join(system.folder, name);
  await mkdir(join(folder, 'holds-a-run'), { recursive: true });
  const config = JSON.stringify(presetConfig('ring'));
  await Promise.all([
    writeFile(join(folder, 'holds-a-run', 'config.json'), config),
    writeFile(join(folder, 'not-json.json'), '{ "preset": '),
    writeFile(join(folder, 'odd.json'), config.replace('"momentum":', '"momentun":')),
    writeFile(join(folder, 'a-file'), ''),
    writeFile(join(folder, 'damaged-idx3-ubyte'), truncatedIdx),
  ]);
  return folder;
}

const filesUnder = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true })).toSorted();

let busy = 0;
beforeAll(async () => {
  busy = await occupy(0);
});
afterAll(async () => {
  await Promise.all(listeners.map((server) => new Promise((resolve) => server.close(resolve))));
});

const start = (...options: readonly string[]) => ['start', ...options];
const images = ['--preset', 'digits'];

/** What is wrong, the command line, and what standard error must name. */
const wrong: readonly (readonly [string, readonly string[], ...string[]])[] = [
  ['an unknown command', ['begin'], 'begin'],
  ['an unknown option', start('--worker', '2'), '--worker'],
  ['an option without its value', start('--seed'), '--seed'],
  ['an unknown preset', start('--preset', 'faces'), '--preset', 'faces', 'digits-small'],
  ['a seed that is no number', start('--seed', 'lucky'), '--seed', 'lucky'],
  ['a seed beyond 32 bits', start('--seed', '4294967296'), '--seed', '4294967296', '4294967295'],
  [
    '--set of no field',
    start('--set', 'optimizer.generator.rate=1'),
    'optimizer.generator.rate',
    'learningRate',
  ],
  [
    '--set of a value out of range',
    start('--set', 'batch.microbatch=7'),
    'batch.microbatch',
    '"7"',
    'batch.global',
  ],
  ['--set of a value of another type', start('--set', 'ema.decay=much'), 'ema.decay', 'much'],
  ['--set without =', start('--set', 'seed'), '--set', '"seed"', 'PATH=VALUE'],
  ['data that is not there', start(...images, '--data', 'nowhere'), 'nowhere', 'no such'],
  ['damaged data', start(...images, '--data', 'damaged-idx3-ubyte'), 'damaged-idx3-ubyte', 'truncated'],
  ['data for a preset of points', start('--preset', 'ring', '--data', 'a-file'), '--data', 'a-file'],
  ['a configuration that is not there', start('--config', 'none.json'), '--config', 'none.json'],
  ['a configuration that is not JSON', start('--config', 'not-json.json'), 'not-json.json', 'JSON'],
  ['a configuration with an unknown field', start('--config', 'odd.json'), 'batchNorm.momentun', 'momentum.'],
  ['a directory that holds a run', start('--run', 'holds-a-run'), 'holds-a-run', '--resume'],
  ['a run directory that is a file', start('--run', 'a-file'), 'a-file', 'it is a file'],
  ['--resume where no run is', start('--resume'), '--resume', 'runs/'],
  ['--resume of a directory without a run', start('--resume', '--run', 'nowhere'), 'nowhere', 'config.json'],
  [
    '--resume with a preset',
    start('--resume', '--run', 'holds-a-run', '--preset', 'grid'),
    '--preset',
    'grid',
  ],
  ['--from of no run', start('--from', 'nowhere'), 'nowhere', 'no such file', 'runs/NAME'],
  ['a sample of no run', ['sample', 'nowhere'], 'nowhere', 'config.json'],
  ['a port that is none', start('--port', '70000'), '--port', '70000', '65535'],
  ['a host that is not here', start('--host', '203.0.113.9'), '203.0.113.9'],
  ['a certificate without its key', start('--cert', 'a-file'), '--cert', 'a-file', '--key'],
  ['a certificate that is not there', start('--cert', 'none.pem', '--key', 'a-file'), 'none.pem', 'no such'],
  [
    'a certificate that is none',
    start('--cert', 'a-file', '--key', 'a-file'),
    'a-file',
    'no certificate in PEM',
  ],
  [
    'a name with a port',
    start('--allow-host', 'laptop:7070'),
    '--allow-host',
    'laptop:7070',
    'without a port',
  ],
  [
    'a fingerprint that is none',
    ['work', 'https://localhost', '--fingerprint', 'AB:CD'],
    '--fingerprint',
    'AB:CD',
  ],
  [
    'a fingerprint for plain http',
    ['work', 'localhost', '--fingerprint', 'AB'.repeat(32)],
    '--fingerprint',
    'https only',
  ],
  ['an address that is none', ['work', 'ftp://example'], 'ftp://example', 'http://'],
  [
    'an identity kept in a file of something else',
    ['work', 'http://127.0.0.1:1', '--state', 'not-json.json'],
    '--state',
    'not-json.json',
    'something else',
  ],
];

/** Lines of standard error, without the hints in parentheses that follow errors of usage. */
const sentences = ({ stderr }: Exit): string[] =>
  stderr
    .trimEnd()
    .split('\n')
    .filter((line) => !/^\(.*\)$/.test(line));

describe.concurrent(
  'gantry says in a sentence what is wrong, and leaves nothing behind',
  { timeout: patience },
  () => {
    it.each(wrong.map((each, index) => [each[0], index] as const))('%s', async (_, index) => {
      const [, options, ...named] = wrong[index];
      const folder = await folderWithTraps(`wrong-${index}`);
      const before = await filesUnder(folder);
      const exit = await system.gantry(options, folder).exit;
      expect(exit).toMatchObject({ code: 2, stdout: '' });
      expect(sentences(exit)).toHaveLength(1);
      for (const each of named) expect(exit.stderr).toContain(each);
      expect(await filesUnder(folder)).toEqual(before);
    });

    it('a port that is in use', async () => {
      const folder = await folderWithTraps('busy-port');
      const before = await filesUnder(folder);
      const exit = await system.gantry(['start', '--host', '127.0.0.1', '--port', String(busy)], folder).exit;
      expect(exit).toMatchObject({
        code: 2,
        stderr: `${errorRegistry.PORT_BUSY.message('127.0.0.1', busy)}\n`,
      });
      expect(await filesUnder(folder)).toEqual(before);
    });

    it('a coordinator that does not answer', async () => {
      const url = `http://127.0.0.1:${await freePort()}`;
      const exit = await system.gantry(['work', url, '--quiet']).exit;
      expect(exit).toMatchObject({ code: errorRegistry.COORDINATOR_UNREACHABLE.exit, stdout: '' });
      expect(sentences(exit)).toHaveLength(1);
      expect(exit.stderr).toContain(url);
    });

    it('a wrong join code', async () => {
      const coordinator = await system.start('coded', ['--workers', '0', '--preset', 'ring']);
      const exit = await system.gantry(['work', coordinator.url, '--code', 'AAAA', '--quiet']).exit;
      expect(exit).toMatchObject({
        code: 1,
        stdout: '',
        stderr: `${errorRegistry.JOIN_CODE_WRONG.message()}\n`,
      });
      coordinator.signal('SIGKILL');
    });
  },
);

describe.concurrent('gantry', { timeout: patience }, () => {
  it.each([
    [['--help'], ['start', 'sample', 'work', 'build']],
    [
      ['start', '--help'],
      ['--preset', '--data', '--from', '--freeze', '--resume', '--set', 'digits-small'],
    ],
    [
      ['work', '--help'],
      ['<url>', '--code', '--state'],
    ],
  ])('%j tells what there is', async (options, named) => {
    const exit = await system.gantry(options).exit;
    expect(exit).toMatchObject({ code: 0, stderr: '' });
    for (const each of named) expect(exit.stdout).toContain(each);
  });

  it('takes the next free port where the default one is busy', async () => {
    // Where this fails, another program has the port: as busy as if it were ours.
    await occupy(7070).catch(() => undefined);
    const started = system.gantry(['start', '--host', '127.0.0.1', '--workers', '0', '--preset', 'ring']);
    const port = await until('the address', () => /^Join: .*:(\d+)$/m.exec(started.stdout())?.[1] ?? null);
    expect(Number(port)).toBeGreaterThan(7070);
    expect(Number(port)).toBeLessThanOrEqual(7090);
    started.signal('SIGKILL');
  });
});

describe('gantry start, when its run is done', { timeout: patience }, () => {
  it('draws what the presenter asks for with the workers that it brought, while others have ended', async () => {
    const options = ['--preset', 'ring', '--iterations', '20', '--workers', '1', '--wait-for', '2'];
    const coordinator = await system.start('done', options, 'stays');
    const { url, joinCode } = coordinator;
    const other = system.gantry(['work', url, '--code', joinCode, '--quiet']);
    expect(await other.exit).toMatchObject({ code: 0, stderr: '' });
    expect((await pictureFrom(coordinator)).points).toHaveLength(1);
    coordinator.signal('SIGINT');
    expect(await coordinator.exit).toMatchObject({ code: 0 });
  });
});
