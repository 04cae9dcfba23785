// Downloads a backup. The passphrase goes to the peer only, and only when the user asks for the file.

const minLength = 8;
const goodLength = 16;

// Browsers count UTF-16 units; people count characters.
const lengthOf = text => [...text.normalize('NFC')].length;

function hintFor(passphrase, repeated) {
  const length = lengthOf(passphrase);
  if (length === 0) {
    return '';
  }
  if (length < minLength) {
    return `Too short: use at least ${minLength} characters.`;
  }
  if (repeated && repeated !== passphrase) {
    return 'The passphrases do not match.';
  }
  if (length < goodLength || new Set(passphrase).size < goodLength / 2) {
    return 'Accepted, but weak. Four or more random words are harder to guess.';
  }
  return 'Good length.';
}

const partsOf = form => ({
  passphrase: form.querySelector('[name=passphrase]'),
  repeated: form.querySelector('[name=repeated]'),
  hint: form.querySelector('.backup-hint'),
  state: form.querySelector('.backup-state'),
  button: form.querySelector('[type=submit]'),
});

function onInput(event) {
  const form = event.target.closest?.('form[data-backup]');
  if (form) {
    const { passphrase, repeated, hint, state } = partsOf(form);
    hint.textContent = hintFor(passphrase.value, repeated.value);
    state.textContent = '';
  }
}

async function onSubmit(event) {
  const form = event.target.closest?.('form[data-backup]');
  if (!form) {
    return;
  }
  event.preventDefault();
  const { passphrase, repeated, hint, state, button } = partsOf(form);
  if (lengthOf(passphrase.value) < minLength || passphrase.value !== repeated.value) {
    hint.textContent = hintFor(passphrase.value, repeated.value || ' ') || 'Enter a passphrase.';
    (lengthOf(passphrase.value) < minLength ? passphrase : repeated).focus();
    return;
  }
  button.disabled = true;
  state.textContent = 'Preparing the backup …';
  try {
    const response = await fetch(form.action, { method: 'POST', body: new FormData(form), cache: 'no-store' });
    if (!response.ok) {
      const problem = await response.json().catch(() => null);
      state.textContent = problem?.detail ?? 'The backup failed. Try again.';
      return;
    }
    const name = /filename="?([^";]+)/.exec(response.headers.get('Content-Disposition') ?? '')?.[1];
    save(await response.blob(), name ?? 'p2pchat.backup');
    form.reset();
    hint.textContent = '';
    state.textContent = 'The backup has been downloaded. Keep it and the passphrase in different places.';
  } catch {
    state.textContent = 'Your peer did not answer. Try again.';
  } finally {
    button.disabled = false;
  }
}

function save(blob, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

document.addEventListener('input', onInput);
document.addEventListener('submit', onSubmit);
