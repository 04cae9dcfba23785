import { call } from './connection.js';

/** Reports whether the page is visible. */
export function watchView(page) {
  const report = () => call(page, 'OnVisibilityChanged', !document.hidden);
  document.addEventListener('visibilitychange', report);
  report();
}
