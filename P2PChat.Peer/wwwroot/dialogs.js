// Dialogs (the element `dialog`), and short notes that disappear by themselves.

const toastMs = 5000;

/** Opens a dialog. The browser keeps the focus inside, closes it on Escape, and then restores the focus. */
export function showDialog(id) {
  const dialog = document.getElementById(id);
  if (dialog && !dialog.open) {
    dialog.returnValue = '';
    dialog.showModal();
  }
  return dialog;
}

/** Asks a question and returns whether the user chose the button with the value "yes". */
export const isConfirmed = id => new Promise(resolve => {
  const dialog = showDialog(id);
  if (dialog) {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
  } else {
    resolve(false);
  }
});

let toastTimer = 0;

/** Shows a note for a few seconds. Screen readers announce it. */
export function showToast(text) {
  const toast = document.getElementById('toast');
  if (!toast || !text) {
    return;
  }
  // Screen readers announce only a changed text, so a repeated one gets a trailing space.
  toast.textContent = toast.textContent === text ? `${text}\u00a0` : text;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { toast.textContent = ''; }, toastMs);
}

function isOutside(event) {
  const box = event.target.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}

document.addEventListener('click', event => {
  const opener = event.target.closest?.('[data-dialog]');
  if (opener) {
    showDialog(opener.dataset.dialog);
  } else if (event.target instanceof HTMLDialogElement && event.detail > 0 && isOutside(event)) {
    event.target.close();
  }
});
