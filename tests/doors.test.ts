/**
 * Who comes to the doors without belonging there, or with bad manners: turned away by name, by code and with a line in the
 * log, while those who belong are served.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  errorRegistry,
  limits,
  newFrame,
  parseConfig,
  presetConfig,
  protocolVersion,
  readFrame,
  sealFrame,
  type CoordinatorMessage,
  type EvaluateMessage,
  type FrameFields,
} from '@gantry/shared';
import { RunDirectory } from '../packages/coordinator/src/run/directory.ts';
import type { WorkerLink } from '../packages/coordinator/src/run/types.ts';
import {
  knownWorkers,
  Registry,
  type Identity,
  type LetIn,
} from '../packages/coordinator/src/run/registry.ts';
import {
  ask,
  codeIn,
  large,
  openDoors,
  presenterSays,
  RawConnection,
  secret,
  upgrade,
  type Doorstep,
} from './support/doorstep.ts';
import { patience, until } from './support/gantry.ts';
import { claiming, trainInProcess } from './support/in-process.ts';
import { closeOf, RawWorker } from './support/raw-worker.ts';

const hello = { type: 'hello', protocol: protocolVersion, kind: 'headless' } as const;
const nothing: FrameFields = {
  kind: 'update',
  codec: 'float32',
  incarnation: 7,
  lease: 1,
  version: 0,
  phase: 'generator',
  count: 0,
  replica: 0,
};
const status = (code: keyof typeof errorRegistry): number =>
  (errorRegistry[code] as { status?: number }).status ?? 0;
const logLine = (doors: Doorstep, code: string): Promise<true> =>
  until(`${code} in the log`, () => doors.logged.includes(code) || null);

describe('a page of a foreign origin', () => {
  it.each(['/socket', '/present/socket'])('opens no socket at %s; our own and programs do', async (path) => {
    const doors = await openDoors();
    for (const origin of ['http://elsewhere.example', doors.url.replace(/:\d+$/, ':1'), 'null', '']) {
      const answer = await upgrade(doors, path, { origin });
      expect(answer.status, origin).toBe(status('ORIGIN_FOREIGN'));
      expect(JSON.parse(answer.body)).toMatchObject({ code: 'ORIGIN_FOREIGN' });
    }
    expect(doors.logged).toEqual(Array.from({ length: 4 }, () => 'ORIGIN_FOREIGN'));
    expect((await upgrade(doors, `${path}%zz`, {})).status).toBe(status('REQUEST_INVALID'));
    expect((await upgrade(doors, path, { origin: doors.url })).status).toBe(101);
    expect((await upgrade(doors, path, {})).status).toBe(101);
  });

  it('gets no page and no sample either', async () => {
    const doors = await openDoors();
    for (const path of ['/', '/present/', '/samples/000000001.png', '/nowhere']) {
      const answer = await ask(doors, path, { origin: 'https://elsewhere.example' });
      expect([answer.status, codeIn(answer)], path).toEqual([403, 'ORIGIN_FOREIGN']);
    }
  });

  it('gets scripts, which are the same everywhere, so that a page of ours behind a proxy can say what is wrong', async () => {
    const doors = await openDoors();
    const origin = 'https://elsewhere.example';
    expect(await ask(doors, '/assets/index-1a2b.js', { origin })).toMatchObject({
      status: 200,
      body: 'its script',
    });
    for (const path of [
      '/assets/',
      '/assets/..',
      '/assets/%2e%2e/index.html',
      '/assets/../samples/000000001.png',
    ]) {
      expect(codeIn(await ask(doors, path, { origin })), path).toBe('ORIGIN_FOREIGN');
    }
    const host = `elsewhere.example:${doors.port}`;
    expect(codeIn(await ask(doors, '/assets/index-1a2b.js', { host }))).toBe('HOST_UNKNOWN');
  });

  it('is not ours by pointing its own name at this machine', async () => {
    const doors = await openDoors({ names: ['gantry.school.example'] });
    const host = `elsewhere.example:${doors.port}`;
    const refused = await upgrade(doors, '/socket', { host, origin: `http://${host}` });
    expect(refused.status).toBe(status('HOST_UNKNOWN'));
    expect(codeIn(await ask(doors, '/', { host }))).toBe('HOST_UNKNOWN');
    await logLine(doors, 'HOST_UNKNOWN');
    for (const name of [
      'gantry.school.example',
      'localhost',
      '192.168.1.20',
      '[fe80::1]',
      'Gantry.School.Example.',
    ]) {
      expect((await ask(doors, '/', { host: `${name}:${doors.port}` })).body, name).toBe('the tab');
    }
  });
});

describe('a flood', () => {
  it('of control messages is cut off, the cap named, and everybody else served', async () => {
    const doors = await openDoors({ bounds: { close: 0.1 } });
    const good = await RawWorker.join(doors, 'good');
    const { worker } = await RawWorker.join(doors, 'flooding');
    for (let i = 0; i < 2 * limits.messages.burst; i++)
      worker.say({ type: 'availability', state: 'working' });
    const refused = await worker.heard('refused');
    expect(refused.code).toBe('MESSAGES_TOO_MANY');
    expect(refused.message).toContain(`${limits.messages.burst} at once`);
    expect(await worker.closed).toEqual(closeOf('MESSAGES_TOO_MANY'));
    await logLine(doors, 'MESSAGES_TOO_MANY');
    good.worker.say({ type: 'availability', state: 'paused' });
    await until('the good one', () => doors.run.state.workers.get(1)?.availability === 'paused' || null);
  });

  it('of frames that nobody asked for is cut off', async () => {
    const doors = await openDoors({ bounds: { close: 0.1 } });
    const { worker } = await RawWorker.join(doors, 'flooding');
    // Of another incarnation, as if from before a restart: each is refused, and that is all.
    const stale = sealFrame(newFrame({ ...nothing, incarnation: 1 }, 16));
    for (let i = 0; i < 2 * limits.frames.burst; i++) worker.send(stale);
    for (let i = 0; i < limits.frames.burst; i++) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect((await worker.heard('refused')).code).toBe('UPDATE_INVALID');
    }
    expect((await worker.heard('refused')).message).toContain(`frames: ${limits.frames.burst} at once`);
    expect(await worker.closed).toEqual(closeOf('MESSAGES_TOO_MANY'));
  });

  it('is not what a worker does at full speed', { timeout: patience }, async () => {
    const ring = presetConfig('ring');
    const config = parseConfig({
      ...ring,
      model: { ...ring.model, width: 8 }, // the less it computes, the more it sends
      schedule: { ...ring.schedule, iterations: 60 },
    });
    const began = performance.now();
    const { run, events } = await trainInProcess({ config, platforms: [claiming(1)] });
    const seconds = (performance.now() - began) / 1000;
    // More than it could send unasked.
    expect(run.state.version).toBe(120);
    expect(120).toBeGreaterThan(limits.frames.burst + seconds * limits.frames.perSecond);
    expect(events.filter(({ type }) => type === 'worker-joined')).toHaveLength(1);
  });

  it('of bytes before a hello is cut off before they are kept', async () => {
    const doors = await openDoors({ bounds: { close: 0.1 } });
    const worker = await RawWorker.connect(doors);
    worker.send(new Uint8Array(large));
    expect(await worker.closed).toMatchObject({ code: expect.any(Number) as number });
    await logLine(doors, 'MESSAGE_INVALID');
  });

  it('of requests is refused by address, and by kind', async () => {
    const doors = await openDoors({
      bounds: {
        requests: { most: 20, seconds: 60 },
        chunks: { most: 3, seconds: 60 },
        upgrades: { most: 5, seconds: 60 },
      },
    });
    for (let i = 0; i < 5; i++) expect((await upgrade(doors, '/socket', {})).status).toBe(101);
    const socket = await upgrade(doors, '/socket', {});
    expect([socket.status, JSON.parse(socket.body)]).toMatchObject([429, { code: 'REQUESTS_TOO_MANY' }]);
    for (const expected of [200, 200, 200, 429]) {
      expect((await ask(doors, '/data/known/0')).status).toBe(expected);
    }
    for (let i = 0; i < 20; i++) expect((await ask(doors, i % 2 ? '/' : '/nowhere')).status).not.toBe(429);
    const page = await ask(doors, '/');
    expect([page.status, codeIn(page)]).toEqual([429, 'REQUESTS_TOO_MANY']);
    expect(page.headers['retry-after']).toBe('60');
    expect(page.body).toContain('20 requests in 60 s');
    expect((await ask(doors, '/', {}, 'POST')).status).toBe(429);
    await logLine(doors, 'REQUESTS_TOO_MANY');
  });

  it('of connections is cut off at the most that an address may have', async () => {
    const doors = await openDoors({ bounds: { connectionsOfAddress: 3 } });
    const open = [1, 2, 3].map(() => new RawConnection(doors));
    await until('three connections', () => open.every(({ socket }) => !socket.connecting) || null);
    await expect(ask(doors, '/')).rejects.toThrow();
    await logLine(doors, 'CONNECTIONS_TOO_MANY');
    open[0].socket.destroy();
    await until('a place', () =>
      ask(doors, '/').then(
        ({ status: found }) => found === 200 || null,
        () => null,
      ),
    );
  });
});

describe('a peer that', () => {
  it('never reads is given up once too much waits for it', async () => {
    const doors = await openDoors({ bounds: { pendingBytes: 1 << 16, close: 0.1 } });
    const peer = new RawConnection(doors);
    await peer.hangAfter('/socket', { ...hello, joinCode: doors.joinCode }, doors);
    await until('it is given up', () => {
      for (let i = 0; i < 5000; i++) doors.run.tellProgress();
      return doors.logged.includes('PEER_NOT_READING') || null;
    });
    await until('it has left', () => doors.run.state.workers.get(1)?.connected === false || null);
  });

  it('hangs with its connection open is found out by pings, and one that answers stays', async () => {
    const doors = await openDoors({ bounds: { ping: 0.1, close: 0.1 } });
    const { worker } = await RawWorker.join(doors, 'good');
    const peer = new RawConnection(doors);
    await peer.hangAfter('/socket', { ...hello, joinCode: doors.joinCode }, doors);
    await logLine(doors, 'PEER_SILENT');
    await until('it has left', () => doors.run.state.workers.get(2)?.connected === false || null);
    expect(doors.run.state.workers.get(1)?.connected).toBe(true);
    await worker.leave();
  });

  it('says nothing after opening a socket is refused', async () => {
    const doors = await openDoors({ bounds: { hello: 0.1, close: 0.1 } });
    const worker = await RawWorker.connect(doors);
    expect(await worker.closed).toEqual(closeOf('JOIN_TIMEOUT'));
    const page = await presenterSays(doors);
    expect(await page.closed).toEqual(closeOf('JOIN_TIMEOUT'));
  });

  it.each([
    [
      'its headers byte by byte',
      'GET / HTTP/1.1\r\nhost: localhost\r\nx-slow: ',
      { headers: 0.2, request: 60 },
    ],
    [
      'its body byte by byte',
      'POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\n',
      { headers: 0.2, request: 0.3 },
    ],
    ['nothing at all', '', { headers: 0.2, request: 60 }],
  ])('sends %s is cut off', async (_, start, bounds) => {
    const doors = await openDoors({ bounds });
    const peer = new RawConnection(doors);
    peer.socket.write(start);
    const trickle = setInterval(() => start !== '' && peer.socket.writable && peer.socket.write('a'), 50);
    onTestFinished(() => clearInterval(trickle));
    await logLine(doors, 'REQUEST_SLOW');
    await peer.gone();
    expect(peer.received).toMatch(/HTTP\/1.1 408 [^]*"code":"REQUEST_SLOW"/);
    expect((await ask(doors, '/')).status).toBe(200);
  });

  it('asks for a file and does not read it is cut off', async () => {
    const doors = await openDoors({ bounds: { idle: 0.2 } });
    const peer = new RawConnection(doors);
    peer.socket.pause();
    peer.socket.write('GET /large HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await until('the connection', async () => (await doors.connections()) === 1 || null);
    await until('its end', async () => (await doors.connections()) === 0 || null);
    // It is told when it reads what was on its way.
    peer.socket.resume();
    await peer.gone();
    expect(peer.received).toMatch(/^HTTP\/1.1 200 /);
    expect(peer.received.length).toBeLessThan(large);
  });

  it.each(['BREW / HTCPCP/1.0\r\n\r\n', '\x16\x03\x01\x02', `GET /%zz HTTP/1.1\r\nhost: localhost\r\n\r\n`])(
    'does not speak HTTP as we do (%j) is told so',
    async (text) => {
      const doors = await openDoors();
      const peer = new RawConnection(doors);
      peer.socket.write(text);
      await until('an answer', () => peer.received.includes('"code":"REQUEST_INVALID"') || null);
      expect(peer.received).toMatch(/^HTTP\/1.1 400 /);
      await logLine(doors, 'REQUEST_INVALID');
    },
  );
});

describe('a path that', () => {
  const steps = [
    '../',
    '..%2f',
    '%2e%2e/',
    '%2e%2e%2f',
    '%252e%252e%252f',
    '..\\',
    '..%5c',
    '%c0%ae%c0%ae/',
    '....//',
  ];
  const roots = ['/', '/assets/', '/present/', '/samples/', '/data/', '/data/known/', '/data/known/0/'];
  const wanted = ['secret.txt', 'run/config.json', 'etc/passwd'];

  it('leads out of what is served leads nowhere', async () => {
    const doors = await openDoors();
    const paths = roots.flatMap((root) =>
      steps.flatMap((step) =>
        [1, 2, 3, 12].flatMap((times) => wanted.map((file) => root + step.repeat(times) + file)),
      ),
    );
    for (const root of roots) {
      paths.push(
        `${root}/etc/passwd`,
        `${root}index.html%00`,
        `${root}%00`,
        `${root}.sources`,
        `${root}C:%5Cboot.ini`,
      );
    }
    const config = await readFile(join(doors.folder, 'run', 'config.json'), 'utf8');
    expect(paths.length).toBeGreaterThan(600);
    const look = async (path: string): Promise<void> => {
      const { status: found, body } = await ask(doors, path);
      expect([400, 403, 404], `${path}: ${found}`).toContain(found);
      expect(body).not.toContain(secret);
      expect(body).not.toBe(config);
    };
    const atOnce = 40;
    for (let i = 0; i < paths.length; i += atOnce) await Promise.all(paths.slice(i, i + atOnce).map(look));
    expect([...new Set(doors.logged)].sort()).toEqual(['NOT_FOUND', 'REQUEST_INVALID']);
    // What is served is still there.
    expect((await ask(doors, '/')).body).toBe('the tab');
    expect((await ask(doors, '/present/')).body).toBe("the presenter's page");
    expect((await ask(doors, '/samples/000000001.png')).body).toBe('a sheet');
    expect((await ask(doors, '/data/known/0')).body).toBe('a chunk');
  });
});

describe('every answer', () => {
  it.each(['/', '/present/', '/samples/000000001.png', '/nowhere'])(
    'has the headers that keep a page to itself: %s',
    async (path) => {
      const { headers } = await ask(await openDoors(), path);
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
        'x-frame-options': 'DENY',
      });
      expect(headers['strict-transport-security']).toBeUndefined();
      expect(headers['x-powered-by']).toBeUndefined();
    },
  );

  it('allows pages what the coordinator serves, and nothing inline', async () => {
    const doors = await openDoors();
    const policyFor = async (host: string): Promise<string> =>
      String((await ask(doors, '/', { host })).headers['content-security-policy']);
    const rest = ["object-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"];
    expect((await policyFor('192.168.1.20:7070')).split(';')).toEqual([
      "default-src 'none'",
      "script-src 'self' 'wasm-unsafe-eval' 'self'",
      "worker-src 'self' 'self'",
      "connect-src 'self' ws://192.168.1.20:7070",
      "img-src 'self'",
      "style-src 'self'",
      ...rest,
    ]);
    // Threads, where there are any, load from a blob.
    expect(await policyFor('localhost')).toContain(
      "script-src 'self' 'wasm-unsafe-eval' blob:;worker-src 'self' blob:",
    );
    expect(await policyFor('localhost')).not.toContain('unsafe-inline');
  });
});

describe('workers that come and go', () => {
  it('are forgotten beyond a thousand, the oldest first, those in quarantine last, and never who is there', async () => {
    const { run, folder } = await openDoors();
    const link = { sendMessage: () => undefined, sendFrame: () => undefined, close: () => undefined };
    const come = (name: string): Identity => {
      const identity = run.identify(undefined, name, 'tab');
      run.attach(identity, link);
      return identity;
    };
    /** Three sheets that cannot be right. */
    const lie = (identity: Identity): void => {
      for (let time = 1; time <= 3; time++) {
        const told: CoordinatorMessage[] = [];
        const listening: WorkerLink = { ...link, sendMessage: (message) => void told.push(message) };
        run.attach(identity, listening);
        run.message(identity.id, {
          type: 'ready',
          backend: 'wasm',
          tests: [],
          millisecondsPerMicrobatch: 1,
        });
        const { lease, version } = told.find(({ type }) => type === 'evaluate') as EvaluateMessage;
        const head = { ...nothing, kind: 'evaluation', lease, version, count: 1 } as const;
        run.frame(identity.id, readFrame(sealFrame(newFrame(head, 16))));
        run.detach(identity.id, listening, false);
      }
    };
    const liar = come('liar');
    lie(liar);
    expect(run.state.workers.get(liar.id)?.quarantined).not.toBeNull();
    const there = come('there');
    const gone = Array.from({ length: limits.knownWorkers + 1 }, (_, i) => {
      const identity = come(`visitor ${i}`);
      run.detach(identity.id, link, true);
      return identity;
    });
    const known = gone.map(({ token }) => run.knows(token));
    expect(known.indexOf(true)).toBe(3);
    expect(known.slice(3).every(Boolean)).toBe(true);
    expect([there, liar].map(({ token }) => run.knows(token))).toEqual([true, true]);
    expect(run.state.workers.size).toBe(limits.knownWorkers);
    const written = async (): Promise<number | undefined> =>
      (await new RunDirectory(join(folder, 'run')).readWorkers())?.length;
    await until('workers.json', async () => (await written()) === limits.knownWorkers || null);
    // Where all others are there, who is in quarantine makes room; and then there is none.
    for (const identity of gone.slice(3)) run.attach(identity, link);
    come('the last');
    expect(run.knows(liar.token)).toBe(false);
    expect(() => come('one more')).toThrow(errorRegistry.WORKERS_FULL.message(limits.knownWorkers));
  });
});

