// Sends the user's messages.

import { call } from './connection.js';
import { showToast } from './dialogs.js';
import { drafts } from './drafts.js';
import { attachTray } from './files.js';
import { isForInputMethod } from './input-method.js';
import { attachMentions } from './mentions.js';
import { attachPending } from './pending.js';
import { attachVoice } from './voice.js';

const typingIntervalMs = 3000;

// A composer works once it is attached, which takes a round trip to the peer. Text typed before that becomes a draft;
// a message submitted before that is sent afterwards.
const attached = new WeakSet();
// Blazor replaces the server-rendered form with an empty one. Each form continues the draft of the one before it.
const draftsBefore = new WeakMap();
let pendingSubmit = '';

function onEarlyInput(event) {
  const form = event.target.closest?.('.composer');
  if (!form || attached.has(form)) {
    return;
  }
  if (!draftsBefore.has(form)) {
    draftsBefore.set(form, drafts.get(location.pathname) ?? '');
  }
  const typed = form.querySelector('textarea').value;
  drafts.set(location.pathname, draftsBefore.get(form) + typed);
  if (event.type === 'submit' || isEnter(event)) {
    event.preventDefault();
    // Submit only text typed here: a draft from before a reload is not visible yet.
    pendingSubmit = typed.trim() ? location.pathname : pendingSubmit;
  }
}

const isEnter = event => event.key === 'Enter' && !event.shiftKey && !isForInputMethod(event);

const joinParts = (...parts) => parts.filter(part => part !== '').join('\n');

['input', 'keydown', 'submit'].forEach(type => document.addEventListener(type, onEarlyInput));

