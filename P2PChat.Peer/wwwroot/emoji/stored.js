/** Reads a value of this origin's storage, or returns `otherwise`. Browsers may refuse or clear it at any time. */
export function stored(key, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

export function store(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // The value is lost with the page.
  }
}
