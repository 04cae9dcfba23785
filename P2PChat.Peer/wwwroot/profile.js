// The user's own picture: chosen, dropped or pasted, and made small here, so that no metadata leaves the browser.

import { showToast } from './dialogs.js';

const side = 256;
const maxBytes = 64 * 1024;
const maxFileBytes = 64 * 1024 * 1024;
const qualities = [0.9, 0.8, 0.7, 0.6, 0.45, 0.3];
const unreadable = 'That file is not a picture that this browser can read. Choose a PNG, JPEG or WebP file.';

const formOf = element => element?.closest?.('[data-profile-picture]') ?? null;
const openForm = () => document.querySelector('[data-profile-picture]');
const hasFiles = data => data?.types.includes('Files') ?? false;

/** The middle square of a picture, drawn anew: nothing of the file but its pixels remains. */
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
async function encodeSmall(canvas) {
  for (const type of ['image/webp', 'image/jpeg']) {
    for (const quality of qualities) {
      const blob = await encode(canvas, type, quality);
      if (blob?.type !== type) {
        break;
      }
      if (blob.size <= maxBytes) {
        return blob;
      }
    }
  }
  throw new Error(unreadable);
}

async function upload(form, file) {
  const state = form.querySelector('[role=status]');
  state.textContent = 'Preparing the picture …';
  try {
    const picture = await encodeSmall(await squareOf(file));
    const response = await fetch('profile/picture', { method: 'POST', body: picture, cache: 'no-store' });
    const problem = response.ok ? null : await response.json().catch(() => null);
    state.textContent = response.ok
      ? 'Your picture has been changed.'
      : problem?.detail ?? 'The picture could not be saved. Try again.';
  } catch (error) {
    state.textContent = error.message === unreadable ? unreadable : 'Your peer did not answer. Try again.';
  }
}

function take(form, data) {
  const file = data.files[0];
  if (file) {
    void upload(form, file);
  } else {
    showToast(unreadable);
  }
}

function onChange(event) {
  const form = formOf(event.target);
  if (form && event.target.type === 'file' && event.target.files.length > 0) {
    void upload(form, event.target.files[0]);
    // The same file can be chosen again.
    event.target.value = '';
  }
}

// These run before those of drop.js, which says that files cannot be sent.
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
  if (form && hasFiles(event.clipboardData)) {
    event.preventDefault();
    event.stopImmediatePropagation();
    take(form, event.clipboardData);
  }
}

document.addEventListener('change', onChange);
document.addEventListener('drop', onDrop, true);
document.addEventListener('paste', onPaste, true);
