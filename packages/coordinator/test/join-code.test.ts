import { describe, expect, it } from 'vitest';
import { joinAlphabet, newJoinCode, newToken, sameJoinCode, sameSecret } from '../src/server/secrets.ts';

describe('a join code', () => {
  it('is four characters that cannot be confused', () => {
    const codes = Array.from({ length: 500 }, newJoinCode);
    for (const code of codes) {
      expect(code).toMatch(/^[0-9A-Z]{4}$/);
      expect(code).not.toMatch(/[0OQD1ILJSBZGUVAEIOUYNCP58]/);
    }
    expect(new Set(codes).size).toBeGreaterThan(450);
    // Every character of the alphabet comes up.
    expect([...new Set(codes.join(''))].sort().join('')).toBe(joinAlphabet);
  });

  it('is the same however it is typed', () => {
    expect(sameJoinCode('K7W3', 'k7w3')).toBe(true);
    expect(sameJoinCode('K7W3', ' k7-W3 ')).toBe(true);
    expect(sameJoinCode('K7W3', 'K7W4')).toBe(false);
    expect(sameJoinCode('K7W3', 'K7W')).toBe(false);
    expect(sameJoinCode('K7W3', '')).toBe(false);
  });
});

describe('a token', () => {
  it('is 128 bits, fit for a URL, and new each time', () => {
    const tokens = Array.from({ length: 100 }, newToken);
    for (const token of tokens) {
      expect(encodeURIComponent(token)).toBe(token);
      expect(Buffer.from(token, 'base64url').length).toBe(16);
    }
    expect(new Set(tokens).size).toBe(100);
  });

  it('is the same only to the letter', () => {
    expect(sameSecret('aBc', 'aBc')).toBe(true);
    expect(sameSecret('aBc', 'abc')).toBe(false);
    expect(sameSecret('aBc', 'aBcd')).toBe(false);
  });
});
