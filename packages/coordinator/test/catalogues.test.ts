import { describe, expect, test } from 'vitest';
import { chooseLanguage } from '@gantry/shared/page';
import { catalogues } from '../src/dashboard/text.ts';

type Texts = { readonly [key: string]: string | Texts };

/** Plural forms of one key are one key; what a text leaves room for comes after it. */
function keys(texts: Texts, before = ''): Map<string, string> {
  return new Map(
    Object.entries(texts).flatMap(([key, text]) => {
      if (typeof text !== 'string') return [...keys(text, `${before}${key}.`)];
      const room = new Set(text.match(/\{\{\w+\}\}/g) ?? []);
      room.delete('{{count}}'); // a plural form may say "one" in words
      return [[before + key.replace(/_(one|other)$/, ''), [...room].sort().join(' ')]];
    }),
  );
}

describe('the catalogues', () => {
  test('have the same keys, with room for the same values, in each language', () => {
    const { en, zh } = catalogues;
    expect(keys(zh as unknown as Texts)).toEqual(keys(en as unknown as Texts));
  });
});

describe('the language', () => {
  test('is that of the address, or chosen before, or the first known one of the browser', () => {
    expect(chooseLanguage('zh', 'en', ['en'])).toBe('zh');
    expect(chooseLanguage('xx', 'zh', ['en'])).toBe('zh');
    expect(chooseLanguage(null, null, ['de-DE', 'zh-TW', 'en'])).toBe('zh');
    expect(chooseLanguage(null, null, ['de'])).toBe('en');
    expect(chooseLanguage('toString', null, [])).toBe('en');
  });
});
