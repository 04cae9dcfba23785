// Draws sent messages at once, while the peer stores them. The peer's version replaces them in the same frame.

// As in MessageRow and MessageText.
const maxPauseMs = 5 * 60 * 1000;
const maxBigEmoji = 6;

// Numbers the messages of this page, so that the peer can tell which it shows.
let lastNumber = 0;

const isEmojiElement = /^(?:\p{Extended_Pictographic}|\p{Regional_Indicator}{2})/u;

function isEmoji(text) {
  if (text.length > 16 * maxBigEmoji) {
    return false;
  }
  const elements = [...new Intl.Segmenter().segment(text.trim())].map(part => part.segment).filter(one => one !== ' ');
  return elements.length > 0 && elements.length <= maxBigEmoji && elements.every(one => isEmojiElement.test(one));
}

function create(tag, className, ...children) {
  const element = document.createElement(tag);
  element.className = className;
  element.append(...children);
  return element;
}

/** A time as the peer renders it: times.js writes the text of `local-time`. */
function createTime(value, format) {
  const local = create('local-time', '');
  local.setAttribute('datetime', value);
  local.setAttribute('format', format);
  const time = create('time', '', local);
  time.dateTime = value;
  return time;
}

function createMessage(view, value, now) {
  const text = create('p', isEmoji(value) ? 'emoji' : '', value.replace(/^[\r\n]+|[\r\n]+$/g, ''));
  text.dir = 'auto';
  const label = create('span', 'sr-only', 'You:');
  const meta = view.querySelector('.pending-meta .meta').cloneNode(true);
  meta.querySelector('time').replaceWith(createTime(now.toISOString(), 'clock'));
  return create('li', 'message own ends timed', create('div', 'bubble', label, create('div', 'text', text), meta));
}

function createDay(now) {
  const date = [now.getFullYear(), now.getMonth() + 1, now.getDate()].map(part => `${part}`.padStart(2, '0')).join('-');
  return create('h2', 'day', create('span', '', createTime(date, 'day')));
}

/** Draws in the element `.pending` of a conversation, whose children the peer leaves alone. */
export function attachPending(view) {
  const log = view.querySelector('.log');
  // By number.
  const items = new Map();
  const texts = new Map();

  const timeOf = item => new Date(item.querySelector('.meta time').dateTime);

  function lastShown() {
    const shown = log.querySelectorAll('.messages > :not(.pending) .message');
    return shown[shown.length - 1] ?? null;
  }

  // Groups the messages as the peer will, so that nothing moves when it takes over.
  function arrange() {
    const list = log.querySelector('.pending');
    let before = lastShown();
    if (items.size === 0) {
      before?.classList.add('ends', 'timed');
      list.replaceChildren();
      return;
    }
    let parent = list.querySelector('ol');
    if (parent === null) {
      parent = create('ol', '');
      list.append(parent);
    }
    const first = items.values().next().value;
    const isNewDay = before === null || timeOf(before).toDateString() !== timeOf(first).toDateString();
    const day = list.querySelector('.day');
    if (isNewDay && day === null) {
      list.prepend(createDay(timeOf(first)));
    } else if (!isNewDay) {
      day?.remove();
    }
    for (const item of items.values()) {
      const isJoined = before !== null && before.classList.contains('own') && !(item === first && isNewDay)
        && Math.abs(timeOf(item) - timeOf(before)) < maxPauseMs;
      item.classList.toggle('begins', !isJoined);
      if (isJoined) {
        before.classList.remove('ends');
        const state = before.querySelector('.state');
        before.classList.toggle('timed', state !== null && !state.classList.contains('queued'));
      }
      before = item;
    }
    const shown = new Set(items.values());
    [...parent.children].filter(item => !shown.has(item)).forEach(item => item.remove());
    [...shown].filter(item => item.parentNode !== parent).forEach(item => parent.append(item));
  }

  // Runs after the peer's change and before it is painted.
  function onChange() {
    if (items.size === 0) {
      return;
    }
    const shown = Number(log.querySelector('.pending').dataset.sent ?? 0);
    for (const number of [...items.keys()].filter(number => number <= shown)) {
      items.delete(number);
      texts.delete(number);
    }
    changes.disconnect();
    arrange();
    observe();
  }

  const changes = new MutationObserver(onChange);
  const observe = () =>
    changes.observe(log, { childList: true, subtree: true, attributes: true, attributeFilter: ['data-sent', 'class'] });
  observe();

  return {
    /** Draws a message, and returns its number. */
    add(value) {
      items.set(++lastNumber, createMessage(view, value, new Date()));
      texts.set(lastNumber, value);
      arrange();
      return lastNumber;
    },
    /** Removes a message that was not sent. Returns false if the peer has shown it. */
    remove(number) {
      const isUnknown = texts.delete(number);
      if (items.delete(number)) {
        arrange();
      }
      return isUnknown;
    },
    /** The texts that the peer may not have yet. */
    texts: () => [...texts.values()],
    detach() {
      changes.disconnect();
      items.clear();
      log.querySelector('.pending')?.replaceChildren();
    },
  };
}
