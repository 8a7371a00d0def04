import { installChromium } from './chromium';

// Before the tests, which are several processes.
installChromium();
