/** SmartProxy cannot be installed everywhere: `tsconfig.json` maps its name to this, for the examples and their types. */
export { FakeSmartProxy as SmartProxy } from './hosts/fakesmartproxy.js';