describe('a join code', () => {
  it('that is missing or wrong lets nobody in, and sixty wrong ones shut the door for a minute', async () => {
    const doors = await openDoors();
    const known = await RawWorker.join(doors, 'known');
    const enter = async (more: object): Promise<RawWorker> => {
      const worker = await RawWorker.connect(doors);
      worker.send(JSON.stringify({ ...hello, ...more }));
      return worker;
    };
    for (let i = 0; i < 12; i++) {
      expect(await (await enter({})).closed, 'without').toEqual(closeOf('JOIN_CODE_WRONG'));
    }
    for (let i = 0; i < limits.tries.most; i++) {
      expect(await (await enter({ joinCode: 'AAAA' })).closed, 'wrong').toEqual(closeOf('JOIN_CODE_WRONG'));
    }
    expect(await (await enter({ joinCode: 'AAAA' })).closed).toEqual(closeOf('JOIN_TRIES'));
    expect(await (await enter({ joinCode: doors.joinCode })).closed).toEqual(closeOf('JOIN_TRIES'));
    expect(doors.run.state.workers.size).toBe(1);
    expect(doors.logged).toContain('JOIN_TRIES');
    // Who was in comes back by its token.
    const back = await enter({ token: known.welcome.token });
    expect((await back.heard('welcome')).worker).toBe(known.welcome.worker);
  });
});

