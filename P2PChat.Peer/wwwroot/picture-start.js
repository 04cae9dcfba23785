// Reads the first bytes of files: whether they are pictures, and how many pixels those have. Names and types are not
// enough, because some systems know no type for the files of cameras and phones.

const startBytes = 256 * 1024;
const pictureNames = new RegExp(
  '\\.(?:3fr|arw|avif|bmp|cr[23]|dng|gif|hei[cf]|hif|jfif|jp2|jpe?g|jxl|nef|nrw|orf|pef|png|raf|raw|rw2|srw|tiff?|webp|'
  + 'x3f)$', 'i');
const mediaNames = /\.(?:3g[2p]|avi|m2ts|m4[av]|mkv|mov|mp[34]|mpe?g|mts|ogv|webm|wmv)$/i;
// Of ISO base media files (ISO/IEC 14496-12), the brands that are pictures.
const pictureBrands = ['avif', 'avis', 'crx ', 'heic', 'heim', 'heis', 'heix', 'hevc', 'hevx', 'mif1', 'msf1'];

const textAt = (bytes, at, length) => String.fromCharCode(...bytes.subarray(at, at + length));
const number = (bytes, at, length) => bytes.subarray(at, at + length).reduce((sum, byte) => sum * 256 + byte, 0);
const numberLow = (bytes, at, length) => number(bytes.slice(at, at + length).reverse(), 0, length);

export const startOf = async file => new Uint8Array(await file.slice(0, startBytes).arrayBuffer());

function typeOf(bytes) {
  const start = textAt(bytes, 0, 12);
  return start.startsWith('\xff\xd8\xff') ? 'image/jpeg'
    : start.startsWith('\x89PNG') ? 'image/png'
      : start.startsWith('GIF8') ? 'image/gif'
        : start.startsWith('RIFF') && start.endsWith('WEBP') ? 'image/webp'
          : start.slice(4, 8) === 'ftyp' ? (pictureBrands.includes(start.slice(8)) ? 'image/heif' : 'video/mp4')
            // TIFF, and the raw files of cameras, which are like it.
            : /^(?:II[*RU]|MM\0[*+]|IIRO|FUJIFILM|\xff\x0a|\0\0\0\x0c(?:JXL |jP {2}))/.test(start) ? 'image/tiff'
              : start.startsWith('\x1a\x45\xdf\xa3') ? 'video/webm'
                : null;
}

/**
 * The kind of a file: the type of a picture, `media` for a sound or video, or null. SVG is a document.
 * Throws if the file cannot be read.
 */
export async function kindOf(file) {
  const type = typeOf(await startOf(file));
  return type?.startsWith('image/') ? type
    : file.type.startsWith('image/svg') ? null
      : file.type.startsWith('image/') || pictureNames.test(file.name) ? 'image/*'
        : type !== null || /^(?:audio|video)\//.test(file.type) || mediaNames.test(file.name) ? 'media'
          : null;
}

/** The number of pixels that the start of a picture announces; 0 if it does not say. */
export function pixelsOf(bytes) {
  switch (typeOf(bytes)) {
    case 'image/png':
      return number(bytes, 16, 4) * number(bytes, 20, 4);
    case 'image/gif':
      return numberLow(bytes, 6, 2) * numberLow(bytes, 8, 2);
    case 'image/webp':
      return pixelsOfWebP(bytes);
    case 'image/jpeg':
      return pixelsOfJpeg(bytes);
    default:
      return 0;
  }
}

function pixelsOfWebP(bytes) {
  switch (textAt(bytes, 12, 4)) {
    case 'VP8X':
      return (numberLow(bytes, 24, 3) + 1) * (numberLow(bytes, 27, 3) + 1);
    case 'VP8 ':
      return (numberLow(bytes, 26, 2) & 0x3fff) * (numberLow(bytes, 28, 2) & 0x3fff);
    default: {
      const bits = numberLow(bytes, 21, 4);
      return ((bits & 0x3fff) + 1) * (((bits >>> 14) & 0x3fff) + 1);
    }
  }
}

// Each segment is 0xFF, a marker, and a length that counts itself.
function pixelsOfJpeg(bytes) {
  for (let at = 2; at + 9 < bytes.length && bytes[at] === 0xff;) {
    const marker = bytes[at + 1];
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return number(bytes, at + 5, 2) * number(bytes, at + 7, 2);
    }
    at += marker === 0xff ? 1 : 2 + number(bytes, at + 2, 2);
  }
  return 0;
}
