/** What `--https` shows to browsers: a certificate that was given, or one of this machine's own. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { errorText, gantryError } from '@gantry/shared';
import type { Tls } from '../server/listener.ts';
import { lanAddresses } from './lan.ts';

export interface Certificate extends Tls {
  /** SHA-256, as in `AB:CD:…`: what a worker without a browser is to expect. */
  readonly fingerprint: string;
  /** Where it lies, if this machine made it. */
  readonly own: string | null;
}

/** Apple's devices take none that is valid for longer than 825 days. */
const days = 820;
/** With less left than this it is made anew: a course lasts longer than a lesson. */
const renewDays = 30;
const day = 24 * 3600 * 1000;

export interface CertificateOptions {
  readonly https?: boolean | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/**
 * @returns null for plain http
 * @throws OPTION_INVALID, TLS_INVALID
 */
export async function openCertificate(
  { https, cert, key }: CertificateOptions,
  home = homedir(),
): Promise<Certificate | null> {
  if (cert !== undefined && key !== undefined) {
    return checked(await readText(cert), await readText(key), cert, key);
  }
  if (cert !== undefined) throw gantryError('OPTION_INVALID', '--cert', cert, 'together with --key');
  if (key !== undefined) throw gantryError('OPTION_INVALID', '--key', key, 'together with --cert');
  return https === true ? ownCertificate(home) : null;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw gantryError('TLS_INVALID', path, errorText(error));
  }
}

/** @throws TLS_INVALID */
function checked(cert: string, key: string, certPath: string, keyPath: string): Certificate {
  const certificate = parsed(certPath, 'no certificate in PEM', () => new X509Certificate(cert));
  const privateKey = parsed(keyPath, 'no private key in PEM, or one with a password', () =>
    createPrivateKey(key),
  );
  if (!certificate.checkPrivateKey(privateKey)) {
    throw gantryError('TLS_INVALID', keyPath, `it is not the key of ${certPath}`);
  }
  if (Date.parse(certificate.validTo) < Date.now()) {
    throw gantryError('TLS_INVALID', certPath, `it was valid until ${certificate.validTo}`);
  }
  return { cert, key, fingerprint: certificate.fingerprint256, own: null };
}

function parsed<T>(path: string, reason: string, parse: () => T): T {
  try {
    return parse();
  } catch {
    throw gantryError('TLS_INVALID', path, `it holds ${reason}`);
  }
}

/**
 * Kept in the user's home, and not with the runs: what browsers were told to accept, and what was noted as a
 * fingerprint, holds for every run; and whoever is given a run is not given its key. Certificate and key are one file, so
 * that no crash leaves one without the other.
 */
async function ownCertificate(home: string): Promise<Certificate> {
  const folder = join(home, '.gantry');
  const path = join(folder, 'https.pem');
  const kept = await readFile(path, 'utf8').catch(() => null);
  if (kept !== null && isFresh(kept)) return { ...checked(kept, kept, path, path), own: path };
  const made = await makeCertificate();
  const aside = `${path}-${process.pid}`;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(aside, made, { mode: 0o600 });
    await rename(aside, path);
  } catch (error) {
    throw gantryError('TLS_INVALID', path, errorText(error));
  }
  return { ...checked(made, made, path, path), own: path };
}

function isFresh(pem: string): boolean {
  try {
    const { validTo } = new X509Certificate(pem);
    return Date.parse(validTo) - Date.now() > renewDays * day && createPrivateKey(pem).type === 'private';
  } catch {
    return false;
  }
}

/**
 * For the names and addresses that this machine has now. Where it gets others, browsers ask again, as they do for any
 * address that is new to them; the certificate stays the same.
 */
async function makeCertificate(): Promise<string> {
  const { generate } = await import('selfsigned'); // needed once, and slow to load
  const name = hostname().toLowerCase();
  const names = ['localhost', name, `${name}.local`];
  const addresses = ['127.0.0.1', '::1', ...lanAddresses().map(({ address }) => address)];
  const made = await generate([{ name: 'commonName', value: `Gantry on ${name}` }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - day), // clocks of a class differ
    notAfterDate: new Date(Date.now() + days * day),
    extensions: [
      // Of itself alone: whoever comes to trust it trusts no other for it.
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          ...names.map((value) => ({ type: 2 as const, value })),
          ...addresses.map((ip) => ({ type: 7 as const, ip })),
        ],
      },
    ],
  });
  return `${made.cert.trim()}\n${made.private.trim()}\n`;
}
