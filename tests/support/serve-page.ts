/** A page of one TypeScript file, bundled and served on loopback together with the golden files. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename } from 'node:path';
import { build } from 'vite';
import { goldenFolder } from './golden-files.ts';

export interface ServedPage {
  /** `http://127.0.0.1:PORT/` */
  readonly url: string;
  close(): Promise<void>;
}

/** @param entry - path of the file */
export async function servePage(entry: string): Promise<ServedPage> {
  const script = await bundle(entry);
  const server = createServer((request, response) => {
    void answer(request.url ?? '/', script).then(
      ([type, body]) => response.writeHead(200, { 'content-type': type }).end(body),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(path: string, script: string): Promise<[type: string, body: string | Buffer]> {
  if (path === '/') return ['text/html', '<!doctype html><script type="module" src="/page.js"></script>'];
  if (path === '/page.js') return ['text/javascript', script];
  return ['application/octet-stream', await readFile(new URL(basename(path), goldenFolder))];
}

async function bundle(entry: string): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    build: {
      write: false,
      minify: false,
      // Top-level await (the checksum's WebAssembly) needs it.
      target: 'es2022',
      modulePreload: false,
      rollupOptions: { input: entry, preserveEntrySignatures: false, output: { codeSplitting: false } },
    },
  });
  const [{ output }] = (Array.isArray(built) ? built : [built]) as { output: { code?: string }[] }[];
  const code = output.flatMap((file) => file.code ?? []);
  if (code.length !== 1) throw new TypeError(`The page came to ${code.length} scripts`);
  return code[0];
}
