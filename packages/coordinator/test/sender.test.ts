import { describe, expect, it } from 'vitest';
import { hostname } from 'node:os';
import { checkSender, ownNames } from '../src/server/sender.ts';

const names = new Set([
  ...ownNames('teacher'),
  ...ownNames('laptop.school.example'),
  'gantry.school.example',
]);
const codeOf = (host: string | undefined, origin?: string): string | null => {
  try {
    checkSender({ host, origin }, '/socket', names);
    return null;
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('the name that a browser asks for', () => {
  it.each([
    '192.168.1.20:7070',
    '127.0.0.1',
    '[::1]:7070',
    '[fe80::1]',
    'localhost:7070',
    'gantry.localhost',
    'GANTRY.school.example',
    'gantry.school.example.:7070',
    'teacher',
    'teacher.local:7070',
    'teacher.lan:7070',
    'teacher.home',
    'Teacher.fritz.box:7070',
    'teacher.home.arpa',
    'laptop.school.example',
    'laptop',
    'laptop.lan:7070',
  ])('%s is this machine', (host) => {
    expect(codeOf(host)).toBe(null);
  });

  it.each([
    'elsewhere.example',
    'localhost.elsewhere.example',
    '127.0.0.1.elsewhere.example',
    'teacher.elsewhere.example',
    'teacher.lan.elsewhere.example',
    'elsewhere.lan',
    'elsewhere.fritz.box',
    'laptop.elsewhere.example',
    'gantry.school.example.elsewhere.example',
    '',
    'a b',
    'gantry.school.example/elsewhere',
    undefined,
  ])('%j is not', (host) => {
    expect(codeOf(host)).toBe('HOST_UNKNOWN');
  });
});

it('this machine goes by its own name', () => {
  const [label] = hostname().toLowerCase().split('.');
  expect(ownNames()).toEqual(
    expect.arrayContaining(['localhost', hostname().toLowerCase(), `${label}.fritz.box`]),
  );
});

describe('the origin of a page', () => {
  it.each([
    ['192.168.1.20:7070', 'http://192.168.1.20:7070'],
    ['192.168.1.20', 'http://192.168.1.20'],
    ['192.168.1.20', 'https://192.168.1.20'],
    ['192.168.1.20:443', 'https://192.168.1.20'],
    ['LOCALHOST:7070', 'http://localhost:7070'],
    ['[::1]:7070', 'http://[::1]:7070'],
  ])('at %s is ours: %s', (host, origin) => {
    expect(codeOf(host, origin)).toBe(null);
  });

  it.each([
    ['192.168.1.20:7070', 'http://192.168.1.20:7071'],
    ['192.168.1.20:7070', 'http://192.168.1.20'],
    ['192.168.1.20:7070', 'http://192.168.1.21:7070'],
    ['192.168.1.20:7070', 'http://192.168.1.20:7070.elsewhere.example'],
    ['localhost:7070', 'http://127.0.0.1:7070'],
    ['localhost:7070', 'null'],
    ['localhost:7070', ''],
    ['localhost:7070', 'file://'],
    ['localhost:7070', 'localhost:7070'],
  ])('at %s is foreign: %s', (host, origin) => {
    expect(codeOf(host, origin)).toBe('ORIGIN_FOREIGN');
  });
});
