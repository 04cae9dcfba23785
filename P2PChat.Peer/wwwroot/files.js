// Sends files: chosen, dropped or pasted ones wait in a tray above the message field, and go out with the next Enter.
// A tray belongs to a conversation and outlives its view, so that an upload continues while the user is elsewhere.

import { showToast } from './dialogs.js';
import { isPicture, previewOf, withoutMetadata } from './pictures.js';

const maxFiles = 50;
const maxBytes = 64 * 1024 ** 3;
const units = ['bytes', 'KiB', 'MiB', 'GiB'];
const noAnswer = 'Your peer did not answer. Try again.';
const keepsMetadata =
  'This browser cannot remove its location and camera data. To send it as it is, clear the box below, and try again.';

// By username.
const trays = new Map();
// One upload after another, so that files arrive in the order in which they were chosen.
let queue = Promise.resolve();

/** Rounded down, as the peer does it. */
function sizeOf(bytes) {
  const unit = bytes < 1024 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${Math.floor(10 * bytes / 1024 ** unit) / 10} ${units[unit]}`;
}

function trayOf(username) {
  if (!trays.has(username)) {
    trays.set(username, { username, items: [], strips: true, show: () => {}, onSent: () => {} });
  }
  return trays.get(username);
}

const iconOf = file =>
  file.name.startsWith('voice-clip-') ? 'microphone'
    : isPicture(file) ? 'picture'
      : /^(?:audio|video)\//.test(file.type) ? file.type.replace(/\/.*/, '').replace('audio', 'sound')
        : 'file';

/** Adds files to the tray of a conversation, and returns what it holds for them. */
function add(tray, files) {
  const free = maxFiles - tray.items.length;
  const added = [];
  for (const file of files.slice(0, free)) {
    const item = { file, state: 'chosen', problem: null, preview: null, picture: null, progress: 0, request: null };
    tray.items.push(item);
    added.push(item);
    if (file.size > maxBytes) {
      refuse(item, `A file has at most ${sizeOf(maxBytes)}. Split it, or send a part of it.`);
    } else if (isPicture(file)) {
      item.isReadable = prepare(tray, item);
    }
  }
  if (files.length > free) {
    showToast(`At most ${maxFiles} files can be sent at once. The others were left out.`);
  }
  tray.show();
  return added;
}

function refuse(item, problem) {
  [item.state, item.problem] = ['failed', problem];
}

async function prepare(tray, item) {
  item.preview = await previewOf(item.file);
  item.picture = item.preview && await dataUrl(item.preview);
  tray.show();
  return item.preview !== null;
}

const dataUrl = blob => new Promise((resolve, reject) => {
  const reader = new FileReader();
  reader.onload = () => resolve(reader.result);
  reader.onerror = () => reject(reader.error);
  reader.readAsDataURL(blob);
});

function remove(tray, item) {
  tray.items = tray.items.filter(one => one !== item);
  item.state = 'removed';
  item.request?.abort();
  tray.show();
}

/** Sends those of some files that wait. */
function send(tray, items) {
  for (const item of items.filter(one => one.state === 'chosen')) {
    item.state = 'waiting';
    item.strips = tray.strips;
    queue = queue.then(() => sendItem(tray, item));
  }
  tray.show();
}

async function sendItem(tray, item) {
  // It may have been removed meanwhile.
  if (item.state !== 'waiting') {
    return;
  }
  item.state = 'sending';
  tray.show();
  let upload = null;
  try {
    const file = await contentOf(item);
    upload = (await uploadFile(tray, item, file)).id;
    await offer(tray, item, file, upload);
    tray.items = tray.items.filter(one => one !== item);
    tray.onSent(item.file.name);
  } catch (error) {
    if (upload !== null) {
      void fetch(`files/${upload}`, { method: 'DELETE' }).catch(() => {});
    }
    if (item.state !== 'removed') {
      refuse(item, error instanceof Refusal ? error.message : noAnswer);
    }
  }
  item.request = null;
  tray.show();
}

class Refusal extends Error {}

async function contentOf(item) {
  await item.isReadable;
  if (!isPicture(item.file) || !item.strips) {
    return item.file;
  }
  const file = await withoutMetadata(item.file);
  if (file === null) {
    throw new Refusal(keepsMetadata);
  }
  return file;
}

function explain(status, text) {
  try {
    return new Refusal(JSON.parse(text).detail ?? noAnswer);
  } catch {
    return new Refusal(status === 413 ? 'The file is too large.' : noAnswer);
  }
}

// fetch reports no progress of what it sends.
const uploadFile = (tray, item, file) => new Promise((resolve, reject) => {
  const request = new XMLHttpRequest();
  item.request = request;
  request.open('POST', `files?name=${encodeURIComponent(file.name)}`);
  request.upload.onprogress = event => {
    item.progress = event.loaded / Math.max(1, event.total);
    tray.showProgress?.(item);
  };
  request.onload = () => {
    if (request.status === 201) {
      resolve(JSON.parse(request.responseText));
    } else {
      reject(explain(request.status, request.responseText));
    }
  };
  request.onerror = () => reject(new Refusal(noAnswer));
  request.onabort = () => reject(new Refusal('Cancelled.'));
  request.send(file);
});

async function offer(tray, item, file, upload) {
  const preview = item.preview === null ? null : (await dataUrl(item.preview)).split(',')[1];
  // Without parameters, such as the codecs of a recording.
  const mediaType = file.type.split(';')[0] || null;
  const response = await fetch(`files/${tray.username}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ upload, mediaType, preview }),
  });
  if (!response.ok) {
    throw explain(response.status, await response.text());
  }
}

