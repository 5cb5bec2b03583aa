/** What the catalogues of a page must have in common. */
type Texts = { readonly [key: string]: string | Texts };

/** Plural forms of one key are one key; what a text leaves room for comes after it. */
export function catalogueKeys(catalogue: object, before = ''): Map<string, string> {
  return new Map(
    Object.entries(catalogue as Texts).flatMap(([key, text]) => {
      if (typeof text !== 'string') return [...catalogueKeys(text, `${before}${key}.`)];
      const room = new Set(text.match(/\{\{\w+\}\}/g) ?? []);
      room.delete('{{count}}'); // a plural form may say "one" in words
      return [[before + key.replace(/_(one|other)$/, ''), [...room].sort().join(' ')]];
    }),
  );
}
