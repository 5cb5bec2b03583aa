import { describe, expect, test } from 'vitest';
import { chooseLanguage } from '@gantry/shared/page';
import { catalogueKeys } from '../../shared/test/support/catalogue-keys.ts';
import { catalogues } from '../src/dashboard/text.ts';
import exampleEn from '../src/export/example/locales/en.json' with { type: 'json' };
import exampleZh from '../src/export/example/locales/zh.json' with { type: 'json' };
import { catalogues as labReport } from '../src/lab/report/page/text.ts';
import { catalogues as report } from '../src/report/page/text.ts';

describe('the catalogues', () => {
  test('have the same keys, with room for the same values, in each language', () => {
    for (const { en, zh } of [catalogues, labReport, report])
      expect(catalogueKeys(zh)).toEqual(catalogueKeys(en));
  });

  test('of the example page likewise', () => {
    const keys = (texts: Readonly<Record<string, string>>) =>
      Object.entries(texts).map(([key, text]) => [key, text.match(/\{\w+\}/g)?.toSorted()]);
    expect(keys(exampleZh)).toEqual(keys(exampleEn));
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
