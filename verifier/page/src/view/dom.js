// Elements; text only ever enters the page as text.

import { has, words } from './words.js';

export const $ = (id) => document.getElementById(id);

/** Replaces what the element of an id contains. */
export const put = (id, ...children) => $(id).replaceChildren(...children);

export const on = (id, event, handler) => $(id).addEventListener(event, handler);

/** An element with a class and children; a text is a child. */
export function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

export function svg(name, attributes, ...children) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Gives every field its label, its hint and a place for what is wrong with it. */
export function prepareFields() {
  for (const field of document.querySelectorAll('.field')) {
    const [input] = field.children;
    const parts = [`${input.id}-hint`, `${input.id}-wrong`];
    const [hint, wrong] = [element('small'), element('p', 'wrong')];
    const label = element('label');
    label.htmlFor = input.id;
    label.dataset.t = hint.dataset.t = '';
    [hint.id, wrong.id] = parts;
    wrong.setAttribute('role', 'alert');
    field.prepend(label);
    field.append(...(has(hint.id) ? [hint] : []), wrong);
    input.setAttribute('aria-describedby', parts.filter(has).join(' '));
    if (input.className === 'exact') {
      for (const [name, value] of [
        ['spellcheck', 'false'],
        ['autocomplete', 'off'],
        ['autocapitalize', 'off'],
      ]) {
        input.setAttribute(name, value);
      }
    }
  }
}

/** Fills every element with its text: the one that it names, else that of its id, else that of its field. */
export function translate() {
  for (const each of document.querySelectorAll('[data-t]')) {
    const { dataset, htmlFor, id } = each;
    const key = dataset.t || id || htmlFor;
    each.textContent = words(has(key) ? key : key.replace('-file', ''));
  }
  document.title = words('title');
}

/** Shows what is wrong with a field, or nothing. */
export function complain(field, key, facts) {
  put(`${field.id}-wrong`, key ? words(key, facts) : '');
  if (key) field.setAttribute('aria-invalid', 'true');
  else field.removeAttribute('aria-invalid');
}

export function download(name, text) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
