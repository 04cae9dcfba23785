// Opens the emoji picker from any button with `data-emoji`. A chosen emoji arrives there as an `insert` event, which
// bubbles. The picker is one popover for the whole page; it and its data are loaded when it is first opened.

let loading = null;

/** Returns the picker; null if the peer is away, which the page shows. The next call tries again. */
async function load() {
  loading ??= import('./emoji/picker.js').then(({ createPicker }) => createPicker());
  try {
    return await loading;
  } catch {
    loading = null;
    return null;
  }
}

/** Opens the picker next to an element, and returns the chosen emoji; null if none was chosen. */
export async function pickEmoji(element) {
  const picker = await load();
  return picker && element.isConnected ? picker.pick(element) : null;
}

document.addEventListener('click', async event => {
  const button = event.target.closest?.('[data-emoji]');
  if (!button) {
    return;
  }
  const picker = await load();
  if (!picker) {
    return;
  }
  // From its second click on, the browser itself opens and closes the picker.
  if (button.popoverTargetElement !== picker.element) {
    // The browser must not count this click too, and close what is opened here.
    await new Promise(resolve => setTimeout(resolve));
    button.popoverTargetElement = picker.element;
    if (button.isConnected && !picker.element.matches(':popover-open')) {
      picker.element.showPopover({ source: button });
    }
  }
});
