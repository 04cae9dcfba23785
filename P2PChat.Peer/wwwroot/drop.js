// Takes dropped and pasted files and text into the open conversation. Without it, the browser would leave the page and
// show a dropped file.

import { showToast } from './dialogs.js';
import { addFiles } from './files.js';

// The target may be a text node or the document.
const isField = element => Boolean(element.closest?.('input, textarea'));
const hasFiles = data => data?.types.includes('Files') ?? false;
const hasText = data => data?.types.includes('text/plain') ?? false;

const viewOf = event => event.target.closest?.('.conversation:has([data-tray])') ?? null;

function onDragOver(event) {
  showTarget(hasFiles(event.dataTransfer) ? viewOf(event) : null);
  if (hasFiles(event.dataTransfer) || (hasText(event.dataTransfer) && !isField(event.target))) {
    event.preventDefault();
  }
}

function showTarget(view) {
  document.querySelectorAll('[data-drop-target]').forEach(one => one !== view && delete one.dataset.dropTarget);
  if (view !== null) {
    view.dataset.dropTarget = '';
  }
}

function onDragLeave(event) {
  if (event.relatedTarget === null) {
    showTarget(null);
  }
}

function take(data, isForOpen) {
  // A folder comes as a file that cannot be read.
  const isFolder = [...data.items].some(item => item.webkitGetAsEntry?.()?.isDirectory);
  if (isFolder) {
    showToast('Folders cannot be sent. Compress it into a ZIP file first.');
  } else if (!isForOpen && document.querySelector('[data-tray]')) {
    showToast('Drop files on the open conversation to send them.');
  } else if (!addFiles([...data.files])) {
    showToast(document.querySelector('.in-room')
      ? 'Rooms take no files. Send them in the conversation with a member.'
      : 'Open a conversation to send files.');
  }
}

function onDrop(event) {
  const data = event.dataTransfer;
  showTarget(null);
  if (hasFiles(data)) {
    event.preventDefault();
    take(data, viewOf(event) !== null);
  } else if (hasText(data) && !isField(event.target)) {
    event.preventDefault();
    insert(data.getData('text/plain'));
  }
}

function insert(dropped) {
  const text = document.querySelector('.composer textarea');
  if (text) {
    text.setRangeText(dropped, text.selectionStart, text.selectionEnd, 'end');
    text.dispatchEvent(new Event('input', { bubbles: true }));
    text.focus();
  }
}

// Some systems add the names of copied files as text.
function isOnlyNames(data) {
  const names = [...data.files].map(file => file.name);
  return data.getData('text/plain').split(/\r\n|\r|\n/).every(line => names.includes(line));
}

function onPaste(event) {
  const data = event.clipboardData;
  if (hasFiles(data) && (!hasText(data) || isOnlyNames(data))) {
    event.preventDefault();
    take(data, document.querySelector('dialog[open]') === null);
  }
}

document.addEventListener('dragover', onDragOver);
document.addEventListener('dragleave', onDragLeave);
document.addEventListener('drop', onDrop);
document.addEventListener('paste', onPaste);
