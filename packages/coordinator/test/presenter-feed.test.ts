/** Pages are told news that build on each other: one that does not keep up must not miss some for good. */
import { EventEmitter } from 'node:events';
import type { WebSocket } from 'ws';
import { afterEach, expect, it, vi } from 'vitest';
import { planModel, presetConfig, type PresenterMessage } from '@gantry/shared';
import { RunDirectory } from '../src/run/directory.ts';
import { Run } from '../src/run/run.ts';
import { defaultBounds } from '../src/server/bounds.ts';
import { PresenterFeed } from '../src/server/presenter/feed.ts';
import { PresenterKey } from '../src/server/presenter/key.ts';
import type { Peer } from '../src/server/stranger.ts';
import { MemoryDisk } from './support/memory-disk.ts';

afterEach(() => vi.useRealTimers());

/** A page's socket, as far as the feed uses one. */
class Page extends EventEmitter {
  readonly OPEN = 1;
  readonly readyState = 1;
  bufferedAmount = 0;
  heard: string[] = [];

  send(text: string): void {
    this.heard.push((JSON.parse(text) as PresenterMessage).type);
  }
  close(): void {
    this.emit('close');
  }
}

it('a page that falls behind is told nothing until it has caught up, and then everything anew', () => {
  vi.useFakeTimers();
  const config = presetConfig('ring');
  const run = new Run({
    config,
    model: planModel(config),
    data: null,
    directory: new RunDirectory('/run', new MemoryDisk()),
    checkpoint: null,
    incarnation: 7,
    secret: [1, 2],
    clock: { now: () => 0, date: () => 0, at: () => () => undefined },
    notice: () => undefined,
  });
  const log = { info: () => undefined, warn: () => undefined };
  const feed = new PresenterFeed(run, new PresenterKey('token'), log, defaultBounds);
  const pages = [new Page(), new Page()];
  const [slow, quick] = pages;
  for (const page of pages) {
    const peer = { ip: '127.0.0.1', raw: { socket: new EventEmitter() } };
    feed.serve(page as unknown as WebSocket, peer as unknown as Peer);
    page.emit('message', Buffer.from(JSON.stringify({ type: 'hello', token: 'token' })), false);
    expect(page.heard).toEqual(expect.arrayContaining(['hello', 'series', 'timeline', 'progress']));
  }
  for (const page of pages) page.heard = [];
  slow.bufferedAmount = 9 * 2 ** 20;
  vi.advanceTimersByTime(1000);
  expect(slow.heard).toEqual([]);
  slow.bufferedAmount = 1000; // what it is told now would be out of order with what it missed
  vi.advanceTimersByTime(1000);
  expect(slow.heard).toEqual([]);
  slow.bufferedAmount = 0;
  vi.advanceTimersByTime(250);
  expect(slow.heard).toEqual(expect.arrayContaining(['hello', 'series', 'timeline', 'progress']));
  expect(slow.heard.filter((type) => type === 'hello')).toHaveLength(1);
  expect(new Set(quick.heard)).toEqual(new Set(['progress']));
  slow.heard = [];
  vi.advanceTimersByTime(250);
  expect(slow.heard).toEqual(['progress']);
  feed.close();
});
