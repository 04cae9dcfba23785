// Removes the metadata of animated pictures. Drawing one would end its animation, so its parts are copied instead,
// except those that pixels, colors and the animation do not need.

const pngSignature = 8;
const pngParts = [
  'IHDR', 'PLTE', 'IDAT', 'IEND', 'tRNS', 'gAMA', 'cHRM', 'sRGB', 'iCCP', 'sBIT', 'pHYs', 'bKGD', 'acTL', 'fcTL',
  'fdAT',
];
const webpParts = ['VP8X', 'VP8 ', 'VP8L', 'ALPH', 'ICCP', 'ANIM', 'ANMF'];
const webpFrameHead = 16;
const webpMetadata = 0x08 | 0x04;

const textAt = (bytes, at, length) => String.fromCharCode(...bytes.subarray(at, at + length));
const viewOf = bytes => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Whether a picture is animated, as far as the parts before its pixels say. */
export function isAnimated(bytes, kind) {
  switch (kind) {
    case 'image/gif':
      return true;
    case 'image/png':
      return pngChunks(bytes).some(chunk => chunk.name === 'acTL');
    case 'image/webp':
      return riffChunks(bytes, 12).some(chunk => chunk.name === 'ANIM');
    default:
      return false;
  }
}

/** The parts of an animated picture without metadata; null if it is damaged. */
export function withoutMetadataParts(bytes, kind) {
  try {
    return kind === 'image/gif' ? gifParts(bytes) : kind === 'image/png' ? pngPartsOf(bytes) : webpPartsOf(bytes);
  } catch (error) {
    if (error instanceof RangeError) {
      return null;
    }
    throw error;
  }
}

// Stops at the end of the bytes, which may be those of the start only.
function pngChunks(bytes) {
  const chunks = [];
  for (let at = pngSignature; at + 12 <= bytes.length;) {
    const end = at + 12 + viewOf(bytes).getUint32(at);
    chunks.push({ name: textAt(bytes, at + 4, 4), at, end });
    at = end;
  }
  return chunks;
}

function riffChunks(bytes, start) {
  const chunks = [];
  for (let at = start; at + 8 <= bytes.length;) {
    const length = viewOf(bytes).getUint32(at + 4, true);
    const end = at + 8 + length + (length & 1);
    chunks.push({ name: textAt(bytes, at, 4), at, end });
    at = end;
  }
  return chunks;
}

function pngPartsOf(bytes) {
  const chunks = pngChunks(bytes);
  const last = chunks.findIndex(chunk => chunk.name === 'IEND');
  if (last < 0 || chunks[last].end > bytes.length) {
    throw new RangeError();
  }
  const kept = chunks.slice(0, last + 1).filter(chunk => pngParts.includes(chunk.name));
  return new Blob([bytes.subarray(0, pngSignature), ...kept.map(chunk => bytes.subarray(chunk.at, chunk.end))]);
}

// The parts of a RIFF file or frame that may stay.
function riffParts(bytes, start) {
  const chunks = riffChunks(bytes, start);
  if (chunks.length === 0 || chunks.at(-1).end > bytes.length) {
    throw new RangeError();
  }
  return chunks.filter(chunk => webpParts.includes(chunk.name)).map(chunk => bytes.subarray(chunk.at, chunk.end));
}

function withLength(chunk, parts) {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const result = new Uint8Array(chunk.length + length);
  result.set(chunk);
  viewOf(result).setUint32(4, result.length - 8, true);
  let at = chunk.length;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

function webpPartsOf(bytes) {
  const end = 8 + viewOf(bytes).getUint32(4, true);
  if (end > bytes.length) {
    throw new RangeError();
  }
  const parts = riffParts(bytes.subarray(0, end), 12).map(part => {
    switch (textAt(part, 0, 4)) {
      case 'VP8X': {
        const head = part.slice();
        head[8] &= ~webpMetadata;
        return head;
      }
      case 'ANMF': {
        const frame = 8 + webpFrameHead;
        const length = 8 + viewOf(part).getUint32(4, true);
        return withLength(part.subarray(0, frame), riffParts(part.subarray(0, length), frame));
      }
      default:
        return part;
    }
  });
  return new Blob([withLength(bytes.subarray(0, 12), parts)]);
}

function gifParts(bytes) {
  const kept = [];
  let at = 0;
  const take = length => {
    if (at + length > bytes.length) {
      throw new RangeError();
    }
    at += length;
    return bytes.subarray(at - length, at);
  };
  const tableOf = flags => (flags & 0x80 ? 3 << ((flags & 7) + 1) : 0);
  const skipBlocks = () => {
    for (let length = take(1)[0]; length !== 0; length = take(1)[0]) {
      take(length);
    }
  };
  const head = take(13);
  if (textAt(head, 0, 4) !== 'GIF8') {
    return null;
  }
  kept.push(head, take(tableOf(head[10])));
  for (;;) {
    const start = at;
    const kind = take(1)[0];
    if (kind === 0x3b) {
      return new Blob([...kept, new Uint8Array([0x3b])]);
    }
    if (kind === 0x2c) {
      take(tableOf(take(9)[8]) + 1);
      skipBlocks();
      kept.push(bytes.subarray(start, at));
    } else if (kind === 0x21) {
      const label = take(1)[0];
      const name = textAt(bytes, at + 1, 11);
      skipBlocks();
      if (label === 0xf9 || (label === 0xff && (name === 'NETSCAPE2.0' || name === 'ANIMEXTS1.0'))) {
        kept.push(bytes.subarray(start, at));
      }
    } else {
      return null;
    }
  }
}
