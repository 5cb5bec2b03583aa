// Loaded into a process before anything else; on SIGUSR2 it writes down what the process keeps. Plain JavaScript: it runs
// where nothing translates.
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

process.on('SIGUSR2', () => {
  collect();
  collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  const sockets = process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')).length;
  const file = join(process.env.GANTRY_VITALS, `${process.pid}.json`);
  writeFileSync(`${file}.new`, JSON.stringify({ live: heapUsed + external, rss, sockets }));
  renameSync(`${file}.new`, file);
});
