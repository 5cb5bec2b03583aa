import { describe, expect, test } from 'vitest';
import { chooseLanguage } from '@gantry/shared/page';
import { catalogueKeys } from '../../shared/test/support/catalogue-keys.ts';
import { catalogues } from '../src/dashboard/text.ts';

describe('the catalogues', () => {
  test('have the same keys, with room for the same values, in each language', () => {
    const { en, zh } = catalogues;
    expect(catalogueKeys(zh)).toEqual(catalogueKeys(en));
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
