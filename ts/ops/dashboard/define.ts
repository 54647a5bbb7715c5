import { RoutemeterDashboard } from './classes.routemeterdashboard.js';

const TAG = 'routemeter-dashboard';

// A page that has the element already (two copies of the bundle) keeps the one it has.
if (customElements.get(TAG) === undefined) customElements.define(TAG, RoutemeterDashboard);
