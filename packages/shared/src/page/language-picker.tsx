import { language, languages, setLanguage, type Language } from './text.ts';

/** Each language by its own name, so that whoever cannot read the present one finds theirs. */
export function LanguagePicker({ label }: { readonly label: string }) {
  return (
    <select
      class="language"
      aria-label={label}
      value={language.value}
      onChange={(event) => setLanguage(event.currentTarget.value as Language)}
    >
      {Object.entries(languages).map(([code, name]) => (
        <option key={code} value={code} lang={code === 'zh' ? 'zh-Hans' : code}>
          {name}
        </option>
      ))}
    </select>
  );
}
