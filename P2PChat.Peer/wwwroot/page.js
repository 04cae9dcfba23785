// The page's only script. It starts Blazor, keeps the scroll position while messages arrive, and submits the composer.
// The peer renders everything else.

const nearEndPixels = 48;
const typingIntervalMs = 3000;

// Unsent text by conversation. Survives switching conversations and reloading the page.
const drafts = new Map(JSON.parse(sessionStorage.getItem('drafts') ?? '[]'));
sessionStorage.removeItem('drafts');

if (window.Blazor && !window.Blazor.p2pchat) {
  window.Blazor.p2pchat = true;
  window.Blazor.start({
    circuit: {
      reconnectionHandler: { onConnectionDown: reconnect, onConnectionUp: () => showOffline(false) },
    },
  });
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

/** Saves the drafts for the next page in this tab: after a reload, or after a phone has unloaded a hidden page. */
function saveDrafts() {
  document.querySelectorAll('.composer').forEach(form => form.dispatchEvent(new Event('save')));
  sessionStorage.setItem('drafts', JSON.stringify([...drafts]));
}

addEventListener('pagehide', saveDrafts);
document.addEventListener('visibilitychange', () => document.hidden && saveDrafts());

let isReconnecting = false;

/**
 * Waits until the peer responds again. The same process still has this page's circuit; a restarted one does not, so the
 * page reloads. Blazor's own handler decides by how the socket is refused, and retries forever if that gets lost.
 */
async function reconnect() {
  if (isReconnecting) {
    return;
  }
  isReconnecting = true;
  showOffline(true);
  for (let wait = 100; ; wait = Math.min(2 * wait, 2000)) {
    await delayOrVisible(wait);
    if (!await isPeerUp()) {
      continue;
    }
    const isResumed = await window.Blazor.reconnect().catch(() => false);
    if (isResumed) {
      showOffline(false);
      break;
    }
    // Check again: a reload without a peer would end at the browser's own error page.
    if (await isPeerUp()) {
      location.reload();
      return;
    }
  }
  isReconnecting = false;
}

/** Calls the peer. A call that fails while the page is reconnecting is not an error: the page already says so. */
async function call(page, method, ...values) {
  try {
    return await page.invokeMethodAsync(method, ...values);
  } catch (error) {
    // Pending calls fail just before the page is told that the socket is lost.
    await new Promise(resolve => setTimeout(resolve));
    if (!isReconnecting) {
      throw error;
    }
  }
}

const isPeerUp = () => fetch('/alive', { cache: 'no-store', signal: AbortSignal.timeout(5000) })
  .then(response => response.ok, () => false);

// Browsers slow down the timers of hidden pages, so showing the page ends the delay.
const delayOrVisible = milliseconds => new Promise(resolve => {
  const controller = new AbortController();
  const end = () => { controller.abort(); resolve(); };
  setTimeout(end, milliseconds);
  document.addEventListener('visibilitychange', end, { signal: controller.signal });
});

// A composer works once it is attached, which takes a round trip to the peer. Text typed before that becomes a draft;
// a message submitted before that is sent afterwards.
const attached = new WeakSet();
// Blazor replaces the server-rendered form with an empty one. Each form continues the draft of the one before it.
const draftsBefore = new WeakMap();
let pendingSubmit = '';

function onEarlyInput(event) {
  const form = event.target.closest?.('.composer');
  if (!form || attached.has(form)) {
    return;
  }
  if (!draftsBefore.has(form)) {
    draftsBefore.set(form, drafts.get(location.pathname) ?? '');
  }
  const typed = form.querySelector('textarea').value;
  drafts.set(location.pathname, draftsBefore.get(form) + typed);
  if (event.type === 'submit' || isEnter(event)) {
    event.preventDefault();
    // Submit only text typed here: a draft from before a reload is not visible yet.
    pendingSubmit = typed.trim() ? location.pathname : pendingSubmit;
  }
}

// The Enter that ends a composition belongs to the input method. In Safari only the key code tells, because the
// composition has already ended (bugs.webkit.org, 165004).
const inputMethodKey = 229;
const isEnter = event =>
  event.key === 'Enter' && !event.shiftKey && !event.isComposing && event.keyCode !== inputMethodKey;

['input', 'keydown', 'submit'].forEach(type => document.addEventListener(type, onEarlyInput));

/**
 * Keeps the scroll position of a list of messages: at the end while the end is in view, otherwise at the topmost
 * visible message. Starts at the element with the id `target` if it exists, otherwise at the end.
 */
export function attachLog(log, page, target) {
  let isAtEnd = true;
  let anchor = null;
  let isLoading = false;
  let reported = '';

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

  function updatePosition() {
    isAtEnd = !('newer' in log.dataset) && distanceToEnd() < nearEndPixels;
    const element = isAtEnd ? null : firstInView();
    anchor = element && { element, top: element.offsetTop };
    report();
  }

  function report() {
    const now = `${isAtEnd} ${!document.hidden}`;
    if (now !== reported) {
      reported = now;
      call(page, 'OnPositionChanged', isAtEnd, !document.hidden);
    }
  }

  async function load() {
    if (isLoading) {
      return;
    }
    const ahead = 1.5 * log.clientHeight;
    const method = 'older' in log.dataset && log.scrollTop < ahead ? 'LoadOlder'
      : 'newer' in log.dataset && distanceToEnd() < ahead ? 'LoadNewer' : null;
    if (method === null) {
      return;
    }
    isLoading = true;
    try {
      await call(page, method);
    } finally {
      isLoading = false;
    }
    if (!isReconnecting) {
      requestAnimationFrame(load);
    }
  }

  // Runs after a change and before it is painted, so that nothing visibly jumps.
  function restorePosition() {
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
    updatePosition();
    load();
  }

  const changes = new MutationObserver(restorePosition);
  const sizes = new ResizeObserver(restorePosition);
  changes.observe(log, { childList: true, subtree: true, characterData: true });
  sizes.observe(log);
  log.addEventListener('scroll', onScroll, { passive: true });
  document.addEventListener('visibilitychange', report);
  const start = target && document.getElementById(target);
  if (start) {
    start.scrollIntoView({ block: 'center' });
  } else {
    log.scrollTop = log.scrollHeight;
  }
  updatePosition();
  load();

  return {
    toEnd() {
      isAtEnd = true;
      log.scrollTop = log.scrollHeight;
      updatePosition();
      report();
    },
    detach() {
      changes.disconnect();
      sizes.disconnect();
      log.removeEventListener('scroll', onScroll);
      document.removeEventListener('visibilitychange', report);
    },
  };
}

// Copies the field that a button names, and says so next to it. Without TLS, browsers offer only execCommand.
document.addEventListener('click', async event => {
  const button = event.target.closest?.('[data-copy]');
  if (!button) {
    return;
  }
  const field = document.getElementById(button.dataset.copy);
  field.select();
  const isCopied = navigator.clipboard
    ? await navigator.clipboard.writeText(field.value).then(() => true, () => false)
    : document.execCommand('copy');
  const state = button.closest('article').querySelector('.copy-state');
  state.textContent = isCopied ? 'Copied.' : 'The browser did not copy it. Copy the selected text yourself.';
});

/** Reports whether the page is visible. */
export function watchView(page) {
  const report = () => call(page, 'OnVisibilityChanged', !document.hidden);
  document.addEventListener('visibilitychange', report);
  report();
}

/** Sends the text on Enter or submit, and restores it if sending failed. */
export function attachComposer(form, page) {
  const text = form.querySelector('textarea');
  const conversation = location.pathname;
  let typedAt = 0;
  let sending = '';
  text.value = drafts.get(conversation) ?? text.value;

  function saveDraft() {
    // A message sent while the peer stopped may be lost: better to keep a duplicate as a draft.
    const draft = text.value || sending;
    if (draft.trim() === '') {
      drafts.delete(conversation);
    } else {
      drafts.set(conversation, draft);
    }
  }

  async function submit() {
    const value = text.value;
    if (value.trim() === '') {
      return;
    }
    text.value = '';
    typedAt = 0;
    sending = value;
    let isSent = false;
    try {
      isSent = await call(page, 'Send', value);
    } finally {
      sending = '';
      if (!isSent && text.value === '') {
        text.value = value;
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
    if (isEmpty ? typedAt === 0 : Date.now() - typedAt < typingIntervalMs) {
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
  form.addEventListener('save', saveDraft);
  attached.add(form);
  text.focus({ preventScroll: true });
  if (pendingSubmit === conversation) {
    submit();
  }
  pendingSubmit = '';

  return {
    detach() {
      saveDraft();
      form.removeEventListener('save', saveDraft);
      attached.delete(form);
      // The form still holds the whole text.
      draftsBefore.set(form, '');
      text.removeEventListener('keydown', onKey);
      text.removeEventListener('input', onInput);
      form.removeEventListener('submit', onSubmit);
      form.removeEventListener('click', onClick);
    },
  };
}