const stateOf = item =>
  item.state === 'failed' ? item.problem
    : item.state === 'waiting' ? `${sizeOf(item.file.size)} · waiting`
      : item.state === 'sending' ? `${sizeOf(item.file.size)} · sending, ${Math.floor(100 * item.progress)} %`
        : sizeOf(item.file.size);

/** Shows the tray of a conversation. */
export function attachTray(view, onSent) {
  const element = view.querySelector('[data-tray]');
  const parts = view.querySelector('[data-tray-parts]');
  const form = view.querySelector('.composer');
  const picker = form.querySelector('input[type=file]');
  const choice = element.querySelector('[data-strips]');
  const tray = trayOf(element.dataset.tray);
  const attached = new AbortController();
  const rows = new Map();

  function create(item) {
    const row = document.createElement('li');
    row.append(parts.querySelector('.tray-item').cloneNode(true));
    const find = name => row.querySelector(`[data-${name}]`);
    find('icon').append(parts.querySelector(`[data-icon-of="${iconOf(item.file)}"] svg`).cloneNode(true));
    find('name').textContent = item.file.name;
    find('remove').addEventListener('click', () => {
      remove(tray, item);
      form.querySelector('textarea').focus();
    });
    find('retry').addEventListener('click', () => {
      item.state = 'chosen';
      send(tray, [item]);
      form.querySelector('textarea').focus();
    });
    return row;
  }

  function showProgress(item) {
    const row = rows.get(item);
    if (row) {
      row.querySelector('[data-state]').textContent = stateOf(item);
      row.querySelector('[data-progress]').value = item.progress;
    }
  }

  function show() {
    for (const [item, row] of rows) {
      if (!tray.items.includes(item)) {
        row.remove();
        rows.delete(item);
      }
    }
    for (const item of tray.items) {
      if (!rows.has(item)) {
        rows.set(item, create(item));
        element.querySelector('[data-items]').append(rows.get(item));
      }
      const row = rows.get(item);
      const isSending = item.state === 'sending' || item.state === 'waiting';
      const [name, label] = [item.file.name, isSending ? 'Cancel' : 'Remove'];
      const button = row.querySelector('[data-remove]');
      button.title = label;
      button.setAttribute('aria-label', `${label} ${name}`);
      const progress = row.querySelector('[data-progress]');
      progress.hidden = item.state !== 'sending';
      progress.setAttribute('aria-label', `Progress of ${name}`);
      const retry = row.querySelector('[data-retry]');
      retry.hidden = item.state !== 'failed' || item.file.size > maxBytes;
      retry.setAttribute('aria-label', `Try again: ${name}`);
      row.classList.toggle('failed', item.state === 'failed');
      const icon = row.querySelector('[data-icon]');
      if (item.picture !== null && icon.querySelector('img') === null) {
        const image = new Image();
        image.alt = '';
        image.src = item.picture;
        icon.replaceChildren(image);
      }
      showProgress(item);
    }
    element.hidden = tray.items.length === 0;
    choice.checked = tray.strips;
    choice.closest('label').hidden = !tray.items.some(item => isPicture(item.file));
    element.querySelector('[data-video-note]').hidden = !tray.items.some(item => item.file.type.startsWith('video/'));
  }

  tray.show = show;
  tray.showProgress = showProgress;
  tray.onSent = onSent;
  const listen = (target, type, listener) => target.addEventListener(type, listener, { signal: attached.signal });
  listen(form.querySelector('[data-attach]'), 'click', () => picker.click());
  listen(picker, 'change', () => {
    add(tray, [...picker.files]);
    // The same file can be chosen again.
    picker.value = '';
    form.querySelector('textarea').focus();
  });
  listen(choice, 'change', () => { tray.strips = choice.checked; });
  show();

  return {
    /** Sends what waits. */
    send: () => send(tray, tray.items),
    /** Sends a recording at once, without the files that wait. */
    sendNow: file => send(tray, add(tray, [file])),
    isEmpty: () => tray.items.length === 0,
    detach() {
      attached.abort();
      [tray.show, tray.showProgress, tray.onSent] = [() => {}, null, () => {}];
    },
  };
}

/** Adds files to the tray of the open conversation. Returns false if there is none. */
export function addFiles(files) {
  const element = document.querySelector('[data-tray]');
  if (element === null) {
    return false;
  }
  add(trayOf(element.dataset.tray), files);
  document.querySelector('.composer textarea')?.focus();
  return true;
}

const isSending = () =>
  [...trays.values()].some(tray => tray.items.some(item => item.state === 'sending' || item.state === 'waiting'));

addEventListener('beforeunload', event => {
  if (isSending()) {
    event.preventDefault();
  }
});
