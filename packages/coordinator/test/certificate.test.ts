import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCertificate } from '../src/cli/certificate.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-certificate-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const file = async (name: string, text: string): Promise<string> => {
  await writeFile(join(folder, name), text);
  return join(folder, name);
};
const make = (days: number) =>
  generate([{ name: 'commonName', value: 'test' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - 9e8),
    notAfterDate: new Date(Date.now() + days * 864e5),
  });

describe("a machine's own certificate", () => {
  it('is made once, for its names and addresses, readable by its user only', async () => {
    const first = await openCertificate({ https: true }, folder);
    const again = await openCertificate({ https: true }, folder);
    expect(first).not.toBeNull();
    expect(again).toEqual(first);
    expect(first?.own).toBe(join(folder, '.gantry', 'https.pem'));
    const certificate = new X509Certificate(first?.cert ?? '');
    expect(certificate.fingerprint256).toBe(first?.fingerprint);
    expect(certificate.subjectAltName).toContain('DNS:localhost, ');
    expect(certificate.subjectAltName).toContain('IP Address:127.0.0.1, ');
    expect(certificate.ca).toBe(false);
    const days = (Date.parse(certificate.validTo) - Date.parse(certificate.validFrom)) / 864e5;
    expect(days).toBeLessThanOrEqual(825);
    if (process.platform === 'win32') return;
    expect((await stat(join(folder, '.gantry', 'https.pem'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, '.gantry'))).mode & 0o777).toBe(0o700);
  });

  it.each([
    ['damaged', () => Promise.resolve('-----BEGIN CERTIFICATE-----')],
    ['about to expire', () => make(5).then(({ cert, private: key }) => cert + key)],
    ['without its key', () => make(500).then(({ cert }) => cert)],
  ])('is made anew where it is %s', async (_, content) => {
    const path = join(folder, '.gantry', 'https.pem');
    await openCertificate({ https: true }, folder);
    const spoiled = await content();
    await writeFile(path, spoiled);
    const anew = await openCertificate({ https: true }, folder);
    expect(await readFile(path, 'utf8')).not.toBe(spoiled);
    expect(Date.parse(new X509Certificate(anew?.cert ?? '').validTo)).toBeGreaterThan(
      Date.now() + 800 * 864e5,
    );
  });

  it('is not made for plain http', async () => {
    expect(await openCertificate({}, folder)).toBeNull();
  });
});

describe('a certificate that is given', () => {
  it('is served with its key', async () => {
    const { cert, private: key } = await make(10);
    const given = await openCertificate({ cert: await file('a.pem', cert), key: await file('a.key', key) });
    expect(given).toMatchObject({ cert, key, own: null });
  });

  it('is refused where something is wrong with it, by name', async () => {
    const [one, other, old] = await Promise.all([make(10), make(10), make(-1)]);
    const cert = await file('one.pem', one.cert);
    const key = await file('one.key', one.private);
    const refusal = async (options: { cert?: string; key?: string }): Promise<string> => {
      const error: unknown = await openCertificate(options).catch((thrown: unknown) => thrown);
      return `${(error as { code: string }).code}: ${(error as Error).message}`;
    };
    expect(await refusal({ cert })).toMatch(/^OPTION_INVALID: .*--cert.*--key/);
    expect(await refusal({ key })).toMatch(/^OPTION_INVALID: .*--key.*--cert/);
    const nowhere = join(folder, 'nowhere.pem');
    expect(await refusal({ cert: nowhere, key })).toMatch(/^TLS_INVALID: .*nowhere.pem.*no such file/);
    expect(await refusal({ cert, key: folder })).toMatch(/^TLS_INVALID: .*EISDIR/);
    expect(await refusal({ cert: key, key })).toMatch(/^TLS_INVALID: .*one.key.*no certificate in PEM/);
    expect(await refusal({ cert, key: cert })).toMatch(/^TLS_INVALID: .*one.pem.*no private key in PEM/);
    const foreign = await file('other.key', other.private);
    expect(await refusal({ cert, key: foreign })).toMatch(
      /^TLS_INVALID: .*other.key.*not the key of .*one.pem/,
    );
    const [oldCert, oldKey] = [await file('old.pem', old.cert), await file('old.key', old.private)];
    expect(await refusal({ cert: oldCert, key: oldKey })).toMatch(/^TLS_INVALID: .*old.pem.*valid until/);
  });
});
