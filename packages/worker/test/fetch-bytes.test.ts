import { describe, expect, it } from 'vitest';
import { fetchWith } from '../src/session/fetch-bytes.ts';

const asking = (...statuses: readonly number[]) => {
  const asked: string[] = [];
  const fetchBytes = fetchWith(async (url) => {
    const status = statuses[Math.min(asked.length, statuses.length - 1)];
    asked.push(url);
    if (status === 0) throw new TypeError('no route');
    return { status, retryAfter: '0', bytes: Uint8Array.of(status & 255) };
  });
  return { asked, fetchBytes };
};

describe('fetching data', () => {
  it('waits where it is told to, and asks again', async () => {
    const { asked, fetchBytes } = asking(429, 429, 200);
    expect([...(await fetchBytes('/data/0'))]).toEqual([200]);
    expect(asked).toEqual(['/data/0', '/data/0', '/data/0']);
  });

  it.each([
    [429, 6, 'HTTP 429'],
    [404, 1, 'HTTP 404'],
    [0, 1, 'no route'],
  ])('gives up at %i after %i times', async (status, times, reason) => {
    const { asked, fetchBytes } = asking(status);
    await expect(fetchBytes('/data/0')).rejects.toMatchObject({
      code: 'CHUNK_UNAVAILABLE',
      message: expect.stringContaining(reason) as string,
    });
    expect(asked).toHaveLength(times);
  });
});
