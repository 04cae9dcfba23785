// Sends files: chosen, dropped or pasted ones wait in a tray above the message field, and go out with the next Enter.
// A tray belongs to a conversation and outlives its view, so that an upload continues while the user is elsewhere.

import { showToast } from './dialogs.js';
import { kindOf } from './picture-start.js';
import { previewOf, withoutMetadata } from './pictures.js';

const maxFiles = 50;
const maxBytes = 64 * 1024 ** 3;
const units = ['bytes', 'KiB', 'MiB', 'GiB'];
const noAnswer = 'Your peer did not answer. Try again.';
const unreadable = 'The browser cannot read this file. It may have been moved or changed. Choose it again.';
const keepsMetadata = "This browser cannot remove this picture's location and camera data. To send it unchanged, clear "
  + 'the box below, then try again.';

// By username.
const trays = new Map();

/** Rounded down, as the peer does it. */
function sizeOf(bytes) {
  const unit = bytes < 1024 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${Math.floor(10 * bytes / 1024 ** unit) / 10} ${units[unit]}`;
}

/** Gives the focus to the message field, but opens no on-screen keyboard. */
export function focusText(form) {
  if (!matchMedia('(pointer: coarse)').matches) {
    form?.querySelector('textarea').focus();
  }
}

function trayOf(username) {
  if (!trays.has(username)) {
    // The uploads of a conversation go one after another, so that files arrive in the order in which they were chosen.
    trays.set(username, {
      username, items: [], strips: true, isShown: false, queue: Promise.resolve(), show: () => {},
    });
  }
  return trays.get(username);
}

const isPicture = item => item.kind?.startsWith('image/') ?? false;
const isVoiceClip = item => item.file.name.startsWith('voice-clip-');

const iconOf = item =>
  isVoiceClip(item) ? 'microphone'
    : isPicture(item) ? 'picture'
      : /^(?:audio|video)\//.test(item.file.type) ? item.file.type.replace(/\/.*/, '').replace('audio', 'sound')
        : 'file';

/** Adds files to the tray of a conversation, and returns what it holds for them. */
function add(tray, files) {
  const free = maxFiles - tray.items.length;
  const added = [];
  for (const file of files.slice(0, free)) {
    const item = {
      file, state: 'chosen', problem: null, kind: null, preview: null, picture: null, progress: 0, upload: null,
      cancel: new AbortController(),
    };
    tray.items.push(item);
    added.push(item);
    if (file.size > maxBytes) {
      refuse(item, `Files can be at most ${sizeOf(maxBytes)}. Split this one, then send the parts.`);
    } else {
      item.isPrepared = prepare(tray, item);
    }
  }
  if (files.length > free) {
    showToast(`You can send up to ${maxFiles} files at once. The others were not added.`);
  }
  tray.show();
  return added;
}

function refuse(item, problem) {
  [item.state, item.problem] = ['failed', problem];
}

async function prepare(tray, item) {
  try {
    item.kind = await kindOf(item.file);
    tray.show();
    if (isPicture(item) && !item.cancel.signal.aborted) {
      item.preview = await previewOf(item.file);
      item.picture = item.preview && await dataUrl(item.preview);
      tray.show();
    }
  } catch {
    // Sending it reads it again, and says so.
  }
}

const dataUrl = blob => new Promise((resolve, reject) => {
  const reader = new FileReader();
  reader.onload = () => resolve(reader.result);
  reader.onerror = () => reject(reader.error);
  reader.readAsDataURL(blob);
});

function remove(tray, item) {
  take(tray, item);
  const isBeingSent = item.state === 'sending';
  item.cancel.abort();
  if (!isBeingSent) {
    void discard(tray, item);
  }
  tray.show();
}

function take(tray, item) {
  tray.items = tray.items.filter(one => one !== item);
  if (tray.items.length === 0) {
    tray.strips = true;
  }
}

/** Sends those of some files that wait, and returns whether there are any. */
function send(tray, items) {
  const chosen = items.filter(one => one.state === 'chosen');
  for (const item of chosen) {
    item.state = 'waiting';
    item.strips = tray.strips;
    item.cancel = new AbortController();
    tray.queue = tray.queue.then(() => sendItem(tray, item));
  }
  // The choice to keep locations holds for these files only.
  tray.strips = true;
  tray.show();
  return chosen.length > 0;
}

// The choice of the files that wait stays theirs.
function sendNow(tray, file) {
  const { strips } = tray;
  send(tray, add(tray, [file]));
  tray.strips = strips;
  tray.show();
}

async function sendItem(tray, item) {
  const { signal } = item.cancel;
  if (signal.aborted) {
    return;
  }
  [item.state, item.progress] = ['sending', 0];
  tray.show();
  try {
    if (item.upload === null) {
      const file = await contentOf(item);
      signal.throwIfAborted();
      // Without parameters, such as the codecs of a recording.
      item.mediaType = file.type.split(';')[0] || null;
      await check(tray, file, signal);
      item.upload = (await uploadFile(tray, item, file, signal)).id;
    }
    signal.throwIfAborted();
    await offer(tray, item, signal);
    item.upload = null;
    take(tray, item);
  } catch (error) {
    // Without an answer, the peer may have sent the file: the same upload is offered again, which sends it once.
    if (signal.aborted || error instanceof Refusal) {
      await discard(tray, item);
    }
    if (!signal.aborted) {
      refuse(item, error instanceof Refusal ? error.message : noAnswer);
      if (!tray.isShown) {
        showToast(`${item.file.name} was not sent to ${tray.username}. Open the conversation to try again.`);
      }
    }
  }
  tray.show();
}

/** Deletes an upload that was not sent. */
async function discard(tray, item) {
  const { upload } = item;
  item.upload = null;
  if (upload !== null) {
    const response = await fetch(`files/${upload}`, { method: 'DELETE' }).catch(() => null);
    if (response?.status === 409) {
      showToast(`${item.file.name} was already sent. Cancel it in the conversation.`);
    }
  }
}

class Refusal extends Error {}

async function contentOf(item) {
  await item.isPrepared;
  try {
    item.kind = await kindOf(item.file);
  } catch {
    throw new Refusal(unreadable);
  }
  if (!isPicture(item) || !item.strips) {
    return item.file;
  }
  const file = await withoutMetadata(item.file, item.kind).catch(() => null);
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

// Before the upload, which may take long, and whose end a browser may miss if the peer ends it early.
async function check(tray, file, signal) {
  const response = await fetch(`files/${tray.username}/check?size=${file.size}`, { method: 'POST', signal });
  if (!response.ok) {
    throw explain(response.status, await response.text());
  }
}

// fetch reports no progress of what it sends.
const uploadFile = (tray, item, file, signal) => new Promise((resolve, reject) => {
  const request = new XMLHttpRequest();
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
  // The file may have gone meanwhile, too.
  request.onerror = () => kindOf(item.file).then(() => noAnswer, () => unreadable)
    .then(text => reject(new Refusal(text)));
  request.onabort = () => reject(new Refusal('Cancelled.'));
  signal.addEventListener('abort', () => request.abort());
  request.send(file);
});

async function offer(tray, item, signal) {
  const preview = item.preview === null ? null : (await dataUrl(item.preview)).split(',')[1];
  const response = await fetch(`files/${tray.username}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ upload: item.upload, mediaType: item.mediaType, preview }),
    signal,
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
export function attachTray(view) {
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
    find('name').textContent = item.file.name;
    find('remove').addEventListener('click', () => {
      remove(tray, item);
      focusText(form);
    });
    find('retry').addEventListener('click', () => {
      item.state = 'chosen';
      send(tray, [item]);
      focusText(form);
    });
    return row;
  }

  function showIcon(item, icon) {
    const name = item.picture === null ? iconOf(item) : 'image';
    if (icon.dataset.icon === name) {
      return;
    }
    icon.dataset.icon = name;
    if (item.picture === null) {
      icon.replaceChildren(parts.querySelector(`[data-icon-of="${name}"] svg`).cloneNode(true));
    } else {
      const image = new Image();
      image.alt = '';
      image.src = item.picture;
      icon.replaceChildren(image);
    }
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
      showIcon(item, row.querySelector('[data-icon]'));
      showProgress(item);
    }
    element.hidden = tray.items.length === 0;
    choice.checked = tray.strips;
    const unsent = tray.items.filter(item => item.state === 'chosen' || item.state === 'failed');
    choice.closest('label').hidden = !unsent.some(isPicture);
    element.querySelector('[data-media-note]').hidden = !unsent.some(
      item => item.kind === 'media' && !isVoiceClip(item));
  }

  tray.show = show;
  tray.showProgress = showProgress;
  tray.isShown = true;
  const listen = (target, type, listener) => target.addEventListener(type, listener, { signal: attached.signal });
  listen(form.querySelector('[data-attach]'), 'click', () => picker.click());
  listen(picker, 'change', () => {
    add(tray, [...picker.files]);
    // The same file can be chosen again.
    picker.value = '';
    focusText(form);
  });
  listen(choice, 'change', () => { tray.strips = choice.checked; });
  show();

  return {
    /** Sends what waits, and returns whether there is something. */
    send: () => send(tray, tray.items),
    /** Sends a recording at once, without the files that wait. */
    sendNow: file => sendNow(tray, file),
    /** Adds files that wait. It works also while another conversation is open. */
    add: files => add(tray, files),
    /** Whether files wait or are being sent, in any conversation. */
    hasFiles,
    detach() {
      attached.abort();
      [tray.show, tray.showProgress, tray.isShown] = [() => {}, null, false];
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
  focusText(document.querySelector('.composer'));
  return true;
}

const hasFiles = () => [...trays.values()].some(tray => tray.items.length > 0);

/** Whether leaving the page would lose files: those of trays, and a recording. */
const hasUnsent = () =>
  hasFiles()
  || document.querySelector('[data-recorder]:not([hidden])') !== null;

function keepPage(event) {
  if (hasUnsent()) {
    event.preventDefault();
  }
}

addEventListener('beforeunload', keepPage);
document.addEventListener('beforereload', keepPage);
