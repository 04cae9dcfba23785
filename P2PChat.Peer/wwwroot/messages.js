// Moves between messages by keyboard, and shows the button of their menu.

import { showFoundWords } from './found.js';
import { attachMenu } from './menu.js';

const message = '.message[data-key]';

/**
 * Attaches the menu of messages in the log next to it. The log is one stop of the Tab key: the arrow keys move between
 * messages, Enter opens the menu, and Escape returns to the text field.
 */
export function attachMessageMenu(menu, page) {
  const attached = new AbortController();
  const log = menu.parentElement.querySelector('.log');
  const button = log.querySelector('.message-button');
  const contextMenu = attachMenu(menu, page, message);
  let shown = null;
  showFoundWords(log.querySelector('.message.target .text'));

  const messages = () => [...log.querySelectorAll(message)];

  function inView(item) {
    const [box, view] = [item.getBoundingClientRect(), log.getBoundingClientRect()];
    return box.bottom > view.top && box.top < view.bottom;
  }

  function focus(item) {
    item.tabIndex = -1;
    item.focus({ preventScroll: true });
    item.scrollIntoView({ block: 'nearest' });
  }

  function next(from, isUp) {
    const all = messages();
    if (from && inView(from)) {
      return all[all.indexOf(from) + (isUp ? -1 : 1)];
    }
    return isUp ? all.findLast(inView) : all.find(inView);
  }

  function onKey(event) {
    const item = event.target === log ? null : event.target;
    const hasModifier = event.altKey || event.ctrlKey || event.metaKey || event.shiftKey;
    if (hasModifier || (item && !item.matches(message))) {
      return;
    }
    if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
      const aim = next(item, event.key === 'ArrowUp');
      if (aim) {
        focus(aim);
      }
    } else if (item && (event.key === 'Home' || event.key === 'End')) {
      focus(messages().at(event.key === 'Home' ? 0 : -1));
    } else if (item && event.key === 'Enter') {
      contextMenu.openByKeyboard(item);
    } else if (event.key === 'Escape') {
      document.querySelector('.composer textarea')?.focus();
    } else {
      return;
    }
    event.preventDefault();
  }

  function show(item) {
    if (item !== shown && !contextMenu.isOpen()) {
      shown = item;
      button.menuSubject = item;
      button.hidden = false;
      placeButton();
    }
  }

  // The button lies next to the bubble, on the side that has room.
  function placeButton() {
    const bubble = button.menuSubject?.querySelector('.bubble');
    if (!bubble || button.hidden) {
      return;
    }
    const [box, view] = [bubble.getBoundingClientRect(), log.getBoundingClientRect()];
    const isRight = view.right - box.right > box.left - view.left;
    const left = isRight ? box.right + 4 : box.left - button.offsetWidth - 4;
    button.style.left = `${left - view.left - log.clientLeft}px`;
    button.style.top = `${box.top - view.top + log.scrollTop}px`;
  }

  function hide() {
    if (!contextMenu.isOpen()) {
      shown = null;
      button.hidden = true;
    }
  }

  function onPointerMove(event) {
    const item = event.pointerType === 'mouse' && event.target.closest(message);
    if (item) {
      show(item);
    }
  }

  // While a message has the focus, Shift+Tab leaves the log instead of stopping at it.
  function onFocusIn(event) {
    log.tabIndex = event.target === log ? 0 : -1;
    if (event.target.matches(message)) {
      show(event.target);
    }
  }

  function onFocusOut(event) {
    if (!log.contains(event.relatedTarget)) {
      log.tabIndex = 0;
      hide();
    }
  }

  // Deleting a message removes the focus with it.
  function onChosen(event) {
    if (event.detail === 'delete' && document.activeElement === event.target) {
      const all = messages();
      const index = all.indexOf(event.target);
      const neighbour = all[index + 1] ?? all[index - 1];
      if (neighbour) {
        focus(neighbour);
      } else {
        log.focus();
      }
    }
    hide();
  }

  const listen = (type, listener) => log.addEventListener(type, listener, { signal: attached.signal });
  listen('keydown', onKey);
  listen('pointermove', onPointerMove);
  listen('pointerleave', hide);
  listen('scroll', () => { shown = null; });
  listen('focusin', onFocusIn);
  listen('focusout', onFocusOut);
  listen('chosen', onChosen);
  window.addEventListener('resize', placeButton, { signal: attached.signal });

  return {
    detach() {
      attached.abort();
      contextMenu.detach();
    },
  };
}
