// Finds out which emoji the system's font has. A system without color emoji gets all of them: monochrome ones cannot
// be told from placeholders.

const size = 16;
const context = Object.assign(document.createElement('canvas'), { width: 3 * size, height: 2 * size })
  .getContext('2d', { willReadFrequently: true });

function pixels(text, color) {
  context.clearRect(0, 0, 3 * size, 2 * size);
  context.font = `${size}px "Apple Color Emoji", "Segoe UI Emoji", "Noto Color Emoji", sans-serif`;
  context.textBaseline = 'top';
  context.fillStyle = color;
  context.fillText(text, 0, 0);
  return new Uint32Array(context.getImageData(0, 0, 3 * size, 2 * size).data.buffer);
}

// A color emoji looks the same whatever the text color is.
function isColored(text) {
  const [red, blue] = [pixels(text, '#f00'), pixels(text, '#00f')];
  return red.some(pixel => pixel !== 0) && red.every((pixel, i) => pixel === blue[i]);
}

// By version, because fonts add all emoji of a version together.
const answers = new Map();
let hasColor = null;
let width = 0;

// Without a glyph of its own, a sequence is drawn as its parts, next to each other.
const isOne = text => context.measureText(text).width < 1.5 * width;

/** Whether the system can draw an emoji. */
export function isKnown([text, , , version = 0]) {
  if (version === 0) {
    return true;
  }
  if (hasColor === null) {
    hasColor = isColored('😀');
    width = context.measureText('😀').width;
  }
  if (!answers.has(version)) {
    answers.set(version, !hasColor || isColored(text) && isOne(text));
  }
  return answers.get(version);
}