describe("a worker's token", () => {
  it('that was guessed is nobody: it lets in nobody, and is given to nobody', async () => {
    const doors = await openDoors();
    const { welcome } = await RawWorker.join(doors, 'good');
    expect(Buffer.from(welcome.token, 'base64url')).toHaveLength(16);
    const guess = Buffer.alloc(16, 1).toString('base64url');
    const without = await RawWorker.connect(doors);
    without.say({ ...hello, token: guess });
    expect(await without.closed).toEqual(closeOf('JOIN_CODE_WRONG'));
    const other = await RawWorker.connect(doors);
    other.say({ ...hello, token: guess, joinCode: doors.joinCode });
    const stranger = await other.heard('welcome');
    expect(stranger.worker).not.toBe(welcome.worker);
    expect(stranger.token).not.toBe(guess);
    expect(stranger.token).not.toBe(welcome.token);
  });

  it('makes the same worker: its later connection replaces the one before', async () => {
    const doors = await openDoors();
    const first = await RawWorker.join(doors, 'good');
    const later = await RawWorker.connect(doors);
    later.say({ ...hello, token: first.welcome.token });
    expect(await later.heard('welcome')).toMatchObject({
      worker: first.welcome.worker,
      token: first.welcome.token,
    });
    expect(await first.worker.closed).toEqual(closeOf('REPLACED'));
    const workers = [...doors.run.state.workers.values()];
    expect(workers.map(({ id, connected }) => [id, connected])).toEqual([[first.welcome.worker, true]]);
    // Its leaving says nothing of the one that took its place.
    later.say({ type: 'availability', state: 'paused' });
    await until('the later one', () => doors.run.state.workers.get(1)?.availability === 'paused' || null);
  });
});

