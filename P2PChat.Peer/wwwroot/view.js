import { call } from './connection.js';

/** Reports whether the page is visible, and the browser's time zone if the page was rendered for another one. */
export function watchView(page, renderedFor) {
  let timeZone = renderedFor;
  const report = () => {
    call(page, 'OnVisibilityChanged', !document.hidden);
    const now = new Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (now !== timeZone) {
      timeZone = now;
      call(page, 'OnTimeZoneChanged', now);
    }
  };
  document.addEventListener('visibilitychange', report);
  document.addEventListener('resumed', report);
  report();
}
