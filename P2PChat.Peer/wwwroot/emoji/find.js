const wordsOf = text => text.toLowerCase().normalize('NFKC').split(/[^\p{L}\p{N}+*#]+/u).filter(Boolean);

// Places of a match, the best first: the whole name, the beginning of the name, a word of the name, another word.
function rank(words, [, name, keywords = '']) {
  const inName = wordsOf(name);
  const all = [...inName, ...keywords.split(' ')];
  if (!words.every(word => all.some(other => other.startsWith(word)))) {
    return Infinity;
  }
  const joined = inName.join(' ');
  const wanted = words.join(' ');
  return joined === wanted ? 0 : joined.startsWith(wanted) ? 1
    : words.every(word => inName.some(other => other.startsWith(word))) ? 2
      : words.every(word => all.includes(word)) ? 3 : 4;
}

/** The emoji that have all the words, which may be incomplete, in their name or keywords; the best first. */
export function find(text, entries) {
  const words = wordsOf(text);
  // The text may be the emoji itself.
  const isFound = entry => entry[0] === text.trim() || words.length > 0;
  return [...entries].filter(isFound)
    .map(entry => ({ entry, rank: entry[0] === text.trim() ? 0 : rank(words, entry) }))
    .filter(found => found.rank < Infinity)
    .sort((one, other) => one.rank - other.rank)
    .map(found => found.entry);
}
