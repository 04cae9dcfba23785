// Keys in the list of conversations and its filter, and the focus when a row goes.

const rows = () => [...document.querySelectorAll('.conversations a.person')];

function onFilterKey(event, field) {
  if (event.key === 'ArrowDown') {
    rows()[0]?.focus();
  } else if (event.key === 'Escape' && field.value !== '') {
    field.value = '';
    field.dispatchEvent(new Event('input', { bubbles: true }));
  } else if (event.key === 'Escape') {
    document.querySelector('.composer textarea')?.focus();
  } else {
    return;
  }
  event.preventDefault();
}

function onRowKey(event, row) {
  const all = rows();
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    all[all.indexOf(row) + step]?.focus();
  }
}

document.addEventListener('keydown', event => {
  const { target } = event;
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.isComposing) {
    return;
  }
  if (target.matches?.('.sidebar [type=search]')) {
    onFilterKey(event, target);
  } else if (target.matches?.('.conversations a.person')) {
    onRowKey(event, target);
  }
});

// Archiving a conversation removes its row, and with it the focus.
document.addEventListener('chosen', event => {
  const all = rows();
  const index = all.indexOf(document.activeElement);
  if (event.detail === 'archive' && index >= 0 && event.target.contains(all[index])) {
    (all[index + 1] ?? all[index - 1])?.focus();
  }
});

// Removing a member removes the row, too.
document.addEventListener('chosen', event => {
  const row = event.target.closest?.('.member-row');
  if (row && (event.detail === 'remove' || event.detail === 'withdraw')) {
    const others = [...row.parentElement.querySelectorAll('[data-menu]')].filter(button => !row.contains(button));
    (others[0] ?? document.querySelector('.room-about h1'))?.focus();
  }
});
