import { createServer, type AddressInfo } from 'node:net';
import fastify from 'fastify';
import { describe, expect, it, onTestFinished } from 'vitest';
import { listenOn } from '../src/cli/port.ts';

/** A listening server's port, and what closes it. */
async function takePort(): Promise<{ port: number; free: () => Promise<void> }> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const free = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
    });
  onTestFinished(free);
  return { port: (server.address() as AddressInfo).port, free };
}

const refusing = (code: string, most = Infinity) => {
  const asked: number[] = [];
  const listen = async ({ port }: { port: number }): Promise<void> => {
    asked.push(port);
    if (asked.length <= most) throw Object.assign(new RangeError(code), { code });
  };
  return { asked, listen };
};

describe('listening', () => {
  it('takes the wanted port of a real server', async () => {
    const server = fastify();
    onTestFinished(() => server.close());
    const { port, free } = await takePort();
    await free();
    expect(await listenOn((where) => server.listen(where), '127.0.0.1', port)).toBe(port);
    expect(server.addresses()).toEqual([expect.objectContaining({ port })]);
  });

  it('says that the wanted port is busy, and asks for no other', async () => {
    const { port } = await takePort();
    const server = fastify();
    onTestFinished(() => server.close());
    await expect(listenOn((where) => server.listen(where), '127.0.0.1', port)).rejects.toMatchObject({
      code: 'PORT_BUSY',
      message: expect.stringContaining(`Port ${port} on 127.0.0.1 is in use`) as string,
    });
  });

  it('asks for a busy port once, however near the default', async () => {
    const all = refusing('EADDRINUSE');
    await expect(listenOn(all.listen, '0.0.0.0', 7075)).rejects.toThrow('Port 7075');
    expect(all.asked).toEqual([7075]);
  });

  it('without a wanted port takes the next free one from 7070 on, 20 further at most', async () => {
    const few = refusing('EADDRINUSE', 3);
    expect(await listenOn(few.listen, '0.0.0.0')).toBe(7073);
    expect(few.asked).toEqual([7070, 7071, 7072, 7073]);
    const all = refusing('EADDRINUSE');
    await expect(listenOn(all.listen, '0.0.0.0')).rejects.toMatchObject({ code: 'PORT_BUSY' });
    expect(all.asked.at(-1)).toBe(7090);
    expect(all.asked.length).toBe(21);
  });

  it('passes over ports that Windows holds back', async () => {
    expect(await listenOn(refusing('EACCES', 1).listen, '0.0.0.0')).toBe(7071);
    await expect(listenOn(refusing('EACCES').listen, '0.0.0.0', 80)).rejects.toMatchObject({
      code: 'OPTION_INVALID',
    });
  });

  it('on an address of another machine is refused', async () => {
    const server = fastify();
    onTestFinished(() => server.close());
    await expect(listenOn((where) => server.listen(where), '203.0.113.7')).rejects.toMatchObject({
      code: 'HOST_INVALID',
      message: expect.stringContaining('"203.0.113.7"') as string,
    });
  });

  it.each(['ENOTFOUND', 'EAI_AGAIN', 'EADDRNOTAVAIL'])('on a host of error %s is refused', async (code) => {
    await expect(listenOn(refusing(code).listen, 'classroom', 7070)).rejects.toMatchObject({
      code: 'HOST_INVALID',
    });
  });

  it('passes on what it does not know', async () => {
    await expect(listenOn(refusing('EMFILE').listen, '0.0.0.0')).rejects.toMatchObject({ code: 'EMFILE' });
  });
});
