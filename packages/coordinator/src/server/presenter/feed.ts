/** The connections of presenters' pages: told how the run goes, a few times a second; and what their users do to the run. */
import type { WebSocket } from 'ws';
import {
  errorText,
  gantryError,
  GantryError,
  limits,
  parseMessage,
  presenterInput,
  type PresenterAction,
  type PresenterMessage,
} from '@gantry/shared';
import type { Run } from '../../run/run.ts';
import type { RunLogger } from '../../run/types.ts';
import { Allowance } from '../allowance.ts';
import type { Bounds } from '../bounds.ts';
import { awaitHello, type Peer } from '../stranger.ts';
import { closeWith, textOf } from '../worker-socket.ts';
import { act } from './actions.ts';
import { controlsSource } from './controls.ts';
import { helloMessage, type Invitation } from './hello.ts';
import type { PresenterKey } from './key.ts';
import { pictureMessage } from './pictures.ts';
import { progressSource } from './progress.ts';
import { seriesSource } from './series.ts';
import { shareSource } from './share.ts';
import { sheetSource } from './sheets.ts';
import { timelineSource } from './timeline.ts';
import type { Source } from './source.ts';

/** Milliseconds between messages. */
const interval = 250;
/** Bytes that wait for one page: more than all that a page is told at first. */
const mostUnsent = 8 * 2 ** 20;

/** Feeds all presenters' pages of one run from one timer. */
export class PresenterFeed {
  readonly #run: Run;
  readonly #key: PresenterKey;
  readonly #log: RunLogger;
  readonly #bounds: Bounds;
  readonly #pages = new Set<WebSocket>();
  /** Pages that did not keep up, and missed something. */
  readonly #behind = new Set<WebSocket>();
  readonly #timer: NodeJS.Timeout;
  readonly #sources: readonly Source[];
  readonly #stopPictures: () => void;
  #invitation: Invitation = { joinUrls: [], joinCode: null, joinQr: [] };

  constructor(run: Run, key: PresenterKey, log: RunLogger, bounds: Bounds) {
    this.#run = run;
    this.#key = key;
    this.#log = log;
    this.#bounds = bounds;
    this.#timer = setInterval(() => this.#tick(), interval);
    this.#sources = [
      seriesSource(run),
      progressSource(run),
      timelineSource(run),
      sheetSource(run),
      controlsSource(run),
      shareSource(run),
    ];
    this.#stopPictures = run.onPicture((drawn) => this.#broadcast(pictureMessage(drawn)));
  }

  /** Known only once the server listens. */
  invite(invitation: Invitation): void {
    this.#invitation = invitation;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#stopPictures();
    this.#tick();
    for (const page of this.#pages) page.close(1001);
  }

  serve(socket: WebSocket, peer: Peer): void {
    const allowance = new Allowance('messages', this.#bounds.messages, performance.now());
    let refused = false;
    const refuse = (error: unknown): void => {
      const known = error instanceof GantryError ? error : gantryError('INTERNAL', errorText(error));
      this.#log.warn({ address: peer.ip, code: known.code }, known.message);
      if (known.entry.close === undefined) {
        // A second click on a button is no reason to close.
        this.#send(socket, { type: 'refused', code: known.code, message: known.message });
        return;
      }
      refused = true;
      closeWith(socket, known, this.#bounds.close);
      if (known.code === 'MESSAGES_TOO_MANY') socket.pause();
    };
    const introduced = awaitHello(peer, this.#bounds.hello, refuse);
    socket.on('message', (data, isBinary) => {
      if (refused) return; // what is on its way is not looked at
      try {
        allowance.take(performance.now());
        const input = parseMessage(presenterInput, isBinary ? '' : textOf(data));
        const admitted = this.#pages.has(socket);
        if ((input.type === 'hello') === admitted) {
          throw gantryError('MESSAGE_UNEXPECTED', input.type, admitted ? 'admitted' : 'not admitted');
        }
        if (input.type !== 'hello') {
          this.#act(input);
          return;
        }
        this.#admit(input.token, peer.ip);
        introduced();
        this.#welcome(socket);
      } catch (error) {
        refuse(error);
      }
    });
    socket.on('error', (error) => this.#log.warn({ error: error.message }, "A presenter's socket failed"));
    socket.on('close', () => {
      introduced();
      this.#pages.delete(socket);
      this.#behind.delete(socket);
    });
  }

  /** @throws PRESENTER_TRIES, PRESENTER_TOKEN_WRONG, PRESENTERS_FULL */
  #admit(token: string, address: string): void {
    this.#key.check(token, address);
    if (this.#pages.size >= limits.presenters) throw gantryError('PRESENTERS_FULL', limits.presenters);
  }

  #act(action: PresenterAction): void {
    act(this.#run, action);
    // Pictures are asked for many times a second, and change nothing.
    if (action.type === 'draw') return;
    this.#log.info(action, 'The presenter acted');
    this.#tick(); // who acts sees at once what came of it
  }

  #welcome(socket: WebSocket): void {
    // What the others have not been told yet would reach this page twice.
    this.#tick();
    this.#tellAll(socket);
    this.#pages.add(socket);
  }

  #tellAll(socket: WebSocket): void {
    const send = (message: PresenterMessage): void => this.#send(socket, message);
    send(helloMessage(this.#run, this.#invitation));
    for (const source of this.#sources) source.welcome().forEach(send);
  }

  #send(socket: WebSocket, message: PresenterMessage): void {
    socket.send(JSON.stringify(message));
  }

  #tick(): void {
    const news = this.#sources.flatMap((source) => source.tick());
    if (this.#pages.size === 0) return;
    news.forEach((message) => this.#broadcast(message));
    for (const page of this.#behind) {
      if (page.bufferedAmount > 0) continue;
      this.#behind.delete(page);
      this.#tellAll(page);
    }
  }

  #broadcast(message: PresenterMessage): void {
    const text = JSON.stringify(message);
    for (const page of this.#pages) {
      if (page.readyState !== page.OPEN) continue;
      // News build on each other: a page that missed some is told everything anew once it has caught up.
      if (page.bufferedAmount > mostUnsent) this.#behind.add(page);
      if (!this.#behind.has(page)) page.send(text);
    }
  }
}
