/** The texts of a page, in the language of whoever looks at it. Catalogues are JSON, in the form of i18next. */
import { signal } from '@preact/signals';
import i18next from 'i18next';
import { browserMemory } from './memory.ts';

/** Each with its name in itself. */
export const languages = { en: 'English', zh: '简体中文' } as const;
export type Language = keyof typeof languages;

/** By namespace: one file each. */
export type Catalogue = Readonly<Record<string, Texts>>;
interface Texts {
  readonly [key: string]: string | Texts;
}

type Form = '_zero' | '_one' | '_two' | '_few' | '_many' | '_other';
type WithoutForm<K extends string> = K extends `${infer Base}${Form}` ? Base : K;
type KeysIn<T> = {
  [K in keyof T & string]: T[K] extends string ? WithoutForm<K> : `${K}.${KeysIn<T[K]>}`;
}[keyof T & string];
/** As in `now:phase.generator`. Of plural forms (`workers_one`, `workers_other`) the part that they share. */
export type KeyOf<C> = { [N in keyof C & string]: `${N}:${KeysIn<C[N]>}` }[keyof C & string];

/** What stands for `{{name}}`; `count` chooses the plural form. */
export type Values = Readonly<Record<string, string | number>>;

const key = 'gantry-language';

/** Shown now. Views that read texts are drawn again when it changes. */
export const language = signal<Language>('en');

/** Kept by this browser. */
export function setLanguage(next: Language): void {
  browserMemory.write(key, next);
  language.value = next;
}

const isLanguage = (value: string | null): value is Language =>
  value !== null && Object.hasOwn(languages, value);

/**
 * The first that there is: of the address (`?language=zh`), chosen here before, of the browser's list; else English.
 *
 * @param preferred - as in `navigator.languages`
 */
export function chooseLanguage(
  address: string | null,
  before: string | null,
  preferred: readonly string[],
): Language {
  const known = [address, before, ...preferred.map((tag) => tag.toLowerCase().split('-')[0])];
  return known.find(isLanguage) ?? 'en';
}

/** The language for this page, and the document's `lang` with it from now on. */
export function beginLanguage(): void {
  const address = new URLSearchParams(window.location.search).get('language');
  language.value = chooseLanguage(address, browserMemory.read(key), navigator.languages);
  language.subscribe((next) => {
    document.documentElement.lang = next === 'zh' ? 'zh-Hans' : next;
  });
}

/**
 * @param catalogues - with the same keys in each language, of which a test makes sure
 * @returns the text of a key in the present language
 */
export function createText<C extends Catalogue>(
  catalogues: Readonly<Record<Language, C>>,
): (key: KeyOf<C>, values?: Values) => string {
  const instance = i18next.createInstance();
  void instance.init({
    lng: 'en',
    resources: catalogues,
    ns: Object.keys(catalogues.en),
    initAsync: false,
    // Preact escapes.
    interpolation: { escapeValue: false },
  });
  const fixed = { en: instance.getFixedT('en'), zh: instance.getFixedT('zh') };
  return (textKey, values = {}) => fixed[language.value](textKey, values);
}
