// Completes names after an @ while the user types.

import { isForInputMethod } from './input-method.js';

const maxShown = 6;

/** Shows the names in `data-mentions` of the form that begin with what was typed after an @. */
export function attachMentions(form, text) {
  const attached = new AbortController();
  const list = document.createElement('ul');
  list.className = 'mentions';
  list.id = 'mentions';
  list.setAttribute('role', 'listbox');
  list.setAttribute('aria-label', 'Names');
  list.hidden = true;
  const hasNames = 'mentions' in form.dataset;
  if (hasNames) {
    text.setAttribute('aria-autocomplete', 'list');
    text.setAttribute('aria-controls', list.id);
    form.append(list);
  }

  const options = () => [...list.children];
  const active = () => list.querySelector('[aria-selected=true]');

  /** What was typed before the cursor since the last @; null if there is none that begins a word. */
  function typed() {
    const before = text.value.slice(0, text.selectionStart);
    return text.selectionStart === text.selectionEnd
      ? before.match(/(?:^|[^\p{L}\p{N}_-])@([A-Za-z0-9_-]{0,32})$/u)?.[1] ?? null
      : null;
  }

  function activate(option) {
    active()?.setAttribute('aria-selected', 'false');
    option.setAttribute('aria-selected', 'true');
    text.setAttribute('aria-activedescendant', option.id);
  }

  function close() {
    list.hidden = true;
    list.replaceChildren();
    text.removeAttribute('aria-activedescendant');
  }

  function show() {
    const begun = typed()?.toLowerCase() ?? null;
    const names = begun === null ? [] : JSON.parse(form.dataset.mentions)
      .filter(name => name.startsWith(begun) && name !== begun).slice(0, maxShown);
    if (names.length === 0) {
      close();
      return;
    }
    list.replaceChildren(...names.map((name, index) => {
      const option = document.createElement('li');
      option.id = `mention-${index}`;
      option.setAttribute('role', 'option');
      option.setAttribute('aria-selected', 'false');
      option.textContent = `@${name}`;
      option.dataset.name = name;
      return option;
    }));
    list.hidden = false;
    activate(list.firstChild);
  }

  function choose(option) {
    const end = text.selectionStart;
    text.setRangeText(`${option.dataset.name} `, end - typed().length, end, 'end');
    close();
    text.focus();
    text.dispatchEvent(new Event('input', { bubbles: true }));
  }

  if (hasNames) {
    text.addEventListener('input', show, { signal: attached.signal });
    text.addEventListener('blur', close, { signal: attached.signal });
    list.addEventListener('mousedown', event => {
      event.preventDefault();
      const option = event.target.closest('[role=option]');
      if (option) {
        choose(option);
      }
    }, { signal: attached.signal });
  }

  return {
    close,
    /** Handles a key of the field while names are shown. Returns whether it did. */
    onKey(event) {
      if (list.hidden || isForInputMethod(event) || event.ctrlKey || event.metaKey || event.altKey) {
        return false;
      }
      const all = options();
      const index = all.indexOf(active());
      if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
        activate(all[(index + (event.key === 'ArrowDown' ? 1 : -1) + all.length) % all.length]);
      } else if (event.key === 'Enter' || event.key === 'Tab') {
        choose(all[index]);
      } else if (event.key === 'Escape') {
        close();
      } else {
        return false;
      }
      return true;
    },
    detach() {
      attached.abort();
      list.remove();
    },
  };
}
