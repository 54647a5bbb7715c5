import './define.js';

export { RoutemeterDashboard } from './classes.routemeterdashboard.js';
