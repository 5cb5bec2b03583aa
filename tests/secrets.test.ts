/** Join code, presenter's token and workers' tokens are in no log, however much is logged. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { protocolVersion } from '@gantry/shared';
import { completed, patience, useSystem, workerReady } from './support/gantry.ts';
import { closeOf, RawWorker } from './support/raw-worker.ts';

const system = useSystem();
beforeAll(() => void vi.stubEnv('GANTRY_LOG', 'trace'));
afterAll(() => void vi.unstubAllEnvs());

it('no secret is logged', { timeout: patience }, async () => {
  const options = ['--preset', 'ring', '--iterations', '20', '--workers', '1', '--wait-for', '2'];
  const coordinator = await system.start('secrets', options);
  const { joinCode, url } = coordinator;
  const presenterToken = new URL(coordinator.presenter).hash.slice(1);
  const hello = { type: 'hello', protocol: protocolVersion, kind: 'headless', joinCode };

  const { worker, welcome } = await RawWorker.join(coordinator, 'Ada');
  const again = await RawWorker.connect(coordinator);
  again.send(JSON.stringify({ ...hello, name: 'Ada', token: welcome.token }));
  await again.heard('welcome');
  expect(await worker.closed).toEqual(closeOf('REPLACED'));
  // What is refused is told in the log, and it holds secrets.
  const spoilt = [
    `{"type":"hello","joinCode":"${joinCode}"x`,
    JSON.stringify({ ...hello, token: welcome.token, [joinCode]: presenterToken }).replace(/^/, '['),
    JSON.stringify({ ...hello, protocol: welcome.token }),
    JSON.stringify({ ...hello, token: presenterToken.repeat(10) }),
    JSON.stringify({ ...hello, type: presenterToken }),
  ];
  for (const text of spoilt) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other, as one peer may
    const peer = await RawWorker.connect(coordinator);
    peer.send(text);
    // oxlint-disable-next-line no-await-in-loop
    expect((await peer.closed).code).toBe(closeOf('MESSAGE_INVALID').code);
  }
  for (const path of [
    `/nowhere?code=${joinCode}`,
    `/?code=${joinCode}`,
    `/data/0/0?code=${joinCode}`,
    `/%zz?code=${joinCode}`,
  ]) {
    // oxlint-disable-next-line no-await-in-loop
    await (await fetch(url + path, { headers: { referer: url + path } })).text();
  }
  for (const message of [{ type: 'hello', token: presenterToken }, { type: presenterToken }]) {
    const page = new WebSocket(`${url.replace('http', 'ws')}/present/socket`);
    page.once('open', () => page.send(JSON.stringify(message)));
    // oxlint-disable-next-line no-await-in-loop
    await new Promise((resolve) => page.once('message', resolve).once('close', resolve));
    page.close();
  }
  // With the second the run begins, and goes to its end.
  again.ready(1000);
  for (const name of ['Ada', 'this machine 1']) {
    // oxlint-disable-next-line no-await-in-loop
    await workerReady(coordinator.directory, name);
  }
  await again.leave();
  const summary = completed(coordinator);
  const { stdout, stderr } = await coordinator.exit;
  await summary;

  // Standard output begins with what is printed on purpose for whoever starts it.
  const banner = /^[^]*?^Presenter: .*$/m.exec(stdout)?.[0] ?? '';
  expect(banner).toContain(presenterToken);
  const logs = {
    output: stdout.slice(banner.length),
    log: stderr,
    events: await readFile(join(coordinator.directory, 'events.jsonl'), 'utf8'),
    summary: await readFile(join(coordinator.directory, 'summary.json'), 'utf8'),
    config: await readFile(join(coordinator.directory, 'config.json'), 'utf8'),
  };
  expect(stderr).toContain('"code":"MESSAGE_INVALID"');
  expect(stderr).toContain('A worker joined');
  for (const [place, text] of Object.entries(logs)) {
    expect(text.length, place).toBeGreaterThan(50);
    for (const each of [presenterToken, welcome.token]) expect(text, place).not.toContain(each);
    // Of figures alone it may be part of some number.
    expect(text, place).not.toMatch(new RegExp(`(?<![\\w.])${joinCode}(?![\\w.])`));
  }
});
