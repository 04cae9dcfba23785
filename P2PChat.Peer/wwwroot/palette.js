// Finds people, conversations and messages (ARIA combobox pattern): Ctrl+K, or Cmd+K on a Mac.

import { call } from './connection.js';
import { showDialog } from './dialogs.js';
import { isForInputMethod } from './input-method.js';

const searchDelayMs = 120;

/** Opens the dialog, or closes it if it is open. */
export function togglePalette() {
  const dialog = document.getElementById('palette');
  if (dialog?.open) {
    dialog.close();
  } else if (!document.querySelector('dialog:modal')) {
    showDialog('palette')?.dispatchEvent(new Event('opened'));
  }
}

export function attachPalette(dialog, page) {
  const attached = new AbortController();
  const input = dialog.querySelector('input');
  const list = dialog.querySelector('[role=listbox]');
  const none = dialog.querySelector('.palette-none');
  const status = dialog.querySelector('[role=status]');
  let active = null;
  let query = 0;
  let isFinding = false;
  let opensFirst = false;

  const options = () => [...list.querySelectorAll('[role=option]')];

  function element(tag, className, text = '') {
    const created = document.createElement(tag);
    created.className = className;
    created.textContent = text;
    return created;
  }

  function option(href) {
    const created = element('div', 'palette-option');
    created.setAttribute('role', 'option');
    created.setAttribute('aria-selected', 'false');
    created.dataset.href = href;
    return created;
  }

  function chatOption(chat) {
    const created = option(chat.href);
    const avatar = element('span', `avatar hue-${chat.hue} ${chat.status}`, chat.initial);
    avatar.setAttribute('aria-hidden', 'true');
    if (chat.picture) {
      const picture = element('img', '');
      Object.assign(picture, { src: chat.picture, alt: '' });
      avatar.append(picture);
    }
    const text = element('span', 'palette-text');
    const name = element('strong', '');
    name.append(element('bdi', '', chat.title));
    text.append(name);
    if (chat.detail) {
      text.append(' ', element('span', 'quiet', chat.detail));
    }
    text.append(' ', element('span', 'sr-only', chat.presence));
    created.append(avatar, text);
    if (chat.unread > 0) {
      const badge = element('span', 'badge', `${chat.unread}`);
      badge.append(element('span', 'sr-only', ' unread'));
      created.append(badge);
    }
    return created;
  }

  // times.js writes the text.
  function timeOf(moment) {
    const time = element('time', 'quiet');
    time.dateTime = moment;
    const local = document.createElement('local-time');
    local.setAttribute('datetime', moment);
    local.setAttribute('format', 'short');
    time.append(local);
    return time;
  }

  function messageOption(message) {
    const created = option(message.href);
    const text = element('span', 'palette-text');
    const excerpt = element('span', 'excerpt');
    excerpt.dir = 'auto';
    excerpt.append(...message.parts.map(part => part.isMatch ? element('mark', '', part.text) : part.text));
    text.append(element('strong', '', message.title), ' ', timeOf(message.sentAt), ' ', excerpt);
    created.append(text);
    return created;
  }

  function group(id, title, contents) {
    if (contents.length === 0) {
      return [];
    }
    const created = element('div', 'palette-group');
    const heading = element('div', 'palette-heading', title);
    heading.id = `palette-${id}`;
    heading.setAttribute('role', 'presentation');
    created.setAttribute('role', 'group');
    created.setAttribute('aria-labelledby', heading.id);
    created.append(heading, ...contents);
    return [created];
  }

  function show(found) {
    const before = active?.dataset.href;
    list.replaceChildren(
      ...group('chats', found.isRecent ? 'Recent conversations' : 'Conversations', found.chats.map(chatOption)),
      ...group('people', 'People', found.people.map(chatOption)),
      ...group('messages', 'Messages', found.messages.map(messageOption)));
    const all = options();
    all.forEach((one, index) => { one.id = `palette-option-${index}`; });
    list.hidden = all.length === 0;
    input.setAttribute('aria-expanded', `${all.length > 0}`);
    activate(all.find(one => one.dataset.href === before) ?? all[0] ?? null);
    const text = all.length === 1 ? '1 result' : `${all.length} results`;
    none.textContent = found.problem ?? (found.isComplete ? 'Nothing found.' : '');
    none.hidden = all.length > 0 || none.textContent === '';
    status.textContent = all.length > 0 ? text : none.textContent;
  }

  function activate(one) {
    active?.setAttribute('aria-selected', 'false');
    active = one;
    if (active) {
      active.setAttribute('aria-selected', 'true');
      active.scrollIntoView({ block: 'nearest' });
      input.setAttribute('aria-activedescendant', active.id);
    } else {
      input.removeAttribute('aria-activedescendant');
    }
  }

  // People come at once; messages follow when the user pauses, because searching them takes longer.
  async function find() {
    const mine = ++query;
    const words = input.value;
    [isFinding, opensFirst] = [true, false];
    const found = await call(page, 'FindPeople', words);
    if (mine !== query) {
      return;
    }
    isFinding = false;
    if (!found) {
      return;
    }
    show(found);
    if (opensFirst && active) {
      open(active.dataset.href);
      return;
    }
    if (!found.isComplete) {
      await new Promise(resolve => setTimeout(resolve, searchDelayMs));
      const messages = mine === query && await call(page, 'FindMessages', words);
      if (mine === query && messages) {
        show({ ...found, ...messages, isComplete: true });
      }
    }
  }

  function open(href) {
    dialog.close();
    const aim = new URL(href, document.baseURI);
    const at = aim.searchParams.get('at');
    const target = aim.href === location.href && at && document.querySelector('.message.target');
    if (target) {
      target.scrollIntoView({ block: 'center' });
    } else {
      window.Blazor.navigateTo(href);
    }
  }

  function onKey(event) {
    // These keys belong to the input method.
    if (isForInputMethod(event)) {
      return;
    }
    const all = options();
    const index = all.indexOf(active);
    if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && all.length > 0) {
      activate(all[(index + (event.key === 'ArrowDown' ? 1 : -1) + all.length) % all.length]);
    } else if (event.key === 'Enter') {
      if (isFinding) {
        // What is shown does not belong to the words that the user sees.
        opensFirst = true;
      } else if (active) {
        open(active.dataset.href);
      }
    } else {
      return;
    }
    event.preventDefault();
  }

  function onOpened() {
    input.value = '';
    list.replaceChildren();
    activate(null);
    find();
  }

  function onClick(event) {
    const one = event.target.closest('[role=option]');
    if (one) {
      open(one.dataset.href);
    }
  }

  const listen = (target, type, listener) => target.addEventListener(type, listener, { signal: attached.signal });
  listen(dialog, 'opened', onOpened);
  listen(dialog, 'close', () => {
    query++;
    isFinding = false;
    // A text that was found may be deleted before the palette is opened again.
    list.replaceChildren();
  });
  listen(input, 'input', find);
  listen(input, 'keydown', onKey);
  listen(list, 'click', onClick);
  listen(list, 'mousedown', event => event.preventDefault());
  listen(list, 'mousemove', event => {
    const one = event.target.closest('[role=option]');
    if (one && one !== active) {
      activate(one);
    }
  });

  // A quick user has opened it already.
  if (dialog.open) {
    find();
  }

  return { detach: () => attached.abort() };
}
