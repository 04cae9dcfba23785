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
