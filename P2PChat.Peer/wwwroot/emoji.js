// Opens the emoji picker from any button with `data-emoji`. A chosen emoji arrives there as an `insert` event, which
// bubbles. The picker is one popover for the whole page; it and its data are loaded when it is first opened.

let loading = null;

document.addEventListener('click', async event => {
  const button = event.target.closest?.('[data-emoji]');
  if (!button) {
    return;
  }
  loading ??= import('./emoji/picker.js').then(({ createPicker }) => createPicker());
  let picker;
  try {
    picker = await loading;
  } catch {
    // The peer is away, which the page shows. The next click tries again.
    loading = null;
    return;
  }
  // From its second click on, the browser itself opens and closes the picker.
  const isNew = button.popoverTargetElement !== picker.element;
  button.popoverTargetElement = picker.element;
  if (isNew && button.isConnected) {
    picker.element.showPopover({ source: button });
  }
});
