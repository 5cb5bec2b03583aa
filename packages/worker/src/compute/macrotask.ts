/**
 * Lets the event loop run: messages arrive and leases can be cancelled. Not a promise, since microtasks starve
 * messages; not a timer, since browsers make nested ones wait 4 ms, and a second in hidden tabs.
 */
const waiting: (() => void)[] = [];
let channel: MessageChannel | null = null;

export function macrotask(): Promise<void> {
  if (typeof setImmediate === 'function') return new Promise((resolve) => setImmediate(resolve));
  if (channel === null) {
    channel = new MessageChannel();
    channel.port1.addEventListener('message', () => waiting.shift()?.());
    channel.port1.start();
  }
  const { port2 } = channel;
  return new Promise((resolve) => {
    waiting.push(resolve);
    port2.postMessage(null);
  });
}
