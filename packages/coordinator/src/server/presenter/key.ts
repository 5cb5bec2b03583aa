/** Who is the presenter: whoever has the token, of which an address has so many wrong tries. */
import { gantryError } from '@gantry/shared';
import { sameSecret } from '../secrets.ts';
import { Tries } from '../tries.ts';

export class PresenterKey {
  readonly #token: string;
  readonly #tries = new Tries();

  constructor(token: string) {
    this.#token = token;
  }

  /** @throws PRESENTER_TRIES, PRESENTER_TOKEN_WRONG */
  check(token: string, address: string): void {
    const now = performance.now();
    if (this.#tries.exhausted(address, now)) throw gantryError('PRESENTER_TRIES');
    if (sameSecret(token, this.#token)) return;
    this.#tries.wrong(address, now);
    throw gantryError('PRESENTER_TOKEN_WRONG');
  }
}
