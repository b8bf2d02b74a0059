// Texts that scripts show. They are written in English where they are used; in another language the page brings them.

import { pageData } from "./page-data.js";

/** Translate a text and put values into its {places}. */
export function t(text, values = {}) {
  return fill(pageData.texts?.[text] ?? text, values);
}

/** Translate a text that depends on a number: one form for 1, another for many; {n} is the number. */
export function tn(one, many, n, values = {}) {
  const forms = pageData.texts?.[one];
  const text = forms ? forms[formOf(n)] : [one, many][n === 1 ? 0 : 1];
  return fill(text, { n, ...values });
}

/** Write a number as the page's language does. */
export function number(value, options = {}) {
  return new Intl.NumberFormat(document.documentElement.lang, options).format(value);
}

function formOf(n) {
  const table = pageData.plural;
  return table[n < table.length ? n : 100 + (n % 100)];
}

function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (place, name) => (name in values ? String(values[name]) : place));
}
