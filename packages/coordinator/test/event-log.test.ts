import { describe, expect, it } from 'vitest';
import { EventLog } from '../src/run/event-log.ts';
import { MemoryDisk } from './support/memory-disk.ts';

const path = '/events.jsonl';

interface Told {
  readonly failed: string[];
  readonly restored: number[];
}

function openLog(disk: MemoryDisk): { log: EventLog; told: Told } {
  const told: Told = { failed: [], restored: [] };
  const log = new EventLog();
  log.open(path, disk, {
    failed: (error) => told.failed.push((error as NodeJS.ErrnoException).code ?? String(error)),
    restored: (lost) => told.restored.push(lost),
  });
  return { log, told };
}

interface Line {
  readonly time: number;
  readonly type: string;
  readonly lines?: number;
}

async function linesOf(disk: MemoryDisk): Promise<Line[]> {
  const text = Buffer.from(await disk.read(path)).toString();
  expect(text.endsWith('\n')).toBe(true);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

async function diskWith(content: string | Uint8Array): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  const file = await disk.open(path, 'w');
  await file.write(Buffer.from(content));
  return disk;
}

describe('the event log', () => {
  it('keeps what came before it was opened, one JSON object a line', async () => {
    const disk = new MemoryDisk();
    const log = new EventLog();
    log.write(1, { type: 'early' });
    log.open(path, disk, { failed: () => undefined, restored: () => undefined });
    log.write(2, { type: 'step', loss: 0.5 });
    await log.close();
    expect(await linesOf(disk)).toEqual([{ time: 1, type: 'early' }, { time: 2, type: 'step', loss: 0.5 }]); // prettier-ignore
  });

  it('goes on where it was', async () => {
    const disk = await diskWith('{"time":1,"type":"old"}\n');
    const { log } = openLog(disk);
    log.write(2, { type: 'new' });
    await log.close();
    expect((await linesOf(disk)).map(({ type }) => type)).toEqual(['old', 'new']);
  });

  it.each([
    ['half a line', '{"time":1,"type":"old"}\n{"time":2,"ty', ['old', 'new']],
    ['zeros', `{"time":1,"type":"old"}\n${'\0'.repeat(700)}`, ['old', 'new']],
    [
      'zeros before other lines',
      '{"time":1,"type":"old"}\n\0\0\0":2}\n{"time":3,"type":"x"}\n',
      ['old', 'new'],
    ],
    ['nothing but half a line', '{"time":1,', ['new']],
    [
      'half a line after more than is read at once',
      `{"time":1,"type":"old","text":"${'x'.repeat(3 * 2 ** 20)}"}\n{"time":2,"ty`,
      ['old', 'new'],
    ],
  ])('cuts off what a crash left torn: %s', async (_, before, types) => {
    const disk = await diskWith(before);
    const { log } = openLog(disk);
    log.write(9, { type: 'new' });
    await log.close();
    expect((await linesOf(disk)).map(({ type }) => type)).toEqual(types);
  });

  it('on a full disk tells so once, tries again with each line, and says when it works again', async () => {
    const disk = new MemoryDisk();
    const { log, told } = openLog(disk);
    for (let time = 0; time < 3; time++) log.write(time, { type: 'before' });
    await log.sync();
    disk.capacity = 3 * 28 + 10; // the next line is cut in the middle
    for (let time = 3; time < 10; time++) {
      log.write(time, { type: 'meanwhile' });
      // oxlint-disable-next-line no-await-in-loop -- each is a try of its own
      await log.sync();
    }
    expect(told).toEqual({ failed: ['ENOSPC'], restored: [] });
    disk.capacity = Infinity;
    log.write(10, { type: 'after' });
    await log.sync();
    expect(told).toEqual({ failed: ['ENOSPC'], restored: [0] });
    expect((await linesOf(disk)).map(({ time }) => time)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    // It may fail a second time, which is told again.
    disk.readOnly = true;
    log.write(11, { type: 'read-only' });
    await log.sync();
    expect(told.failed).toEqual(['ENOSPC', 'EROFS']);
    disk.readOnly = false;
    await log.close();
    expect((await linesOf(disk)).at(-1)).toEqual({ time: 11, type: 'read-only' });
  });

  it('keeps so many lines while it cannot write, and counts the others', async () => {
    const disk = new MemoryDisk();
    const { log, told } = openLog(disk);
    disk.capacity = 0;
    const text = 'x'.repeat(10_000);
    for (let time = 0; time < 1000; time++) log.write(time, { type: 'step', text });
    await log.sync();
    disk.capacity = Infinity;
    await log.close();
    const lines = await linesOf(disk);
    const kept = lines.filter(({ type }) => type === 'step').length;
    expect(kept * 10_000).toBeLessThan(4 * 2 ** 20);
    expect(kept).toBeGreaterThan(400);
    expect(lines.at(-1)).toEqual({ time: 999, type: 'lines-lost', lines: 1000 - kept });
    expect(told).toEqual({ failed: ['ENOSPC'], restored: [1000 - kept] });
  });

  it('where there is no directory does no harm', async () => {
    const told: string[] = [];
    const log = new EventLog();
    const disk = new MemoryDisk();
    log.open('/nowhere/events.jsonl', disk, { failed: (error) => told.push(String(error)), restored: () => undefined }); // prettier-ignore
    log.write(1, { type: 'x' });
    await log.sync();
    log.write(2, { type: 'y' });
    await log.close();
    expect(told).toEqual(['Error: ENOENT: /nowhere']);
  });
});