describe("the presenter's socket", () => {
  const pardon = { type: 'pardon', worker: 1 };

  it.each([
    ['an action before the hello', [pardon], 'MESSAGE_UNEXPECTED'],
    ['a wrong token', [{ type: 'hello', token: 'guessed' }, pardon], 'PRESENTER_TOKEN_WRONG'],
    ['an action that there is not', [{ type: 'shutdown' }], 'MESSAGE_INVALID'],
  ] as const)('refuses %s, and closes', async (_, messages, code) => {
    const doors = await openDoors();
    await RawWorker.join(doors, 'good');
    const page = await presenterSays(doors, ...messages);
    expect(await page.closed).toEqual(closeOf(code));
    expect(page.heard()).toEqual([]);
    expect(doors.logged).toEqual([code]);
  });

  it('takes actions after the hello', async () => {
    const doors = await openDoors();
    await RawWorker.join(doors, 'good');
    const pardoned: number[] = [];
    doors.run.members.pardon = (worker) => void pardoned.push(worker);
    const page = await presenterSays(doors, { type: 'hello', token: doors.presenterToken }, pardon);
    await until('the action', () => pardoned.length > 0 || null);
    expect(pardoned).toEqual([1]);
    await until('how the run goes', () => page.heard().includes('progress') || null);
    page.socket.send(JSON.stringify({ type: 'hello', token: doors.presenterToken }));
    expect(await page.closed).toEqual(closeOf('MESSAGE_UNEXPECTED'));
  });

  it('lets a quarantined worker work again, tested anew', async () => {
    const doors = await openDoors();
    const page = await presenterSays(doors, { type: 'hello', token: doors.presenterToken });
    // Where a coordinator that crashes now and is started again finds it.
    const written = async (): Promise<readonly LetIn[]> =>
      (await new RunDirectory(join(doors.folder, 'run')).readWorkers()) ?? [];
    const again = async (token?: string): Promise<{ worker: RawWorker; token: string }> => {
      const worker = await RawWorker.connect(doors);
      const { joinCode } = doors;
      worker.say({
        type: 'hello',
        protocol: protocolVersion,
        kind: 'tab',
        joinCode,
        ...(token ? { token } : {}),
      });
      return { worker, token: (await worker.heard('welcome')).token };
    };
    let { worker, token } = await again();
    for (let time = 1; time <= 3; time++) {
      worker.ready(1);
      // The first sheet, and after a wrong one again.
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const { lease, version } = await worker.heard('evaluate');
      const head = { ...nothing, kind: 'evaluation', lease, version, count: 1 } as const;
      worker.send(sealFrame(newFrame(head, 16)));
      // oxlint-disable-next-line no-await-in-loop
      expect(await worker.closed).toEqual(closeOf('PUT_ASIDE'));
      // oxlint-disable-next-line no-await-in-loop
      ({ worker, token } = await again(token));
    }
    expect((await worker.heard('quarantined')).reason).toMatch(/^3 of its updates could not be right/);
    worker.ready(1);
    await until('its quarantine on disk', async () => (await written())[0]?.quarantined ?? null);
    expect(await written()).toMatchObject([{ token, rejections: [0, 0, 0] }]);
    await until(
      'the worker on the page',
      () => page.said.some((text) => text.includes('"state":"quarantined"')) || null,
    );

    page.socket.send(JSON.stringify(pardon));
    expect(await worker.closed).toEqual(closeOf('PUT_ASIDE'));
    await until('its pardon on disk', async () => (await written())[0]?.quarantined === null || null);
    expect(await written()).toMatchObject([{ token, rejections: [] }]);
    ({ worker } = await again(token));
    worker.ready(1);
    await worker.heard('evaluate');
    // Once is enough: a second click does nothing, and closes nothing.
    page.socket.send(JSON.stringify(pardon));
    await until('its refusal in the log', () => doors.logged.includes('PARDON_NEEDLESS') || null);
    expect(page.socket.readyState).toBe(page.socket.OPEN);
  });

  it('keeps out whom it does not know while joining is locked', async () => {
    const doors = await openDoors();
    const first = await RawWorker.join(doors, 'first');
    const page = await presenterSays(doors, { type: 'hello', token: doors.presenterToken });
    page.socket.send(JSON.stringify({ type: 'lock-joining', locked: true }));
    await until('the lock', () => doors.run.members.locked || null);
    const late = await RawWorker.connect(doors);
    late.say({ ...hello, joinCode: doors.joinCode });
    expect(await late.closed).toEqual(closeOf('JOINING_LOCKED'));
    const back = await RawWorker.connect(doors);
    back.say({ ...hello, token: first.welcome.token });
    expect(await back.heard('welcome')).toMatchObject({ worker: first.welcome.worker });
    page.socket.send(JSON.stringify({ type: 'lock-joining', locked: false }));
    await until('no lock', () => !doors.run.members.locked || null);
    expect((await RawWorker.join(doors, 'late')).welcome.worker).not.toBe(first.welcome.worker);
  });

  it("removes a worker: it is told, and its token is nobody's, also after a restart", async () => {
    const doors = await openDoors();
    const { worker, welcome } = await RawWorker.join(doors, 'rude');
    const page = await presenterSays(
      doors,
      { type: 'hello', token: doors.presenterToken },
      { type: 'remove', worker: welcome.worker },
    );
    expect(await worker.closed).toEqual(closeOf('REMOVED'));
    expect(page.socket.readyState).toBe(page.socket.OPEN);
    expect(doors.run.state.workers.has(welcome.worker)).toBe(false);
    const again = await RawWorker.connect(doors);
    again.say({ ...hello, token: welcome.token });
    expect(await again.closed).toEqual(closeOf('JOIN_CODE_WRONG'));
    const { directory } = doors.run.options;
    const written = await until('workers.json', async () => {
      const all = await directory.readWorkers();
      return all?.some(({ removed }) => removed) ? all : null;
    });
    expect(new Registry(knownWorkers([], written)).knows(welcome.token)).toBe(false);
  });

  it('renames a worker, whatever it calls itself when it comes back', async () => {
    const doors = await openDoors();
    const { worker, welcome } = await RawWorker.join(doors, 'rude');
    await presenterSays(
      doors,
      { type: 'hello', token: doors.presenterToken },
      { type: 'rename', worker: welcome.worker, name: 'Ada' },
    );
    expect(await worker.heard('renamed')).toEqual({ type: 'renamed', name: 'Ada' });
    worker.say({ type: 'rename', name: 'still rude' });
    expect(await worker.heard('renamed')).toEqual({ type: 'renamed', name: 'Ada' });
    const back = await RawWorker.connect(doors);
    back.say({ ...hello, token: welcome.token, name: 'rude again' });
    expect(await back.heard('welcome')).toMatchObject({ worker: welcome.worker, name: 'Ada' });
  });

  it('takes sixty wrong tokens a minute from an address, and then not even the right one', async () => {
    const doors = await openDoors();
    for (let i = 0; i < limits.tries.most; i++) {
      const page = await presenterSays(doors, { type: 'hello', token: `guess ${i}` });
      expect(await page.closed).toEqual(closeOf('PRESENTER_TOKEN_WRONG'));
    }
    const right = await presenterSays(doors, { type: 'hello', token: doors.presenterToken });
    expect(await right.closed).toEqual(closeOf('PRESENTER_TRIES'));
    expect(right.heard()).toEqual([]);
  });

  it('is cut off when it floods', async () => {
    const doors = await openDoors({ bounds: { close: 0.1 } });
    await RawWorker.join(doors, 'good');
    const actions = Array.from({ length: 2 * limits.messages.burst }, () => pardon);
    const page = await presenterSays(doors, { type: 'hello', token: doors.presenterToken }, ...actions);
    expect(await page.closed).toEqual(closeOf('MESSAGES_TOO_MANY'));
  });
});
