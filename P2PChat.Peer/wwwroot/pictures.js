// Pictures: those to send lose their metadata and get a preview here, and those of a conversation open large.

import { showDialog } from './dialogs.js';

const maxPreviewBytes = 16 * 1024;
const previewSide = 320;
const previewQualities = [0.8, 0.6, 0.4, 0.2];
const quality = 0.92;
// Also by their names, because some systems know no type for those of phones.
const pictureNames = /\.(?:avif|bmp|dng|gif|heic|heif|jfif|jpe?g|png|tiff?|webp)$/i;

/** Whether a file may be a picture. SVG is a document. */
export const isPicture = file =>
  file.type.startsWith('image/') ? !file.type.startsWith('image/svg') : pictureNames.test(file.name);

const encode = (canvas, type, level) => new Promise(resolve => canvas.toBlob(resolve, type, level));

function draw(bitmap, scale, background) {
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext('2d');
  if (background) {
    context.fillStyle = background;
    context.fillRect(0, 0, canvas.width, canvas.height);
  }
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** A small picture of a picture; null if this browser cannot read it. */
export async function previewOf(file) {
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (bitmap === null) {
    return null;
  }
  const full = Math.min(1, previewSide / Math.max(bitmap.width, bitmap.height));
  for (const scale of [full, 0.7 * full, 0.4 * full]) {
    // WebP where the browser can write it, otherwise JPEG, which has no transparency.
    for (const type of ['image/webp', 'image/jpeg']) {
      const canvas = draw(bitmap, scale, type === 'image/jpeg' ? '#fff' : null);
      for (const level of previewQualities) {
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
}

const extensions = { 'image/jpeg': 'jpg', 'image/png': 'png', 'image/webp': 'webp' };

/** The same picture, drawn anew: nothing of the file but its pixels remains. Null if this browser cannot do that. */
export async function withoutMetadata(file) {
  if (file.type === 'image/gif' || /\.gif$/i.test(file.name)) {
    const bytes = gifWithoutMetadata(new Uint8Array(await file.arrayBuffer()));
    return bytes && new File([bytes], file.name, { type: 'image/gif' });
  }
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (bitmap === null) {
    return null;
  }
  const type = file.type === 'image/png' || file.type === 'image/webp' ? file.type : 'image/jpeg';
  const canvas = draw(bitmap, 1, type === 'image/jpeg' ? '#fff' : null);
  bitmap.close();
  const blob = await encode(canvas, type, quality);
  if (!blob) {
    return null;
  }
  const extension = extensions[blob.type];
  const hasExtension = new RegExp(`\\.${extension === 'jpg' ? 'jpe?g|jfif' : extension}$`, 'i').test(file.name);
  const name = hasExtension ? file.name : `${file.name.replace(/\.[^.]*$/, '')}.${extension}`;
  return new File([blob], name, { type: blob.type });
}

// A GIF is kept as it is, because drawing it would end its animation. Only its comments, texts and foreign data go.
function gifWithoutMetadata(bytes) {
  const kept = [];
  let at = 0;
  const take = length => {
    if (at + length > bytes.length) {
      throw new RangeError();
    }
    at += length;
    return bytes.subarray(at - length, at);
  };
  const tableOf = flags => (flags & 0x80 ? 3 << ((flags & 7) + 1) : 0);
  const skipBlocks = () => {
    for (let length = take(1)[0]; length !== 0; length = take(1)[0]) {
      take(length);
    }
  };
  try {
    const head = take(13);
    if (String.fromCharCode(...head.subarray(0, 4)) !== 'GIF8') {
      return null;
    }
    kept.push(head, take(tableOf(head[10])));
    for (;;) {
      const start = at;
      const kind = take(1)[0];
      if (kind === 0x3b) {
        return new Blob([...kept, new Uint8Array([0x3b])]);
      }
      if (kind === 0x2c) {
        take(tableOf(take(9)[8]) + 1);
        skipBlocks();
        kept.push(bytes.subarray(start, at));
      } else if (kind === 0x21) {
        const label = take(1)[0];
        const name = String.fromCharCode(...bytes.subarray(at + 1, at + 12));
        skipBlocks();
        if (label === 0xf9 || (label === 0xff && (name === 'NETSCAPE2.0' || name === 'ANIMEXTS1.0'))) {
          kept.push(bytes.subarray(start, at));
        }
      } else {
        return null;
      }
    }
  } catch (error) {
    if (error instanceof RangeError) {
      return null;
    }
    throw error;
  }
}

function open(button) {
  const dialog = showDialog('picture-dialog');
  const shown = button.querySelector('img');
  const [large, title, link] = [dialog.querySelector('img'), dialog.querySelector('h2'), dialog.querySelector('a')];
  title.textContent = shown.alt;
  large.alt = shown.alt;
  large.src = shown.src;
  large.hidden = false;
  link.hidden = !('picture' in button.dataset) || button.dataset.picture === '';
  link.href = button.dataset.picture ?? '';
  link.download = shown.alt;
  // A message that is deleted or disappears takes its picture along.
  const log = button.closest('.log');
  const gone = new MutationObserver(() => { if (!button.isConnected) { dialog.close(); } });
  gone.observe(log, { childList: true, subtree: true });
  dialog.addEventListener('close', () => {
    gone.disconnect();
    large.removeAttribute('src');
    large.hidden = true;
    large.alt = '';
    title.textContent = 'Picture';
    link.removeAttribute('href');
    link.removeAttribute('download');
  }, { once: true });
}

document.addEventListener('click', event => {
  const button = event.target.closest?.('button.file-picture');
  if (button) {
    open(button);
  }
});

// The file is not what its sender said, or is no longer there. Events of loading do not bubble.
document.addEventListener('error', event => {
  const button = event.target.closest?.('button.file-picture');
  if (button) {
    button.hidden = true;
    button.parentElement.querySelector(':scope > .file-problem').hidden = false;
  }
}, true);
