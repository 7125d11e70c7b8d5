// Texts in the language of the user.

export const LANGUAGES = ['en', 'de'];

let texts;
let language = 0;

/** The table of texts.js. */
export const setTexts = (table) => (texts = table);

export function setLanguage(name) {
  language = Math.max(0, LANGUAGES.indexOf(name));
  document.documentElement.lang = LANGUAGES[language];
}

const FORMAT = { dateStyle: 'long', timeStyle: 'medium', timeZone: 'UTC' };
// Making one takes longer than using it a hundred times.
const formats = ['en-GB', 'de'].map((name) => new Intl.DateTimeFormat(name, FORMAT));

/** A time in UTC, whatever the device's time zone. `seconds`: Unix. */
export function date(seconds) {
  const time = new Date(seconds * 1000);
  // Beyond the year 275,760 there are no dates.
  return Number.isNaN(time.getTime()) ? String(seconds) : `${formats[language].format(time)} UTC`;
}

/** At most two units, the larger ones. */
export function duration(seconds) {
  const units = [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
    ['s', 1],
  ];
  let rest = Math.abs(seconds);
  const parts = [];
  for (const [unit, length] of units) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (count) parts.push(`${count} ${words(`unit:${unit}`)}`);
  }
  return `${seconds < 0 ? '−' : ''}${parts.slice(0, 2).join(' ') || `0 ${words('unit:s')}`}`;
}

export const has = (key) => Object.hasOwn(texts, key);

/** The text of a key with its facts filled in. */
export function words(key, facts = {}) {
  return texts[key][language].replace(/\{(?:([ds]):)?(\w+)\}/g, (_, form, name) => {
    const value = facts[name];
    if (form) return (form === 'd' ? date : duration)(value);
    return Array.isArray(value) ? value.join(', ') : String(value);
  });
}
