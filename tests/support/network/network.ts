/**
 * Machines that see each other over links of given quality: a network namespace each, with the kernel's own TCP, and between
 * them a switch that treats packets as tc's netem and tbf do. Needs Linux, root, iproute2 and Python 3.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ip = (...args: readonly string[]): Promise<unknown> => run('ip', args);

export interface Links {
  /** Bytes a millisecond. */
  readonly up: number;
  readonly down: number;
  /** Milliseconds from one end to the other, and the mean of what comes on top of it at random. */
  readonly latency: number;
  readonly jitter: number;
  /** Share of packets lost. */
  readonly loss: number;
  /** Bytes a millisecond that all share with such a medium, both directions together; null: none. */
  readonly medium: number | null;
}

export interface Network {
  /** Of the machine in the middle, which all others see. */
  readonly address: string;
  /** A command that runs another in a machine: 0 is the one in the middle. */
  within(machine: number): readonly string[];
  close(): Promise<void>;
}

/** Packets that wait for a link before others are dropped: what Linux gives a device. */
const queue = 1000;
/** Of one connection that pass the switch together, where none is lost: it has a thousandth of a second for each of them. */
const together = 6;

export const canMakeNetworks = (): boolean =>
  process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/dev/net/tun');

/**
 * In front of what else this machine does: for processes that sleep most of the time, whose lateness would be taken for their
 * network's.
 */
export const prefer = (pid: number): Promise<unknown> =>
  run('chrt', ['--all-tasks', '--rr', '--pid', '1', String(pid)]);

/** @param links - of each machine but the one in the middle */
export async function makeNetwork(links: readonly Links[], seed: number): Promise<Network> {
  const prefix = `gn${process.pid.toString(36)}`;
  const centre = '10.77.0.1';
  const machines = [null, ...links].map((link, i) => ({
    namespace: `${prefix}-${i}`,
    device: `${prefix}-${i}`,
    address: `10.77.0.${i + 1}`,
    links: link,
  }));
  const middle = `${prefix}-switch`;
  const segments = links.some(({ loss }) => loss > 0) ? 1 : together;
  await ip('netns', 'add', middle);
  const script = fileURLToPath(new URL('switch.py', import.meta.url));
  // In front of all others: what it does late is late for them.
  const forward = spawn('chrt', ['-r', '2', 'ip', 'netns', 'exec', middle, 'python3', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const gone = once(forward, 'exit');
  const close = async (): Promise<void> => {
    forward.stdin.end();
    await gone;
    await Promise.all([middle, ...machines.map(({ namespace }) => namespace)].map(remove));
  };
  try {
    forward.stdin.write(`${JSON.stringify({ hosts: machines, queue, seed })}\n`);
    await Promise.race([
      once(forward.stdout, 'data'),
      gone.then(() => Promise.reject(new TypeError('The switch ended'))),
    ]);
    for (const { namespace, device, address } of machines) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await make(middle, namespace, device, address, segments);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    address: centre,
    within: (machine) => ['ip', 'netns', 'exec', machines[machine].namespace],
    close,
  };
}

async function make(
  middle: string,
  namespace: string,
  device: string,
  address: string,
  segments: number,
): Promise<void> {
  await ip('netns', 'add', namespace);
  await ip('-n', middle, 'link', 'set', device, 'netns', namespace);
  const inside = (...args: readonly string[]): Promise<unknown> => ip('-n', namespace, ...args);
  await inside('addr', 'add', `${address}/24`, 'dev', device);
  await inside('link', 'set', device, 'mtu', '1500', 'gso_max_segs', String(segments), 'up');
  await inside('link', 'set', 'lo', 'up');
  // What laptops have: on such short ways CUBIC is as Reno (RFC 9438, section 4.3), and every namespace may use that.
  await ip('netns', 'exec', namespace, 'sysctl', '-qw', 'net.ipv4.tcp_congestion_control=reno');
}

const remove = (namespace: string): Promise<unknown> => ip('netns', 'del', namespace).catch(() => undefined); // it was not made yet
