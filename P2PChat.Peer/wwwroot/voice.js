// Records voice clips, which are sent as files.

import { showToast } from './dialogs.js';
import { focusText } from './files.js';

// Every browser plays AAC. Older versions of Safari play neither WebM nor Opus.
const types = ['audio/mp4;codecs=mp4a.40.2', 'audio/webm;codecs=opus', 'audio/ogg;codecs=opus', 'audio/mp4'];
const extensions = { 'audio/webm': 'webm', 'audio/ogg': 'ogg', 'audio/mp4': 'm4a' };
const bitsPerSecond = 32_000;
const maxSeconds = 15 * 60;
const maxLostMs = 10_000;
const tooLong = 'A voice clip can be at most 15 minutes long. Send this one, then record another.';
const flag = 'p2pchat-record';

const problems = {
  InsecureOrigin: 'Browsers allow the microphone only on pages that use TLS or run on this machine.',
  NotSupportedError: 'This browser cannot record sound. Use another one, or attach a recording as a file.',
  NotAllowedError: 'The browser did not allow the microphone. Allow it for this page, and try again.',
  NotFoundError: 'No microphone was found. Connect one, and try again.',
  NotReadableError: 'The microphone stopped, or another program is using it. Close that program, and try again.',
};

// A document keeps the permissions it was loaded with. Browsers without this interface allow the microphone.
const isAllowedHere = () => {
  const policy = document.permissionsPolicy ?? document.featurePolicy;
  return policy?.allowsFeature('microphone') ?? true;
};

const pad = number => `${number}`.padStart(2, '0');

function nameOf(type) {
  const now = new Date();
  const day = [now.getFullYear(), pad(now.getMonth() + 1), pad(now.getDate())].join('-');
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map(pad).join('');
  return `voice-clip-${day}-${time}.${extensions[type] ?? 'webm'}`;
}

/** Lets the button of a composer record. */
export function attachVoice(view, tray, onSent) {
  const bar = view.querySelector('[data-recorder]');
  const button = view.querySelector('[data-record]');
  const [label, time] = [bar.querySelector('[data-label]'), bar.querySelector('[data-time]')];
  const attached = new AbortController();
  let recording = null;

  async function start(isLoadedAgain = false) {
    if (recording !== null) {
      return;
    }
    if (!isAllowedHere()) {
      if (isLoadedAgain) {
        showToast(problems.NotAllowedError);
      } else {
        loadAgain();
      }
      return;
    }
    recording = {};
    const mine = recording;
    try {
      if (!navigator.mediaDevices?.getUserMedia) {
        throw new DOMException('', isSecureContext ? 'NotSupportedError' : 'InsecureOrigin');
      }
      if (!window.MediaRecorder) {
        throw new DOMException('', 'NotSupportedError');
      }
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      if (recording !== mine) {
        stream.getTracks().forEach(track => track.stop());
        return;
      }
      mine.stream = stream;
      record(mine, stream);
    } catch (error) {
      if (mine.stream) {
        release(mine);
      }
      if (recording !== mine) {
        return;
      }
      recording = null;
      showToast(problems[error.name] ?? 'The recording could not be started. Try again.');
    }
  }

  function loadAgain() {
    if (tray.hasFiles()) {
      showToast('Send or remove the files above the message field first, in all conversations. Then the page can '
        + 'reload to use the microphone.');
    } else {
      sessionStorage.setItem(flag, location.pathname);
      location.reload();
    }
  }

  function record(mine, stream) {
    const type = types.find(one => MediaRecorder.isTypeSupported(one)) ?? '';
    const recorder = new MediaRecorder(stream, { mimeType: type, audioBitsPerSecond: bitsPerSecond });
    const begun = performance.now();
    Object.assign(mine, { recorder, begun, chunks: [], then: null, isStopped: false });
    recorder.ondataavailable = event => mine.chunks.push(event.data);
    recorder.onstop = () => onStop(mine, problems.NotReadableError);
    // The browser stops it after that.
    recorder.onerror = () => {};
    recorder.start();
    const showTime = () => {
      const seconds = Math.floor((performance.now() - begun) / 1000);
      time.textContent = `${Math.floor(seconds / 60)}:${pad(seconds % 60)}`;
      if (seconds >= maxSeconds && recorder.state === 'recording') {
        recorder.onstop = () => onStop(mine, tooLong);
        recorder.stop();
      }
    };
    mine.timer = setInterval(showTime, 250);
    showTime();
    label.textContent = 'Recording';
    delete bar.dataset.stopped;
    bar.hidden = false;
    button.setAttribute('aria-pressed', 'true');
    bar.querySelector('[data-finish]').focus();
  }

  // Gives the microphone back.
  function release(mine) {
    clearInterval(mine.timer);
    mine.stream.getTracks().forEach(track => track.stop());
  }

  /** Ends the recording. Its file goes to `then`, if that is given. */
  function stop(then = null) {
    const mine = recording;
    recording = null;
    if (!mine?.recorder) {
      return;
    }
    mine.then = then;
    if (mine.isStopped) {
      onStop(mine);
    } else if (mine.recorder.state !== 'inactive') {
      mine.recorder.stop();
    }
    release(mine);
    bar.hidden = true;
    button.removeAttribute('aria-pressed');
    focusText(view.querySelector('.composer'));
  }

  function onStop(mine, reason) {
    mine.isStopped = true;
    if (mine === recording) {
      // What was recorded can still be sent.
      release(mine);
      label.textContent = 'Stopped at';
      bar.dataset.stopped = '';
      showToast(reason);
      return;
    }
    if (mine.then !== null) {
      const type = mine.recorder.mimeType.split(';')[0];
      mine.then(new File(mine.chunks, nameOf(type), { type }));
    }
    mine.chunks = [];
    mine.then = null;
  }

  function sendClip(file) {
    tray.sendNow(file);
    onSent();
  }

  const keep = file => tray.add([file]);

  // One key must not lose minutes.
  function onEscape() {
    if (recording?.recorder && performance.now() - recording.begun > maxLostMs) {
      stop(keep);
      showToast('The recording was stopped. Send it, or remove it above.');
    } else {
      stop();
    }
  }

  const listen = (target, type, listener) => target.addEventListener(type, listener, { signal: attached.signal });
  // While it records, the button ends the recording, which then waits above the field.
  listen(button, 'click', () => (recording?.recorder ? stop(keep) : start()));
  listen(bar.querySelector('[data-cancel]'), 'click', () => stop());
  listen(bar.querySelector('[data-finish]'), 'click', () => stop(sendClip));
  listen(bar, 'keydown', event => {
    if (event.key === 'Escape') {
      event.stopPropagation();
      onEscape();
    }
  });

  if (sessionStorage.getItem(flag) === location.pathname) {
    void start(true);
  }
  sessionStorage.removeItem(flag);

  return {
    detach() {
      // A recording waits in the tray of its conversation.
      stop(keep);
      attached.abort();
    },
  };
}

// A recording has no length in its head. Seeking beyond its end makes the browser find it.
document.addEventListener('loadedmetadata', event => {
  const player = event.target;
  if (player.matches?.('audio[data-clip]') && player.duration === Infinity) {
    player.addEventListener('durationchange', () => { player.currentTime = 0; }, { once: true });
    player.currentTime = 1e9;
  }
}, true);
