// Menus of messages and conversations (ARIA menu pattern). Each kind has one element, shown where it is needed.

import { call } from './connection.js';
import { copyText } from './copy.js';
import { isConfirmed, showDialog, showToast } from './dialogs.js';
import { pickEmoji } from './emoji.js';

const longPressMs = 500;
const tolerancePixels = 10;
const marginPixels = 8;
// How long after a touch its click may still come.
const clickDelayMs = 500;

/**
 * Lets a menu open on each element that matches `subjects`: by a button with `data-menu`, right click, long press, the
 * menu key and Shift+F10. An item with `data-for` is shown only if the subject matches that selector. A chosen item
 * calls `Choose` with its `data-action` and the subject's `data-key`, after the question in the dialog `data-confirm`,
 * whose elements with `data-name` get the subject's `data-name`.
 * What `Choose` returns is copied if the item has `data-copies`, and otherwise shown as a note. Without a note, the
 * dialog `data-opens` is shown. An item with `data-picks-emoji` opens the picker first, and adds the emoji to its
 * action.
 */
export function attachMenu(menu, page, subjects) {
  const attached = new AbortController();
  let subject = null;
  let opener = null;
  let focusedBefore = null;
  let hadSelection = false;
  let press = null;
  let position = null;
  let isHeld = false;

  const items = () => [...menu.querySelectorAll('[role=menuitem]')].filter(item => !item.hidden);
  const subjectOf = element => element.closest?.(subjects) ?? null;
  const openerOf = element => element.closest?.(`[data-menu="${menu.id}"]`) ?? null;

  /** Opens the menu next to a rectangle. With the keyboard, its first item gets the focus. */
  function open(element, anchor, { byKeyboard = false, byTouch = false, button = null } = {}) {
    close(false);
    for (const item of menu.querySelectorAll('[data-for]')) {
      item.hidden = !element.matches(item.dataset.for);
    }
    if (items().length === 0) {
      showToast('Nothing can be done with this message.');
      return;
    }
    subject = element;
    opener = button;
    // Focusing a field again would open the on-screen keyboard.
    focusedBefore = byTouch ? null : document.activeElement;
    subject.toggleAttribute('data-menu-open', true);
    opener?.setAttribute('aria-expanded', 'true');
    position = anchor;
    menu.showPopover();
    place(anchor);
    (byKeyboard ? items()[0] : menu).focus({ preventScroll: true });
  }

  function place(anchor) {
    const { width, height } = menu.getBoundingClientRect();
    const isRightToLeft = getComputedStyle(menu).direction === 'rtl';
    const left = isRightToLeft ? anchor.right - width : anchor.left;
    const fitsBelow = anchor.bottom + height + marginPixels <= innerHeight;
    const top = fitsBelow ? anchor.bottom : anchor.top - height;
    menu.style.left = `${Math.max(marginPixels, Math.min(left, innerWidth - width - marginPixels))}px`;
    menu.style.top = `${Math.max(marginPixels, Math.min(top, innerHeight - height - marginPixels))}px`;
  }

  function close(restoresFocus) {
    if (!subject) {
      return;
    }
    const hasFocus = menu.contains(document.activeElement);
    subject.removeAttribute('data-menu-open');
    opener?.removeAttribute('aria-expanded');
    subject = null;
    opener = null;
    menu.hidePopover();
    if (restoresFocus && hasFocus) {
      focusedBefore?.focus({ preventScroll: true });
    }
  }

  async function choose(item) {
    const element = subject;
    const { confirm, opens } = item.dataset;
    let { action } = item.dataset;
    close(true);
    if ('picksEmoji' in item.dataset) {
      const emoji = await pickEmoji(element.querySelector('.bubble'));
      if (emoji === null) {
        return;
      }
      action += emoji;
    }
    if (confirm) {
      document.querySelectorAll(`#${confirm} [data-name]`).forEach(name => {
        name.textContent = element.dataset.name;
      });
      if (!await isConfirmed(confirm)) {
        return;
      }
    }
    element.dispatchEvent(new CustomEvent('chosen', { bubbles: true, detail: action }));
    const answer = call(page, 'Choose', action, element.dataset.key);
    if ('copies' in item.dataset) {
      showToast(await copyText(answer) ? 'Copied.' : 'The browser did not copy it. Select the text and copy it.');
    } else {
      const note = await answer;
      showToast(note);
      if (opens && note === null) {
        showDialog(opens);
      }
    }
  }

  function focusItem(index) {
    const all = items();
    all[(index + all.length) % all.length].focus();
  }

  function onMenuKey(event) {
    const all = items();
    const index = all.indexOf(document.activeElement);
    if (event.key === 'ArrowDown' || event.key === 'ArrowRight') {
      focusItem(index + 1);
    } else if (event.key === 'ArrowUp' || event.key === 'ArrowLeft') {
      focusItem(index < 0 ? -1 : index - 1);
    } else if (event.key === 'Home') {
      focusItem(0);
    } else if (event.key === 'End') {
      focusItem(-1);
    } else if (event.key === 'Escape') {
      close(true);
    } else if (event.key === 'Tab') {
      close(true);
      return;
    } else if (event.key.length === 1 && /\S/.test(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const begins = item => item.textContent.trim().toLowerCase().startsWith(event.key.toLowerCase());
      [...all.slice(index + 1), ...all.slice(0, index + 1)].find(begins)?.focus();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  function onKey(event) {
    const isMenuKey = event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey);
    const element = isMenuKey && !subject && subjectOf(event.target);
    if (element) {
      event.preventDefault();
      openByKeyboard(element);
    }
  }

  function openByKeyboard(element) {
    open(element, (element.querySelector('.bubble') ?? element).getBoundingClientRect(), { byKeyboard: true });
  }

  function onContextMenu(event) {
    if (subject) {
      // The menu key raises this event too, after the menu is open.
      event.preventDefault();
      return;
    }
    const element = subjectOf(event.target);
    // The browser's own menu can copy a selection or a link.
    if (!element || hadSelection || event.shiftKey || event.target.closest('.text a')) {
      return;
    }
    event.preventDefault();
    // On macOS a right click selects a word.
    getSelection().removeAllRanges();
    // A press that began before the menu was attached is not known.
    const byTouch = press !== null || event.pointerType === 'touch';
    endPress();
    open(element, new DOMRect(event.clientX, event.clientY, 0, 0), { byTouch });
    if (byTouch) {
      swallowClick();
    }
  }

  function onPointerDown(event) {
    hadSelection = !getSelection().isCollapsed && getSelection().containsNode(event.target, true);
    if (subject && !menu.contains(event.target) && (!opener || openerOf(event.target) !== opener)) {
      close(true);
    }
    const element = subjectOf(event.target);
    const isControl = event.target.closest('.text a, button:not(.file-picture)') !== null;
    if (event.pointerType !== 'touch' || !event.isPrimary || !element || isControl) {
      return;
    }
    // Safari on phones has no event for a long press.
    const { clientX: x, clientY: y } = event;
    endPress();
    press = { x, y, timer: setTimeout(() => {
      press = null;
      open(element, new DOMRect(x, y, 0, 0), { byTouch: true });
      swallowClick();
    }, longPressMs) };
  }

  function onPointerMove(event) {
    if (press && Math.hypot(event.clientX - press.x, event.clientY - press.y) > tolerancePixels) {
      endPress();
    }
  }

  function endPress() {
    clearTimeout(press?.timer);
    press = null;
  }

  // The end of a long press must neither move the focus nor open the conversation. The user's next press must work.
  function swallowClick() {
    const swallowed = new AbortController();
    const watch = (types, listener) => types.forEach(type =>
      document.addEventListener(type, listener, { capture: true, signal: swallowed.signal }));
    isHeld = true;
    watch(['mousedown', 'click'], event => {
      event.preventDefault();
      event.stopImmediatePropagation();
    });
    watch(['pointerup', 'pointercancel'], () => {
      isHeld = false;
      setTimeout(() => swallowed.abort(), clickDelayMs);
    });
    watch(['pointerdown', 'keydown'], event => {
      if (event.isPrimary !== false) {
        isHeld = false;
        swallowed.abort();
      }
    });
  }

  // A button that the Tab key skips leaves the focus where it was.
  function onMouseDown(event) {
    if (openerOf(event.target)?.tabIndex === -1) {
      event.preventDefault();
    }
  }

  function onClick(event) {
    const button = openerOf(event.target);
    if (button && button === opener) {
      close(true);
    } else if (button) {
      const element = button.menuSubject ?? subjectOf(button);
      open(element, button.getBoundingClientRect(), { byKeyboard: event.detail === 0, button });
    }
  }

  function onScroll(event) {
    if (!isHeld && !menu.contains(event.target)) {
      close(true);
    }
  }

  const listen = (target, type, listener, options) =>
    target.addEventListener(type, listener, { ...options, signal: attached.signal });
  listen(menu, 'keydown', onMenuKey);
  listen(menu, 'click', event => {
    const item = event.target.closest('[role=menuitem]');
    if (item) {
      choose(item);
    }
  });
  listen(menu, 'focusout', event => event.relatedTarget && !menu.contains(event.relatedTarget) && close(false));
  listen(document, 'keydown', onKey);
  listen(document, 'contextmenu', onContextMenu);
  listen(document, 'pointerdown', onPointerDown, { capture: true });
  listen(document, 'pointermove', onPointerMove, { passive: true });
  listen(document, 'pointerup', endPress);
  listen(document, 'pointercancel', endPress);
  listen(document, 'mousedown', onMouseDown);
  listen(document, 'click', onClick);
  listen(document, 'wheel', onScroll, { passive: true });
  listen(document, 'touchmove', onScroll, { passive: true });
  // Closing the on-screen keyboard resizes the page too.
  listen(window, 'resize', () => requestAnimationFrame(() =>
    subject && place(opener?.getBoundingClientRect() ?? position)));
  menu.toggleAttribute('data-attached', true);

  return {
    openByKeyboard,
    isOpen: () => subject !== null,
    detach() {
      close(false);
      endPress();
      attached.abort();
    },
  };
}
