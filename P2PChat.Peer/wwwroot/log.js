// Scrolls a list of messages.

import { call, isOffline } from './connection.js';

const nearEndPixels = 48;

const dividerId = 'new-messages';

/**
 * Keeps the scroll position of a list of messages: at the end while the end is in view, otherwise at the topmost
 * visible message. Starts at the element with the id `target`, else where the new messages begin, else at the end.
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

  // -1 above the view, 0 in it, 1 below, null without a divider.
  function dividerPlace() {
    const divider = document.getElementById(dividerId)?.getBoundingClientRect();
    const view = log.getBoundingClientRect();
    return !divider ? null : divider.bottom <= view.top ? -1 : divider.top >= view.bottom ? 1 : 0;
  }

  // Only what the user looks at counts as read.
  function report() {
    const now = [isAtEnd, !document.hidden && document.hasFocus(), dividerPlace()];
    if (now.join() !== reported) {
      reported = now.join();
      call(page, 'OnPositionChanged', ...now);
    }
  }

  function onResumed() {
    reported = '';
    report();
  }

  function toUnread() {
    const divider = document.getElementById(dividerId);
    divider?.scrollIntoView({ block: 'start' });
    return divider !== null;
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
    if (!isOffline()) {
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

  function goToEnd() {
    isAtEnd = true;
    log.scrollTop = log.scrollHeight;
  }

  const changes = new MutationObserver(restorePosition);
  const sizes = new ResizeObserver(restorePosition);
  changes.observe(log, { childList: true, subtree: true, characterData: true });
  sizes.observe(log);
  log.addEventListener('scroll', onScroll, { passive: true });
  log.addEventListener('toend', goToEnd);
  document.addEventListener('visibilitychange', report);
  document.addEventListener('resumed', onResumed);
  addEventListener('focus', report);
  addEventListener('blur', report);
  const start = target && document.getElementById(target);
  if (start) {
    // The found words of a long message may be far from its middle.
    (start.querySelector('mark') ?? start).scrollIntoView({ block: 'center' });
  } else if (!toUnread()) {
    log.scrollTop = log.scrollHeight;
  }
  updatePosition();
  load();

  return {
    toEnd() {
      goToEnd();
      updatePosition();
      report();
    },
    toUnread() {
      toUnread();
      updatePosition();
    },
    detach() {
      changes.disconnect();
      sizes.disconnect();
      log.removeEventListener('scroll', onScroll);
      log.removeEventListener('toend', goToEnd);
      document.removeEventListener('visibilitychange', report);
      document.removeEventListener('resumed', onResumed);
      removeEventListener('focus', report);
      removeEventListener('blur', report);
    },
  };
}

const started = new WeakSet();

// A conversation begins at its start position in its first frame; attachLog comes some round trips later.
function startNew() {
  for (const log of document.querySelectorAll('.log')) {
    if (!started.has(log) && log.querySelector('.message')) {
      started.add(log);
      const at = new URLSearchParams(location.search).get('at');
      const target = document.getElementById(at === null ? 'new-messages' : `m-${at}`);
      if (target) {
        target.scrollIntoView({ block: at === null ? 'start' : 'center' });
      } else {
        log.scrollTop = log.scrollHeight;
      }
    }
  }
}

new MutationObserver(startNew).observe(document.body, { childList: true, subtree: true });
startNew();
