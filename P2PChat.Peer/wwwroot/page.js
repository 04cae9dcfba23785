// All the script that the page has of its own: it starts Blazor, keeps a conversation's place while messages come and go, and
// sends what is written. What is shown is rendered by the peer.

const nearEnd = 48;
const typingEvery = 3000;

// What has been begun in each conversation: kept while others are looked at, and across a reload.
const drafts = new Map(JSON.parse(sessionStorage.getItem('drafts') ?? '[]'));
sessionStorage.removeItem('drafts');

if (window.Blazor && !window.Blazor.p2pchat) {
  window.Blazor.p2pchat = true;
  window.Blazor.start({ circuit: { reconnectionHandler: { onConnectionDown: comeBack, onConnectionUp: () => showOffline(false) } } });
}

function showOffline(isOffline) {
  const bar = document.getElementById('offline');
  if (bar.hidden === isOffline) {
    bar.hidden = !isOffline;
    bar.querySelector('.offline')?.remove();
    if (isOffline) {
      bar.append(bar.querySelector('template').content.cloneNode(true));
    }
  }
}

/** Keeps a draft for the next page in this tab, after a reload or when a phone unloads a hidden page. */
function keepDrafts() {
  document.querySelectorAll('.composer').forEach(form => form.dispatchEvent(new Event('keep')));
  sessionStorage.setItem('drafts', JSON.stringify([...drafts]));
}

addEventListener('pagehide', keepDrafts);
document.addEventListener('visibilitychange', () => document.hidden && keepDrafts());

let isComingBack = false;

/**
 * Waits until the peer answers again. If it is the process that it was, it still has this page's circuit; else it knows
 * nothing of it, and a new page is what it takes. Blazor's own handler tells the two apart by how the socket is refused, and
 * where that is cut short it asks for ever.
 */
async function comeBack() {
  if (isComingBack) {
    return;
  }
  isComingBack = true;
  showOffline(true);
  for (let wait = 100; ; wait = Math.min(2 * wait, 2000)) {
    await timeOrSight(wait);
    if (!await answers()) {
      continue;
    }
    const isSame = await window.Blazor.reconnect().catch(() => false);
    if (isSame) {
      showOffline(false);
      break;
    }
    // Not into the browser's own page of errors, if it has gone once more.
    if (await answers()) {
      location.reload();
      return;
    }
  }
  isComingBack = false;
}

/** Calls the peer. That it cannot be told while it does not answer is no fault: the page says so, and comes back by itself. */
async function call(page, ...what) {
  try {
    return await page.invokeMethodAsync(...what);
  } catch (error) {
    // What waited for an answer hears of the lost socket just before the page does.
    await new Promise(done => setTimeout(done));
    if (!isComingBack) {
      throw error;
    }
  }
}

const answers = () => fetch('/alive', { cache: 'no-store', signal: AbortSignal.timeout(5000) }).then(response => response.ok, () => false);

// Timers are slow while a page is out of sight: who comes back to it does not wait for them.
const timeOrSight = milliseconds => new Promise(done => {
  const controller = new AbortController();
  const end = () => { controller.abort(); done(); };
  setTimeout(end, milliseconds);
  document.addEventListener('visibilitychange', end, { signal: controller.signal });
});

// A composer is of use only when it has been attached, which takes a way to the peer and back. What is typed until then is a
// draft, and what is sent until then goes out once it can.
const attached = new WeakSet();
// The draft that each form continues, because Blazor replaces the server-rendered form with an empty one.
const continued = new WeakMap();
let waiting = '';

function early(event) {
  const form = event.target.closest?.('.composer');
  if (!form || attached.has(form)) {
    return;
  }
  if (!continued.has(form)) {
    continued.set(form, drafts.get(location.pathname) ?? '');
  }
  const typed = form.querySelector('textarea').value;
  drafts.set(location.pathname, continued.get(form) + typed);
  if (event.type === 'submit' || isEnter(event)) {
    event.preventDefault();
    // A draft from before the reload is not in the box yet: nobody sends it unseen.
    waiting = typed.trim() ? location.pathname : waiting;
  }
}

// The Enter that ends a composition belongs to the input method. In Safari only the key code shows it, because the composition has
// already ended (bugs.webkit.org, 165004).
const inputMethodKey = 229;
const isEnter = event => event.key === 'Enter' && !event.shiftKey && !event.isComposing && event.keyCode !== inputMethodKey;

['input', 'keydown', 'submit'].forEach(type => document.addEventListener(type, early));

/**
 * Keeps the place in a list of messages: at its end while the end is in view, else at the message that is at the top.
 * Begins at the element of the id `sought`, if there is one, else at the end.
 */
