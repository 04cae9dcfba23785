// The only script that pages load. The peer renders everything else.

import './connection.js';
import './copy.js';
import './emoji.js';
import './skip.js';

export { attachComposer } from './composer.js';
export { attachLog } from './log.js';
export { attachTheme } from './theme.js';
export { watchView } from './view.js';
