// Scrolls a list of messages.

import { call, isOffline } from './connection.js';

const nearEndPixels = 48;

const dividerId = 'new-messages';
// The message that the address names.
const target = '.message.target';

// Each log's initial scroll position.
const started = new WeakMap();

const rangeOf = log => log.scrollHeight - log.clientHeight;
const distanceToEnd = log => rangeOf(log) - log.scrollTop;

// Whether the browser has clamped the scroll position, because the content has shrunk.
const isClampedBelow = (log, top) => log.scrollTop < top && distanceToEnd(log) <= 1;

/**
 * Keeps the scroll position of a list of messages: at the end while the end is in view, otherwise at the topmost
 * visible message. Starts at the message that the address names, else where the new messages begin, else at the end,
 * unless the user has already scrolled.
 */
export function attachLog(log, page) {
  // The position when this script last read or set it. The user may have scrolled since: the event comes a frame later.
  let known = null;
  let content = null;
  let isLoading = false;
  let reported = '';

  const items = log.getElementsByClassName('message');
  const hasNewest = () => !('newer' in log.dataset);

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
    const element = firstInView();
    known = {
      top: log.scrollTop,
      range: rangeOf(log),
      hasNewest: hasNewest(),
      isAtEnd: hasNewest() && distanceToEnd(log) < nearEndPixels,
      anchor: element && { element, top: element.offsetTop },
    };
  }

  // -1 above the view, 0 in it, 1 below, null without a divider.
  function dividerPlace() {
    const divider = document.getElementById(dividerId)?.getBoundingClientRect();
    const view = log.getBoundingClientRect();
    return !divider ? null : divider.bottom <= view.top ? -1 : divider.top >= view.bottom ? 1 : 0;
  }

  // Only what the user looks at counts as read.
  function report() {
    const now = [known.isAtEnd, !document.hidden && document.hasFocus(), dividerPlace()];
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
      : 'newer' in log.dataset && distanceToEnd(log) < ahead ? 'LoadNewer' : null;
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
    const isClamped = isClampedBelow(log, known.top);
    const top = isClamped ? known.top : log.scrollTop;
    const wasAtEnd = known.hasNewest && known.range - top < nearEndPixels;
    if (wasAtEnd && hasNewest()) {
      log.scrollTop = log.scrollHeight;
    } else if (known.anchor?.element.isConnected) {
      const moved = known.anchor.element.offsetTop - known.anchor.top;
      // Setting an unchanged position would end the momentum of a touch.
      if (moved !== 0 || isClamped) {
        log.scrollTop = top + moved;
      }
    }
    updatePosition();
  }

  function onScroll() {
    // The event also comes before the observers have seen a new size.
    if (rangeOf(log) === known.range) {
      updatePosition();
    } else {
      restorePosition();
    }
    report();
    load();
  }

  function goToEnd() {
    log.scrollTop = log.scrollHeight;
    updatePosition();
  }

  // Text also grows without a change: its font arrives, or the user enlarges it.
  function observeContent() {
    const now = log.querySelector('.messages');
    if (now && now !== content) {
      content = now;
      sizes.observe(now);
    }
  }

  const changes = new MutationObserver(() => {
    restorePosition();
    observeContent();
  });
  const sizes = new ResizeObserver(restorePosition);
  changes.observe(log, { childList: true, subtree: true, characterData: true });
  sizes.observe(log);
  observeContent();
  log.addEventListener('scroll', onScroll, { passive: true });
  log.addEventListener('toend', goToEnd);
  document.addEventListener('visibilitychange', report);
  document.addEventListener('resumed', onResumed);
  addEventListener('focus', report);
  addEventListener('blur', report);
  const start = log.querySelector(target);
  const begun = started.get(log) ?? log.scrollTop;
  const hasScrolled = Math.abs(log.scrollTop - begun) > 1 && !isClampedBelow(log, begun);
  if (!hasScrolled && start) {
    // The found words of a long message may be far from its middle.
    (start.querySelector('mark') ?? start).scrollIntoView({ block: 'center' });
  } else if (!hasScrolled && !toUnread()) {
    log.scrollTop = log.scrollHeight;
  }
  updatePosition();
  report();
  load();

  return {
    toEnd() {
      goToEnd();
      report();
    },
    toUnread() {
      toUnread();
      updatePosition();
      report();
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

// A conversation begins at its start position in its first frame; attachLog comes some round trips later.
function startNew() {
  for (const log of document.querySelectorAll('.log')) {
    if (!started.has(log) && log.querySelector('.message, .timer-line')) {
      const at = new URLSearchParams(location.search).get('at');
      const start = log.querySelector(at === null ? `#${dividerId}` : target);
      if (start) {
        start.scrollIntoView({ block: at === null ? 'start' : 'center' });
      } else {
        log.scrollTop = log.scrollHeight;
      }
      started.set(log, log.scrollTop);
    }
  }
}

new MutationObserver(startNew).observe(document.body, { childList: true, subtree: true });
startNew();
