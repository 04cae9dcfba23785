// Unsent text by conversation. Survives switching conversations and reloading the page.
export const drafts = new Map(JSON.parse(sessionStorage.getItem('drafts') ?? '[]'));
sessionStorage.removeItem('drafts');

/** Saves the drafts for the next page in this tab: after a reload, or after a phone has unloaded a hidden page. */
function saveDrafts() {
  document.querySelectorAll('.composer').forEach(form => form.dispatchEvent(new Event('save')));
  sessionStorage.setItem('drafts', JSON.stringify([...drafts]));
}

addEventListener('pagehide', saveDrafts);
document.addEventListener('visibilitychange', () => document.hidden && saveDrafts());
