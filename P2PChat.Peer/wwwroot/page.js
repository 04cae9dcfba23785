// All the script that the page has of its own: it starts Blazor, keeps a conversation's place while messages come and go, and
// sends what is written. What is shown is rendered by the peer.

const nearEnd = 48;
const typingEvery = 3000;

if (window.Blazor && !window.Blazor.p2pchat) {
  window.Blazor.p2pchat = true;
  comeBack();
  window.Blazor.start({
    circuit: {
      reconnectionOptions: {
        maxRetries: Number.MAX_SAFE_INTEGER,
        retryIntervalMilliseconds: attempt => Math.min(200 * 2 ** Math.min(attempt, 5), 3000),
      },
    },
  });
}

// The peer was started again, and knows nothing of this page's circuit: a new page is what it takes.
function comeBack() {
  const bar = document.getElementById('components-reconnect-modal');
  bar?.addEventListener('components-reconnect-state-changed', change => {
    if (change.detail.state === 'rejected' || change.detail.state === 'failed') {
      location.reload();
    }
  });
}

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
      page.invokeMethodAsync('AtEnd', isAtEnd, !document.hidden);
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
      await page.invokeMethodAsync(what);
    } finally {
      isLoading = false;
    }
    requestAnimationFrame(load);
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
  const tell = () => page.invokeMethodAsync('InView', !document.hidden);
  document.addEventListener('visibilitychange', tell);
  tell();
}

/** Sends by Enter what is written, and puts it back where it could not be sent. */
export function attachComposer(form, page) {
  const text = form.querySelector('textarea');
  let typedAt = 0;

  async function submit() {
    const written = text.value;
    if (written.trim() === '') {
      return;
    }
    text.value = '';
    typedAt = 0;
    let isSent = false;
    try {
      isSent = await page.invokeMethodAsync('Send', written);
    } finally {
      if (!isSent && text.value === '') {
        text.value = written;
      }
    }
  }

  function onKey(event) {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
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
    page.invokeMethodAsync('Typing', !isEmpty);
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
  text.focus({ preventScroll: true });

  return {
    detach() {
      text.removeEventListener('keydown', onKey);
      text.removeEventListener('input', onInput);
      form.removeEventListener('submit', onSubmit);
      form.removeEventListener('click', onClick);
    },
  };
}
