// Reads QR codes from the camera. Loaded only by the page that scans a safety number.

const intervalMs = 120;

// Enough for the densest code that this page has to read, and decoded in a fraction of the interval.
const maxWidth = 800;

const maxTextLength = 400;

/**
 * Shows the camera in a video element, and reports each code once. The peer says whether to go on after each code.
 * `decoder` is the address of jsQR, which defines a global function.
 */
export function attachScanner(video, page, decoder) {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { willReadFrequently: true });
  let stream = null;
  let timer = 0;
  let reported = '';
  let isDetached = false;

  // A call fails if the socket is lost; the page says so, and the next code is reported again.
  const tell = (method, ...values) => page.invokeMethodAsync(method, ...values).catch(() => undefined);

  async function start() {
    if (!navigator.mediaDevices) {
      tell('OnCameraFailed', isSecureContext ? 'NotFoundError' : 'InsecureOrigin');
      return;
    }
    try {
      await import(decoder);
      const opened = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: 'environment', width: { ideal: 1280 } },
      });
      stream = opened;
      if (isDetached) {
        stop();
        return;
      }
      const [track] = opened.getVideoTracks();
      track.addEventListener('ended', () => fail('NotReadableError'));
      // A camera that faces the user is easier to aim if its picture is mirrored.
      video.toggleAttribute('data-mirrored', track.getSettings().facingMode !== 'environment');
      video.srcObject = opened;
      await video.play();
    } catch (error) {
      fail(error.name);
      return;
    }
    tell('OnCameraStarted');
    scan();
  }

  function fail(reason) {
    if (!isDetached) {
      stop();
      tell('OnCameraFailed', reason);
    }
  }

  async function scan() {
    const text = decode();
    if (text && text !== reported) {
      const goesOn = await tell('OnScanned', text);
      if (goesOn === false) {
        stop();
        return;
      }
      reported = goesOn ? text : '';
    }
    if (stream !== null) {
      timer = setTimeout(scan, intervalMs);
    }
  }

  function decode() {
    if (video.videoWidth === 0) {
      return '';
    }
    const scale = Math.min(1, maxWidth / video.videoWidth);
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
    return globalThis.jsQR(data, width, height)?.data.slice(0, maxTextLength) ?? '';
  }

  function stop() {
    clearTimeout(timer);
    stream?.getTracks().forEach(track => track.stop());
    stream = null;
    video.srcObject = null;
  }

  start();
  return {
    detach() {
      isDetached = true;
      stop();
    },
  };
}
