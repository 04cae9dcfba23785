// Forwarding: the text becomes the draft of another conversation, where the user can change it before sending.

import { drafts } from './drafts.js';

document.addEventListener('click', event => {
  const link = event.target.closest?.('a[data-forward]');
  if (!link) {
    return;
  }
  const conversation = new URL(link.href).pathname;
  // None if the message was deleted meanwhile.
  const text = link.closest('[data-text]')?.dataset.text;
  if (text) {
    const draft = drafts.get(conversation);
    drafts.set(conversation, draft ? `${draft}\n${text}` : text);
    drafts.announce(conversation);
  }
  link.closest('dialog').close();
}, { capture: true });
