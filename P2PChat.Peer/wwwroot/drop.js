// Handles dropped and pasted files and text. Without it, the browser would leave the page and show a dropped file.

import { showToast } from './dialogs.js';

// The target may be a text node or the document.
const isField = element => Boolean(element.closest?.('input, textarea'));
const hasFiles = data => data?.types.includes('Files') ?? false;
const hasText = data => data?.types.includes('text/plain') ?? false;

function onDragOver(event) {
  if (hasFiles(event.dataTransfer) || (hasText(event.dataTransfer) && !isField(event.target))) {
    event.preventDefault();
  }
}

function onDrop(event) {
  const data = event.dataTransfer;
  if (hasFiles(data)) {
    event.preventDefault();
    showToast('Files cannot be sent yet.');
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

function onPaste(event) {
  if (hasFiles(event.clipboardData) && !hasText(event.clipboardData)) {
    showToast('Files cannot be sent yet.');
  }
}

document.addEventListener('dragover', onDragOver);
document.addEventListener('drop', onDrop);
document.addEventListener('paste', onPaste);