export function attachLog(log, page, sought) {
  let isAtEnd = true;
  let anchor = null;
  let isLoading = false;
  let told = '';

  const items = log.getElementsByClassName('message');
  const distanceToEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight;

  function firstInView() {
    let low = 0;
    let high = items.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (items[middle].offsetTop + items[middle].offsetHeight > log.scrollTop) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return items[low] ?? null;
  }

  function note() {
    isAtEnd = !('newer' in log.dataset) && distanceToEnd() < nearEnd;
    const element = isAtEnd ? null : firstInView();
    anchor = element && { element, top: element.offsetTop };
    tell();
  }

  function tell() {
    const now = `${isAtEnd} ${!document.hidden}`;
    if (now !== told) {
      told = now;
      call(page, 'AtEnd', isAtEnd, !document.hidden);
    }
  }

  async function load() {
    if (isLoading) {
      return;
    }
    const ahead = 1.5 * log.clientHeight;
    const what = 'older' in log.dataset && log.scrollTop < ahead ? 'LoadOlder'
      : 'newer' in log.dataset && distanceToEnd() < ahead ? 'LoadNewer' : null;
    if (what === null) {
      return;
    }
    isLoading = true;
    try {
      await call(page, what);
    } finally {
      isLoading = false;
    }
    if (!isComingBack) {
      requestAnimationFrame(load);
    }
  }

  // Runs after the list has changed and before it is painted: nothing is seen to jump.
  function keep() {
    if (isAtEnd) {
      log.scrollTop = log.scrollHeight;
    } else if (anchor?.element.isConnected) {
      const moved = anchor.element.offsetTop - anchor.top;
      if (moved !== 0) {
        anchor.top += moved;
        log.scrollTop += moved;
      }
    }
  }

  function onScroll() {
    note();
    load();
  }

  const changes = new MutationObserver(keep);
  const sizes = new ResizeObserver(keep);
  changes.observe(log, { childList: true, subtree: true, characterData: true });
  sizes.observe(log);
  log.addEventListener('scroll', onScroll, { passive: true });
  document.addEventListener('visibilitychange', tell);
  const start = sought && document.getElementById(sought);
  if (start) {
    start.scrollIntoView({ block: 'center' });
  } else {
    log.scrollTop = log.scrollHeight;
  }
  note();
  load();

  return {
    toEnd() {
      isAtEnd = true;
      log.scrollTop = log.scrollHeight;
      note();
      tell();
    },
    detach() {
      changes.disconnect();
      sizes.disconnect();
      log.removeEventListener('scroll', onScroll);
      document.removeEventListener('visibilitychange', tell);
    },
  };
}

/** Tells whether the page is in view. */
export function watchView(page) {
  const tell = () => call(page, 'InView', !document.hidden);
  document.addEventListener('visibilitychange', tell);
  tell();
}

/** Sends by Enter what is written, and puts it back where it could not be sent. */
export function attachComposer(form, page) {
  const text = form.querySelector('textarea');
  const conversation = location.pathname;
  let typedAt = 0;
  let sending = '';
  text.value = drafts.get(conversation) ?? text.value;

  function keep() {
    // What went out as the peer ended may not have been taken: better there twice than not at all.
    const begun = text.value || sending;
    if (begun.trim() === '') {
      drafts.delete(conversation);
    } else {
      drafts.set(conversation, begun);
    }
  }

  async function submit() {
    const written = text.value;
    if (written.trim() === '') {
      return;
    }
    text.value = '';
    typedAt = 0;
    sending = written;
    let isSent = false;
    try {
      isSent = await call(page, 'Send', written);
    } finally {
      sending = '';
      if (!isSent && text.value === '') {
        text.value = written;
      }
    }
  }

  function onKey(event) {
    if (isEnter(event)) {
      event.preventDefault();
      submit();
    }
  }

  function onSubmit(event) {
    event.preventDefault();
    submit();
    text.focus();
  }

  function onInput() {
    const isEmpty = text.value.trim() === '';
    if (isEmpty ? typedAt === 0 : Date.now() - typedAt < typingEvery) {
      return;
    }
    typedAt = isEmpty ? 0 : Date.now();
    call(page, 'Typing', !isEmpty);
  }

  function onClick(event) {
    const button = event.target.closest('[data-insert]');
    if (button) {
      text.setRangeText(button.dataset.insert, text.selectionStart, text.selectionEnd, 'end');
      button.closest('[popover]').hidePopover();
      text.focus();
    }
  }

  text.addEventListener('keydown', onKey);
  text.addEventListener('input', onInput);
  form.addEventListener('submit', onSubmit);
  form.addEventListener('click', onClick);
  form.addEventListener('keep', keep);
  attached.add(form);
  text.focus({ preventScroll: true });
  if (waiting === conversation) {
    submit();
  }
  waiting = '';

  return {
    detach() {
      keep();
      form.removeEventListener('keep', keep);
      attached.delete(form);
      // The form still holds the whole text.
      continued.set(form, '');
      text.removeEventListener('keydown', onKey);
      text.removeEventListener('input', onInput);
      form.removeEventListener('submit', onSubmit);
      form.removeEventListener('click', onClick);
    },
  };
}
