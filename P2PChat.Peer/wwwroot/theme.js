// Lets the user choose the theme. first-paint.js applies it.

const key = 'theme';
const system = 'system';

/** Shows the chosen theme in a form with one radio button per theme, and keeps what the user chooses. */
export function attachTheme(form) {
  const buttons = [...form.querySelectorAll('input[type=radio]')];

  function show() {
    const theme = read();
    const shown = buttons.find(button => button.value === theme) ?? buttons.find(button => button.value === system);
    shown.checked = true;
  }

  function onChange(event) {
    write(event.target.value);
  }

  function onStorage(event) {
    if (event.key === key || event.key === null) {
      show();
    }
  }

  form.addEventListener('change', onChange);
  addEventListener('storage', onStorage);
  show();

  return {
    detach() {
      form.removeEventListener('change', onChange);
      removeEventListener('storage', onStorage);
    },
  };
}

const read = () => localStorage.getItem(key) ?? system;

function write(theme) {
  if (theme === system) {
    localStorage.removeItem(key);
  } else {
    localStorage.setItem(key, theme);
  }
  // The browser raises the event in other tabs only.
  dispatchEvent(new StorageEvent('storage', { key }));
}
