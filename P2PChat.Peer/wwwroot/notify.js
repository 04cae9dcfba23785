// Notifications, their sound, and the badge of the favicon and the installed page.

import { call } from './connection.js';

// Keys in localStorage. Defaults: notifications are undecided, the sound is on, and the text is shown.
const isOnKey = 'notifications';
const hasSoundKey = 'notification-sound';
const hidesTextKey = 'notification-hide';

const lockName = 'p2pchat-notifications';
const soundIntervalMs = 1500;
const maxBadge = 9;

const read = key => {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
};

const write = (key, value) => {
  try {
    localStorage.setItem(key, value);
  } catch {
    // The choice holds until the page is closed.
  }
};

const canNotify = () => 'Notification' in window;
const permission = () => (canNotify() ? Notification.permission : 'unsupported');
const isOn = () => permission() === 'granted' && read(isOnKey) !== 'off';

/** Asks the browser if necessary. Returns whether notifications are on. */
async function turnOn() {
  if (permission() === 'default') {
    await Notification.requestPermission();
  }
  write(isOnKey, permission() === 'granted' ? 'on' : 'off');
  return isOn();
}

/** Notifies of what the peer reports, in one tab of the browser only. */
export function attachNotifier(element, page) {
  const shown = new Map();
  const lead = leadTabs();
  let playedAt = 0;

  const reportFocus = () => call(page, 'OnFocusChanged', !document.hidden && document.hasFocus());
  document.addEventListener('visibilitychange', reportFocus);
  document.addEventListener('resumed', reportFocus);
  addEventListener('focus', reportFocus);
  addEventListener('blur', reportFocus);
  reportFocus();

  function play() {
    if (read(hasSoundKey) !== 'off' && Date.now() - playedAt > soundIntervalMs) {
      playedAt = Date.now();
      // A browser plays nothing before the user has touched the page.
      new Audio(element.dataset.sound).play().catch(() => {});
    }
  }

  function show({ key, title, text, hiddenText, path }, renotify = true) {
    const body = read(hidesTextKey) === 'on' ? hiddenText : text;
    const options = { body, tag: key, renotify, silent: true, icon: element.dataset.icon };
    let notification;
    try {
      notification = new Notification(title, options);
    } catch {
      // Chrome on Android notifies from service workers only.
      return;
    }
    notification.onclick = () => {
      window.focus();
      notification.close();
      window.Blazor.navigateTo(path);
    };
    notification.onclose = () => shown.get(key) === notification && shown.delete(key);
    shown.set(key, notification);
  }

  function closeAll() {
    shown.forEach(notification => notification.close());
    shown.clear();
  }
  // Once the page has gone, nobody can take back a text that is deleted.
  addEventListener('pagehide', closeAll);

  return {
    notify(notification) {
      if (lead.isLeader()) {
        play();
        if (isOn()) {
          show(notification);
        }
      }
    },
    replace(notification) {
      if (shown.has(notification.key)) {
        show(notification, false);
      }
    },
    close(key) {
      shown.get(key)?.close();
      shown.delete(key);
    },
    setCount(count) {
      drawFavicon(element.dataset.favicon, count);
      navigator.setAppBadge?.(count).catch(() => {});
    },
    detach() {
      lead.end();
      closeAll();
      removeEventListener('pagehide', closeAll);
      document.removeEventListener('visibilitychange', reportFocus);
      document.removeEventListener('resumed', reportFocus);
      removeEventListener('focus', reportFocus);
      removeEventListener('blur', reportFocus);
    },
  };
}

/** Makes one tab of the browser the leader. Without Web Locks, each one is, and the tag merges their notifications. */
function leadTabs() {
  if (!navigator.locks) {
    return { isLeader: () => true, end() {} };
  }
  const ending = new AbortController();
  let isLeader = false;
  let release = () => {};
  navigator.locks.request(lockName, { signal: ending.signal }, () => {
    isLeader = true;
    return new Promise(resolve => { release = resolve; });
  }).catch(() => {});
  return {
    isLeader: () => isLeader,
    end() {
      isLeader = false;
      ending.abort();
      release();
    },
  };
}

let favicon;
let drawn = 0;

async function drawFavicon(address, count) {
  const mine = ++drawn;
  const link = document.querySelector('link[rel="icon"]');
  if (count === 0) {
    link.href = address;
    return;
  }
  favicon ??= fetch(address).then(response => response.text());
  const icon = await favicon.catch(() => null);
  if (icon === null) {
    // The peer did not answer. The next count tries again.
    favicon = undefined;
    return;
  }
  // The count may have changed meanwhile.
  if (mine !== drawn) {
    return;
  }
  const number = count > maxBadge ? `${maxBadge}+` : count;
  const badge = `<circle cx="22" cy="22" r="10" fill="#d0021b" stroke="#fff" stroke-width="1.5"/>`
    + `<text x="22" y="26.5" fill="#fff" text-anchor="middle" font-family="sans-serif" font-weight="700"`
    + ` font-size="${count > maxBadge ? 11 : 13}">${number}</text></svg>`;
  link.href = `data:image/svg+xml,${encodeURIComponent(icon.replace('</svg>', badge))}`;
}

/** Offers notifications until the user has decided. */
export function attachNotificationBanner(element) {
  const update = () => { element.hidden = permission() !== 'default' || read(isOnKey) !== null; };

  async function onClick(event) {
    if (event.target.closest('[data-turn-on]')) {
      await turnOn();
    } else if (event.target.closest('[data-not-now]')) {
      write(isOnKey, 'off');
    } else {
      return;
    }
    element.hidden = true;
  }

  element.addEventListener('click', onClick);
  addEventListener('storage', update);
  update();

  return {
    detach() {
      element.removeEventListener('click', onClick);
      removeEventListener('storage', update);
    },
  };
}

/** Shows the settings of notifications, and changes them. */
export function attachNotificationForm(element) {
  const field = key => element.querySelector(`[data-setting="${key}"]`);
  const fields = [isOnKey, hasSoundKey, hidesTextKey].map(field);

  function update() {
    field(isOnKey).checked = isOn();
    field(hasSoundKey).checked = read(hasSoundKey) !== 'off';
    field(hidesTextKey).checked = read(hidesTextKey) === 'on';
    fields.forEach(one => { one.disabled = one === field(isOnKey) && !canNotify(); });
    element.querySelectorAll('[data-hint]').forEach(hint => { hint.hidden = hint.dataset.hint !== permission(); });
  }

  async function onChange(event) {
    const { setting } = event.target.dataset;
    if (setting === isOnKey && event.target.checked) {
      await turnOn();
    } else if (setting) {
      write(setting, event.target.checked ? 'on' : 'off');
    }
    update();
  }

  element.addEventListener('change', onChange);
  addEventListener('storage', update);
  update();

  return {
    detach() {
      element.removeEventListener('change', onChange);
      removeEventListener('storage', update);
    },
  };
}
