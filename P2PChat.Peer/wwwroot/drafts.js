// Unsent text by conversation, shared by the tabs of this browser. It survives a reload, the end of the peer, and
// phones that unload hidden pages. The sign-in page removes it.

const prefix = 'draft:';
// For browsers whose storage is off or full.
const unstored = new Map();

export const drafts = {
  get(conversation) {
    try {
      return unstored.get(conversation) ?? localStorage.getItem(prefix + conversation);
    } catch {
      return unstored.get(conversation) ?? null;
    }
  },

  /** Saves a draft at once. The other tabs follow. */
  set(conversation, text) {
    try {
      localStorage.setItem(prefix + conversation, text);
      unstored.delete(conversation);
    } catch {
      unstored.set(conversation, text);
    }
  },

  delete(conversation) {
    unstored.delete(conversation);
    try {
      localStorage.removeItem(prefix + conversation);
    } catch {
      // It was never stored.
    }
  },

  /** Shows a changed draft in this tab too. The browser tells other tabs only. */
  announce(conversation) {
    const newValue = this.get(conversation);
    dispatchEvent(new StorageEvent('storage', { key: prefix + conversation, newValue }));
  },

  /** Calls `change` with the text when another tab has changed a draft, until the returned function is called. */
  watch(conversation, change) {
    const onStorage = event => {
      if (event.key === prefix + conversation || event.key === null) {
        change(event.newValue ?? '');
      }
    };
    addEventListener('storage', onStorage);
    return () => removeEventListener('storage', onStorage);
  },
};
