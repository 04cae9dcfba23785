// Starts Blazor, and reconnects when the peer is back.

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

function reloadIfNothingIsLost() {
  if (document.dispatchEvent(new Event('beforereload', { cancelable: true }))) {
    location.reload();
    return;
  }
  const bar = document.getElementById('offline');
  bar.querySelector('.offline')?.remove();
  bar.append(bar.querySelector('[data-ended]').content.cloneNode(true));
  bar.querySelector('[data-reload]').addEventListener('click', () => location.reload());
}

// How long a call that was begun before the connection was lost may still be answered after it.
const answerMs = 3000;

let isReconnecting = false;

/**
 * Waits until the peer responds again. The same process still has this page's circuit; a restarted one does not, so the
 * page reloads, unless that would lose files or a recording. Blazor's own handler decides by how the socket is refused,
 * and retries forever if that gets lost.
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
      isReconnecting = false;
      showOffline(false);
      // The peer takes a page without a connection for one that nobody looks at.
      document.dispatchEvent(new Event('resumed'));
      return;
    }
    // Check again: a reload without a peer would end at the browser's own error page.
    if (await isPeerUp()) {
      reloadIfNothingIsLost();
      return;
    }
  }
}

/**
 * Calls the peer. A call that fails while the page is reconnecting is not an error: the page already says so. A call
 * or its answer that was lost with the connection returns undefined some seconds after the page is connected again.
 */
export async function call(page, method, ...values) {
  const answered = new AbortController();
  try {
    return await Promise.race([page.invokeMethodAsync(method, ...values), whenLost(answered.signal)]);
  } catch (error) {
    // Pending calls fail just before the page is told that the socket is lost.
    await new Promise(resolve => setTimeout(resolve));
    if (!isReconnecting) {
      throw error;
    }
  } finally {
    answered.abort();
  }
}

const whenLost = signal => new Promise(resolve =>
  document.addEventListener('resumed', () => setTimeout(resolve, answerMs), { once: true, signal }));

const isPeerUp = () => fetch('/alive', { cache: 'no-store', signal: AbortSignal.timeout(5000) })
  .then(response => response.ok, () => false);

// Browsers slow down the timers of hidden pages, so showing the page ends the delay.
const delayOrVisible = milliseconds => new Promise(resolve => {
  const controller = new AbortController();
  const end = () => { controller.abort(); resolve(); };
  setTimeout(end, milliseconds);
  document.addEventListener('visibilitychange', end, { signal: controller.signal });
});

/** Whether the page says that it is reconnecting. */
export const isOffline = () => isReconnecting;
