// Moves the focus to the target of a skip link. Blazor also follows such links, but only scrolls.
document.addEventListener('click', event => {
  const link = event.target.closest?.('.skip');
  const target = link && document.querySelector(link.hash);
  if (target) {
    event.preventDefault();
    target.focus();
  }
}, true);
