// The entry point of the page's modules. The peer renders everything else.

import './backup.js';
import './chats.js';
import './connection.js';
import './copy.js';
import './profile.js';
import './pictures.js';
import './drop.js';
import './emoji.js';
import './forward.js';
import './skip.js';

export { attachComposer } from './composer.js';
export { attachKeys } from './keys.js';
export { attachLog } from './log.js';
export { attachMenu } from './menu.js';
export { attachMessageMenu } from './messages.js';
export { attachNotificationBanner, attachNotificationForm, attachNotifier } from './notify.js';
export { attachPalette } from './palette.js';
export { attachTheme } from './theme.js';
export { watchView } from './view.js';
