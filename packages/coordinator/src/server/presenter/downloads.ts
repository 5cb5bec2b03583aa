/**
 * What the presenter saves from the Share view. The token comes in the Authorization header, as no address does, nor a page
 * of a foreign origin can send: so it is in no history and on no projector.
 */
import type { Readable } from 'node:stream';
import type { FastifyPluginCallback, FastifyReply } from 'fastify';
import { downloads, gantryError, type Download } from '@gantry/shared';
import type { ExportedGenerator } from '../../export/generator.ts';
import { exampleFiles, tfjsFiles } from '../../export/tfjs.ts';
import { safetensorsFile } from '../../export/torch.ts';
import { builtPage } from '../../pages/build.ts';
import { configText } from '../../run/directory.ts';
import type { Run } from '../../run/run.ts';
import { curvesCsv } from './curves-csv.ts';
import type { PresenterKey } from './key.ts';
import { makeReport } from './make-report.ts';
import { zipped, zippedSheets } from './zip.ts';

export interface DownloadOptions {
  readonly run: Run;
  readonly key: PresenterKey;
}

const contentTypes: Readonly<Record<string, string>> = {
  zip: 'application/zip',
  csv: 'text/csv; charset=utf-8',
  html: 'text/html; charset=utf-8',
  json: 'application/json; charset=utf-8',
  safetensors: 'application/octet-stream',
};

export const downloadRoutes: FastifyPluginCallback<DownloadOptions> = (app, { run, key }, done) => {
  app.get<{ Params: { name: string } }>('/present/download/:name', async (request, reply) => {
    const [, token = ''] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '') ?? [];
    key.check(token, request.ip);
    const { name } = request.params;
    const found = downloads.find((each) => each === name);
    if (found === undefined) throw gantryError('NOT_FOUND', request.url);
    const content = await contentOf(found, run);
    return send(reply, found, content);
  });
  done();
};

/** Never shown as a page: what is inside is not under this server's policy. */
function send(reply: FastifyReply, name: Download, content: Uint8Array | string | Readable): FastifyReply {
  return reply
    .header('content-disposition', `attachment; filename="${name}"`)
    .header('cache-control', 'no-store')
    .type(contentTypes[name.slice(name.lastIndexOf('.') + 1)])
    .send(
      content instanceof Uint8Array
        ? Buffer.from(content.buffer, content.byteOffset, content.length)
        : content,
    );
}

async function contentOf(name: Download, run: Run): Promise<Uint8Array | string | Readable> {
  switch (name) {
    case 'generator-tfjs.zip': {
      const model = tfjsFiles(generatorNow(run));
      return zipped(new Map([...model, ...(await exampleFiles(await builtPage('example')))]));
    }
    case 'generator.safetensors':
      return safetensorsFile(generatorNow(run));
    case 'samples.zip':
      return zippedSheets(run.options.directory);
    case 'curves.csv':
      return curvesCsv(run.history);
    case 'report.html':
      return makeReport(run.options.directory);
    case 'config.json':
      return configText(run.config);
  }
}

/** As it is at this moment. */
const generatorNow = ({ config, trainer, state, options }: Run): ExportedGenerator => ({
  config,
  plan: options.model.generator,
  state: trainer.evaluationState(),
  iteration: state.position.iteration,
  weights: 'ema',
});