/** Sends the text on Enter or submit, and restores it if sending failed. */
export function attachComposer(form, page) {
  const text = form.querySelector('textarea');
  const conversation = location.pathname;
  const view = form.closest('.conversation');
  const log = view.querySelector('.log');
  const pending = attachPending(view);
  // Rooms take no files.
  const tray = view.querySelector('[data-tray]') && attachTray(view);
  const voice = tray && attachVoice(view, tray, onFilesSent);
  const mentions = attachMentions(form, text);
  let typedAt = 0;
  let hasSubject = false;
  text.value = drafts.get(conversation) ?? text.value;

  // The draft while a message is being edited; null otherwise.
  let setAside = null;

  // What this composer has saved; null for nothing.
  let saved = drafts.get(conversation);

  function saveDraft() {
    // A message sent while the peer stopped may be lost: better to keep a duplicate as a draft.
    const draft = [...pending.texts(), setAside ?? text.value].filter(part => part.trim() !== '').join('\n');
    if (draft === '') {
      saved = null;
      drafts.delete(conversation);
    } else {
      saved = draft;
      drafts.set(conversation, draft);
    }
  }

  async function submit() {
    const value = text.value;
    const isEmpty = value.trim() === '';
    if (setAside !== null) {
      // Files wait for a message of their own.
      await (isEmpty ? null : submitEdit(value));
      return;
    }
    if (tray?.send()) {
      onFilesSent();
      if (isEmpty && hasSubject) {
        showToast('A file cannot be a reply. It was sent as a message of its own.');
        await call(page, 'Cancel');
      }
    }
    if (isEmpty) {
      return;
    }
    text.value = '';
    mentions.close();
    typedAt = 0;
    const isBehind = 'newer' in log.dataset;
    const number = pending.add(value);
    goToEnd();
    saveDraft();
    let isSent = false;
    try {
      isSent = await call(page, 'Send', value, number);
    } finally {
      // Without an answer, a message that the peer shows was sent all the same.
      isSent = !pending.remove(number) || isSent;
      if (isSent && isBehind) {
        // The peer has loaded the newest messages instead of those that were in view.
        goToEnd();
      }
      if (!isSent) {
        keepText(value);
      } else if (!attached.has(form)) {
        endDetached(value, isSent);
      } else if (drafts.get(conversation) === saved) {
        // Unless the user has continued typing in another tab.
        saveDraft();
      }
    }
  }

  // What is typed from now on belongs to the draft. The peer begins again with a text that it refuses.
  async function submitEdit(value) {
    hasSubject = false;
    endEdit();
    const isKept = await call(page, 'Edit', value);
    if (isKept === false) {
      keepText(value);
    } else if (isKept === undefined && !hasSubject && view.querySelector('#composer-subject')) {
      // The call was lost with the connection.
      begin(value, true);
    }
  }

  // After text that was typed meanwhile, so that nothing is lost.
  function keepText(value) {
    if (!attached.has(form)) {
      endDetached(value, false);
      return;
    }
    if (setAside !== null) {
      setAside = joinParts(setAside, value);
    } else {
      setText(joinParts(text.value, value));
    }
    saveDraft();
  }

  // The user has left the conversation, and may have come back: then another composer has taken up the draft.
  function endDetached(value, isSent) {
    const draft = drafts.get(conversation) ?? '';
    if (isSent && draft === saved) {
      saveDraft();
      drafts.announce(conversation);
    } else if (!isSent && !draft.includes(value)) {
      drafts.set(conversation, joinParts(draft, value));
      drafts.announce(conversation);
    }
  }

  // The list follows their messages from there, unless the user scrolls.
  function onFilesSent() {
    goToEnd();
    call(page, 'FilesSent');
  }

  const goToEnd = () => log.dispatchEvent(new Event('toend'));

  function onKey(event) {
    if (mentions.onKey(event)) {
      event.preventDefault();
    } else if (isEnter(event)) {
      event.preventDefault();
      submit();
    } else if (event.key === 'Escape' && hasSubject) {
      event.preventDefault();
      call(page, 'Cancel');
    }
  }

  function onSubmit(event) {
    event.preventDefault();
    submit();
    text.focus();
  }

  function onInput() {
    saveDraft();
    const isEmpty = text.value.trim() === '';
    if (isEmpty ? typedAt === 0 : Date.now() - typedAt < typingIntervalMs) {
      return;
    }
    typedAt = isEmpty ? 0 : Date.now();
    call(page, 'Typing', !isEmpty);
  }

  // From the emoji picker.
  function onInsert(event) {
    text.setRangeText(event.detail, text.selectionStart, text.selectionEnd, 'end');
    text.focus();
    onInput();
  }

  function endEdit() {
    if (setAside !== null) {
      const draft = setAside;
      setAside = null;
      setText(draft);
    }
  }

  function begin(edited, isRestored) {
    endEdit();
    hasSubject = true;
    if (edited !== null) {
      setAside = text.value;
      setText(edited);
    }
    if (!isRestored) {
      text.focus();
    }
  }

  // Gives the focus to the field if it was on the button that has gone, but opens no on-screen keyboard.
  function takeFocus() {
    if (document.activeElement === document.body && !matchMedia('(pointer: coarse)').matches) {
      text.focus();
    }
  }

  function setText(value) {
    text.value = value;
    text.dispatchEvent(new Event('change', { bubbles: true }));
  }

  text.addEventListener('keydown', onKey);
  text.addEventListener('input', onInput);
  form.addEventListener('submit', onSubmit);
  form.addEventListener('insert', onInsert);
  const endWatch = drafts.watch(conversation, draft => {
    if (setAside !== null) {
      setAside = draft;
    } else if (text.value !== draft) {
      text.value = draft;
      text.dispatchEvent(new Event('change', { bubbles: true }));
    }
  });
  attached.add(form);
  form.toggleAttribute('data-attached', true);
  text.focus({ preventScroll: true });
  if (pendingSubmit === conversation) {
    submit();
  }
  pendingSubmit = '';

  return {
    /**
     * Begins a reply, or the edit of a message with the text `edited`. The draft waits meanwhile. After a refusal it
     * begins again, without taking the focus.
     */
    begin,
    end() {
      hasSubject = false;
      endEdit();
      takeFocus();
    },
    detach() {
      endEdit();
      endWatch();
      pending.detach();
      voice?.detach();
      tray?.detach();
      mentions.detach();
      attached.delete(form);
      form.toggleAttribute('data-attached', false);
      // The form still holds the whole text.
      draftsBefore.set(form, '');
      text.removeEventListener('keydown', onKey);
      text.removeEventListener('input', onInput);
      form.removeEventListener('submit', onSubmit);
      form.removeEventListener('insert', onInsert);
    },
  };
}
