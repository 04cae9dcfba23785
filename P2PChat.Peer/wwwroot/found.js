// Marks the words of a search in the message that was opened from it, without changing what the peer has rendered.

const name = 'found';
const isWordCharacter = /[\p{L}\p{N}]/u;

/** Finds words as the search does: each must be whole, except that the last may continue. */
function rangesOf(node, words) {
  const ranges = [];
  const text = node.data.toLowerCase();
  words.forEach((word, index) => {
    const mayContinue = index === words.length - 1;
    for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
      let end = at + word.length;
      const isWhole = !isWordCharacter.test(text[end] ?? ' ');
      if (isWordCharacter.test(text[at - 1] ?? ' ') || (!isWhole && !mayContinue)) {
        continue;
      }
      while (isWordCharacter.test(text[end] ?? ' ')) {
        end++;
      }
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, end);
      ranges.push(range);
    }
  });
  return ranges;
}

/** Marks the words in the address's query, until another conversation is opened. */
export function showFoundWords(target) {
  if (!window.Highlight) {
    return;
  }
  CSS.highlights.delete(name);
  const words = (new URLSearchParams(location.search).get('words') ?? '').toLowerCase().match(/[\p{L}\p{N}]+/gu);
  if (!target || !words) {
    return;
  }
  const walker = document.createTreeWalker(target, NodeFilter.SHOW_TEXT);
  const ranges = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    ranges.push(...rangesOf(node, words));
  }
  CSS.highlights.set(name, new Highlight(...ranges));
}
