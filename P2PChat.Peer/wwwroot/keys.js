// Keys that work on every page. The dialog that "?" opens lists them.

import { showDialog } from './dialogs.js';
import { isForInputMethod } from './input-method.js';
import { togglePalette } from './palette.js';

const isMac = /Mac|iPhone|iPad/.test(navigator.platform);
const singleKeysName = 'single-keys';

// Keys of one character can be turned off: speech input may type them by mistake (WCAG 2.2, 2.1.4).
const hasSingleKeys = () => localStorage.getItem(singleKeysName) !== 'off';

const isField = element => element.matches?.('input, textarea, select, [contenteditable]') ?? false;

// Layouts other than Latin have another letter on the key.
const isLetter = (event, letter) =>
  event.key.toLowerCase() === letter || (event.code === `Key${letter.toUpperCase()}` && !/^[a-z]$/i.test(event.key));

/** Opens the previous or next conversation of the list, or the next unread one. */
function step(isUp, isUnread) {
  const rows = [...document.querySelectorAll('.conversations a.person')];
  const here = rows.findIndex(row => `${location.pathname}/`.startsWith(`${row.pathname}/`));
  const ordered = [...rows.slice(here + 1), ...rows.slice(0, Math.max(here, 0))];
  if (isUp) {
    ordered.reverse();
  }
  (isUnread ? ordered.find(row => row.querySelector('.badge')) : ordered[0])?.click();
}

function focusSearch() {
  const fields = document.querySelectorAll('main [type=search], .sidebar [type=search]');
  const field = [...fields].find(one => one.checkVisibility());
  if (field) {
    field.focus();
    field.select();
  } else {
    togglePalette();
  }
}

function onKey(event) {
  if (event.defaultPrevented || isForInputMethod(event)) {
    return;
  }
  const command = isMac ? event.metaKey : event.ctrlKey;
  const other = isMac ? event.ctrlKey : event.metaKey;
  if (command && !other && !event.altKey && !event.shiftKey && isLetter(event, 'k')) {
    togglePalette();
  } else if (document.querySelector('dialog:modal') || other || command) {
    return;
  } else if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
    step(event.key === 'ArrowUp', event.shiftKey);
  } else if (event.altKey || isField(event.target) || !hasSingleKeys()) {
    return;
  } else if (event.key === '/') {
    focusSearch();
  } else if (event.key === '?') {
    showDialog('keys');
  } else {
    return;
  }
  event.preventDefault();
}

document.addEventListener('keydown', onKey);

document.addEventListener('change', event => {
  if (event.target.id === singleKeysName) {
    localStorage.setItem(singleKeysName, event.target.checked ? 'on' : 'off');
  }
});

/** Names the keys as this keyboard does, and shows whether single keys are on. */
export function attachKeys(dialog) {
  dialog.querySelectorAll('[data-mac]').forEach(key => {
    key.textContent = isMac ? key.dataset.mac : key.textContent;
  });
  dialog.querySelector(`#${singleKeysName}`).checked = hasSingleKeys();
  return { detach() { } };
}
