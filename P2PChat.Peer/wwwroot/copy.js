/**
 * Copies a text, which may still be on its way. Returns whether that worked. Safari copies only while it handles a
 * click, so the text is passed as a promise. Without TLS, browsers offer only execCommand.
 */
export async function copyText(text) {
  try {
    if (navigator.clipboard && window.ClipboardItem) {
      const blob = Promise.resolve(text).then(value => new Blob([checked(value)], { type: 'text/plain' }));
      // The clipboard may refuse before the text has come.
      blob.catch(() => {});
      await navigator.clipboard.write([new ClipboardItem({ 'text/plain': blob })]);
      return true;
    }
    return copyBySelection(checked(await text));
  } catch {
    return false;
  }
}

// There is none if the peer does not answer, or the message is gone.
function checked(text) {
  if (typeof text !== 'string') {
    throw new TypeError('There is nothing to copy.');
  }
  return text;
}

function copyBySelection(text) {
  const focused = document.activeElement;
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'sr-only';
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand('copy');
  field.remove();
  focused?.focus({ preventScroll: true });
  return isCopied;
}

// Copies the field that a button names, and says so next to it. Without TLS, browsers offer only execCommand.
document.addEventListener('click', async event => {
  const button = event.target.closest?.('[data-copy]');
  if (!button) {
    return;
  }
  const field = document.getElementById(button.dataset.copy);
  field.select();
  const isCopied = navigator.clipboard
    ? await navigator.clipboard.writeText(field.value).then(() => true, () => false)
    : document.execCommand('copy');
  const state = button.closest('article').querySelector('.copy-state');
  state.textContent = isCopied ? 'Copied.' : 'The browser did not copy it. Copy the selected text yourself.';
});
