// Applies the chosen theme before the first paint: a classic script, which the browser runs before it draws anything.
// The choice is kept in this origin's storage, so other tabs follow at once.

(() => {
  const key = 'theme';

  function apply() {
    let theme = null;
    try {
      theme = localStorage.getItem(key);
    } catch {
      // Without storage, the system decides.
    }
    const root = document.documentElement;
    const isChosen = theme === 'light' || theme === 'dark';
    if (isChosen) {
      root.dataset.theme = theme;
    } else {
      delete root.dataset.theme;
    }
    // The canvas before the style sheets have loaded.
    document.querySelector('meta[name=color-scheme]').content = isChosen ? theme : 'light dark';
    // Browsers use the first theme color whose media query matches.
    for (const color of document.querySelectorAll('meta[name=theme-color]')) {
      const own = color.dataset.theme;
      color.media = !isChosen ? `(prefers-color-scheme: ${own})` : own === theme ? 'all' : 'not all';
    }
  }

  apply();
  addEventListener('storage', event => {
    if (event.key === key || event.key === null) {
      apply();
    }
  });
})();
