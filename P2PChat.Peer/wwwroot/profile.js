// The picture of the user or of a room: chosen, dropped or pasted. It is resized here, so that no metadata leaves the
// browser, and sent once the user has seen it.

import { showToast } from './dialogs.js';

const side = 256;
const maxBytes = 64 * 1024;
const maxFileBytes = 64 * 1024 * 1024;
const qualities = [0.9, 0.8, 0.7, 0.6, 0.45, 0.3];
const unreadable = 'That file is not a picture that this browser can read. Choose a PNG, JPEG or WebP file.';

const formOf = element => element?.closest?.('[data-profile-picture]') ?? null;
const openForm = () => document.querySelector('[data-profile-picture]');
const isField = element => Boolean(element.closest?.('input:not([type=file]), textarea'));
const hasText = data => data?.types.includes('text/plain') ?? false;
const hasFiles = data => data?.types.includes('Files') ?? false;

/** The middle square of a picture, drawn again: nothing of the file but its pixels remains. */
async function squareOf(file) {
  // SVG is a document, not pixels.
  if (file.size > maxFileBytes || file.type === 'image/svg+xml') {
    throw new Error(unreadable);
  }
  const bitmap = await createImageBitmap(file).catch(() => { throw new Error(unreadable); });
  const edge = Math.min(bitmap.width, bitmap.height);
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [side, side];
  const context = canvas.getContext('2d');
  // JPEG has no transparency, and black would replace it.
  context.fillStyle = '#fff';
  context.fillRect(0, 0, side, side);
  context.imageSmoothingQuality = 'high';
  const [left, top] = [(bitmap.width - edge) / 2, (bitmap.height - edge) / 2];
  context.drawImage(bitmap, left, top, edge, edge, 0, 0, side, side);
  bitmap.close();
  return canvas;
}

const encode = (canvas, type, quality) => new Promise(resolve => canvas.toBlob(resolve, type, quality));

/** WebP where the browser can write it, otherwise JPEG, as good as the limit allows. */
async function encodeSmall(canvas, limit) {
  for (const type of ['image/webp', 'image/jpeg']) {
    for (const quality of qualities) {
      const blob = await encode(canvas, type, quality);
      if (blob?.type !== type) {
        break;
      }
      if (blob.size <= limit) {
        return blob;
      }
    }
  }
  throw new Error(unreadable);
}

/** Removes what some browsers write into the JPEG files that they encode, such as Exif. */
async function withoutMetadata(blob) {
  if (blob.type !== 'image/jpeg') {
    return blob;
  }
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const kept = [bytes.subarray(0, 2)];
  let at = 2;
  // Up to the first scan, each segment is 0xFF, a marker, and a length that counts itself.
  while (at + 4 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0xda) {
    const marker = bytes[at + 1];
    const end = at + 2 + bytes[at + 2] * 256 + bytes[at + 3];
    if (marker !== 0xfe && (marker < 0xe1 || marker > 0xef || marker === 0xee)) {
      kept.push(bytes.subarray(at, end));
    }
    at = end;
  }
  return new Blob([...kept, bytes.subarray(at)], { type: blob.type });
}

const say = (form, text) => { form.querySelector('[role=status]').textContent = text; };

// The picture that is being prepared, shown or sent. A newer one replaces it.
let current = null;

function begin(form) {
  current?.sending.abort();
  // The form may be for another room by the time that the picture is sent.
  const address = form.dataset.profilePicture || 'profile/picture';
  current = { sending: new AbortController(), picture: null, address };
  preview(form, null);
  return current;
}

function preview(form, canvas) {
  const box = form.querySelector('.profile-preview');
  box.querySelector('.profile-canvas').replaceChildren(...(canvas ? [canvas] : []));
  box.hidden = !canvas;
  if (canvas) {
    box.querySelector('[data-save]').focus();
  }
}

async function prepare(form, file) {
  const mine = begin(form);
  say(form, 'Preparing the picture …');
  try {
    const canvas = await squareOf(file);
    const picture = await withoutMetadata(await encodeSmall(canvas, Number(form.dataset.maxBytes ?? maxBytes)));
    if (mine === current) {
      mine.picture = picture;
      say(form, form.dataset.seenBy ?? 'Your contacts will see this picture.');
      preview(form, canvas);
    }
  } catch {
    if (mine === current) {
      say(form, unreadable);
    }
  }
}

async function save(form) {
  const mine = current;
  if (!mine?.picture) {
    return;
  }
  const body = mine.picture;
  mine.picture = null;
  preview(form, null);
  say(form, 'Saving the picture …');
  try {
    const response = await fetch(mine.address, {
      method: 'POST', body, cache: 'no-store', signal: mine.sending.signal,
    });
    const problem = response.ok ? null : await response.json().catch(() => null);
    if (mine === current) {
      say(form, response.ok
        ? form.dataset.saved ?? 'Your picture has been changed.'
        : problem?.detail ?? 'The picture could not be saved. Try again.');
    }
  } catch {
    if (mine === current) {
      say(form, 'Your peer did not answer. Try again.');
    }
  }
}

function take(form, data) {
  const file = data.files[0];
  if (file) {
    void prepare(form, file);
  } else {
    showToast(unreadable);
  }
}

function onClick(event) {
  const form = formOf(event.target);
  if (!form) {
    return;
  }
  if (event.target.closest('[data-save]')) {
    void save(form);
  } else if (event.target.closest('[data-cancel], [data-remove]')) {
    begin(form);
    say(form, '');
  }
}

function onChange(event) {
  const form = formOf(event.target);
  if (form && event.target.type === 'file' && event.target.files.length > 0) {
    void prepare(form, event.target.files[0]);
    // The same file can be chosen again.
    event.target.value = '';
  }
}

// These run before those of drop.js, which would send the file.
function onDrop(event) {
  const form = formOf(event.target);
  if (form && hasFiles(event.dataTransfer)) {
    event.preventDefault();
    event.stopImmediatePropagation();
    take(form, event.dataTransfer);
  }
}

function onPaste(event) {
  const form = openForm();
  // Office programs copy a picture of the text with the text.
  if (form && hasFiles(event.clipboardData) && !hasText(event.clipboardData) && !isField(event.target)) {
    event.preventDefault();
    event.stopImmediatePropagation();
    take(form, event.clipboardData);
  }
}

document.addEventListener('change', onChange);
document.addEventListener('click', onClick);
document.addEventListener('drop', onDrop, true);
document.addEventListener('paste', onPaste, true);
