// Pictures: those to send lose their metadata and get a preview here, and those of a conversation open at full size.

import { showDialog } from './dialogs.js';
import { isAnimated, withoutMetadataParts } from './picture-parts.js';
import { pixelsOf, startOf } from './picture-start.js';

const maxPreviewBytes = 16 * 1024;
const previewSide = 320;
const previewQualities = [0.8, 0.6, 0.4, 0.2];
const quality = 0.92;
// A browser holds 4 bytes for each pixel, and most phones cannot draw more.
const maxBytes = 64 * 1024 * 1024;
const maxPixels = 64 * 1024 * 1024;
const maxShownPixels = 50_000_000;

let decoding = Promise.resolve();

/** One after another, because each decoded picture may take hundreds of megabytes. */
function alone(action) {
  const result = decoding.then(action);
  decoding = result.catch(() => {});
  return result;
}

/** Null if this browser cannot read the picture, or it is too large. */
async function decode(file) {
  if (file.size > maxBytes || pixelsOf(await startOf(file)) > maxPixels) {
    return null;
  }
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (bitmap !== null && bitmap.width * bitmap.height > maxPixels) {
    bitmap.close();
    return null;
  }
  return bitmap;
}

const encode = (canvas, type, level) => new Promise(resolve => canvas.toBlob(resolve, type, level));

/** Null if this browser has no canvas of that size. */
function draw(bitmap, scale, background) {
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext('2d');
  if (context === null) {
    return null;
  }
  // Some browsers give a canvas that is too large for them, and draw nothing on it.
  context.fillStyle = background ?? '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  if (context.getImageData(0, 0, 1, 1).data[3] === 0) {
    return null;
  }
  if (!background) {
    context.clearRect(0, 0, canvas.width, canvas.height);
  }
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** A small picture of a picture; null if this browser cannot read it. */
export const previewOf = file => alone(async () => {
  const bitmap = await decode(file);
  if (bitmap === null) {
    return null;
  }
  const full = Math.min(1, previewSide / Math.max(bitmap.width, bitmap.height));
  for (const scale of [full, 0.7 * full, 0.4 * full]) {
    // WebP where the browser can write it, otherwise JPEG, which has no transparency.
    for (const type of ['image/webp', 'image/jpeg']) {
      const canvas = draw(bitmap, scale, type === 'image/jpeg' ? '#fff' : null);
      for (const level of canvas === null ? [] : previewQualities) {
        const blob = await encode(canvas, type, level);
        if (blob?.type === type && blob.size <= maxPreviewBytes) {
          bitmap.close();
          return blob;
        }
      }
    }
  }
  bitmap.close();
  return null;
});

const extensions = { 'image/jpeg': 'jpg', 'image/png': 'png', 'image/webp': 'webp' };

/**
 * The same picture, encoded again: only its pixels remain. An animated one keeps its parts. Null if this browser cannot
 * do that.
 */
export const withoutMetadata = (file, kind) => alone(async () => {
  if (isAnimated(await startOf(file), kind)) {
    if (file.size > maxBytes) {
      return null;
    }
    const parts = withoutMetadataParts(new Uint8Array(await file.arrayBuffer()), kind);
    return parts && new File([parts], file.name, { type: kind });
  }
  const bitmap = await decode(file);
  if (bitmap === null) {
    return null;
  }
  const type = kind === 'image/png' || kind === 'image/webp' ? kind : 'image/jpeg';
  const canvas = draw(bitmap, 1, type === 'image/jpeg' ? '#fff' : null);
  bitmap.close();
  const blob = canvas && await encode(canvas, type, quality);
  if (!blob) {
    return null;
  }
  const extension = extensions[blob.type];
  const hasExtension = new RegExp(`\\.${extension === 'jpg' ? 'jpe?g|jfif' : extension}$`, 'i').test(file.name);
  const name = hasExtension ? file.name : `${file.name.replace(/\.[^.]*$/, '')}.${extension}`;
  return new File([blob], name, { type: blob.type });
});

/** The number of pixels of a picture of a conversation; 0 if its start does not say. */
async function pixelsAt(address, signal) {
  const response = await fetch(address, { headers: { Range: `bytes=0-${2 ** 18 - 1}` }, signal });
  if (!response.ok) {
    throw new Error(response.statusText);
  }
  return pixelsOf(new Uint8Array(await response.arrayBuffer()));
}

async function show(dialog, address, signal) {
  const [large, problem] = [dialog.querySelector('img'), dialog.querySelector('[data-problem]')];
  const fail = text => {
    large.hidden = true;
    problem.textContent = text;
  };
  try {
    if (await pixelsAt(address, signal) > maxShownPixels) {
      fail('This picture is too large to be shown here. Download it, and open it with another program.');
      return;
    }
  } catch {
    if (!signal.aborted) {
      fail('The picture could not be read. It may no longer be on this computer.');
    }
    return;
  }
  if (!signal.aborted) {
    large.onerror = () => fail('This picture cannot be shown. Its file may be damaged, or no longer on this computer.');
    large.src = address;
    large.hidden = false;
  }
}

function open(button) {
  const dialog = showDialog('picture-dialog');
  const { name, media, download } = button.dataset;
  const [large, title, link] = [dialog.querySelector('img'), dialog.querySelector('h2'), dialog.querySelector('a')];
  const closed = new AbortController();
  title.textContent = name;
  large.alt = name;
  link.hidden = download === undefined;
  link.href = download ?? '';
  link.download = name;
  void show(dialog, media, closed.signal);
  // A message that is deleted or disappears takes its picture along.
  const gone = new MutationObserver(() => { if (!button.isConnected) { dialog.close(); } });
  gone.observe(button.closest('.log'), { childList: true, subtree: true });
  dialog.addEventListener('close', () => {
    closed.abort();
    gone.disconnect();
    large.onerror = null;
    large.removeAttribute('src');
    large.hidden = true;
    large.alt = '';
    dialog.querySelector('[data-problem]').textContent = '';
    title.textContent = 'Picture';
    link.removeAttribute('href');
    link.removeAttribute('download');
  }, { once: true });
}

// The button that was clicked may go with the state of its file. The focus stays at its message.
function keepFocus(message) {
  const changes = new MutationObserver(() => {
    if (document.activeElement === document.body && message.isConnected) {
      changes.disconnect();
      message.tabIndex = -1;
      message.focus({ preventScroll: true });
    }
  });
  changes.observe(message, { childList: true, subtree: true });
  document.addEventListener('focusin', () => changes.disconnect(), { once: true });
}

document.addEventListener('click', event => {
  const button = event.target.closest?.('.file button');
  if (button?.dataset.media) {
    open(button);
  } else if (button) {
    keepFocus(button.closest('.message'));
  }
});

// Events of loading do not bubble.
const showSoundProblem = isProblem => event => {
  if (event.target.matches?.('.file audio')) {
    event.target.parentElement.querySelector('[data-sound-problem]').hidden = !isProblem;
  }
};
document.addEventListener('error', showSoundProblem(true), true);
document.addEventListener('loadedmetadata', showSoundProblem(false), true);
